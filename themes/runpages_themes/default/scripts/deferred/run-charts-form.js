// The form of a card: which chart, of which columns, of which runs. What is chosen is shown at once.
(function () {
  "use strict";
  const { make, runFilter, runQuery } = runpages;
  const { KINDS } = runpages.runChartSpec;
  /** @type {Record<string, string>} */
  const AGGREGATES = { best: "best", last: "last", min: "lowest", max: "highest", mean: "mean" };
  const MOST_AXES = 60;

  /** @param {string} label @param {[string, string][]} options @param {string} value @param {(value: string) => void} use */
  function select(label, options, value, use) {
    const made = make("select", { ariaLabel: label }, ...options.map(([one, text]) => make("option", { value: one, textContent: text })));
    made.value = value;
    made.addEventListener("change", () => use(made.value));
    return make("label", {}, make("span", { textContent: label }), made);
  }

  /** @param {string} label @param {boolean} checked @param {(on: boolean) => void} use */
  function check(label, checked, use) {
    const made = make("input", { type: "checkbox", checked });
    made.addEventListener("change", () => use(made.checked));
    return make("label", { className: "check" }, made, make("span", { textContent: label, dir: "auto" }));
  }

  /** @param {RunsModel} model @param {string} what */
  function columns({ columns: all }, what) {
    const kinds = { metric: ["metric"], param: ["param"], axis: ["param", "metric"], value: ["param", "metric", "run"] }[what] || [];
    const isDrawn = (/** @type {RunColumn} */ one) => one.type !== "sparks" && (one.kind !== "metric" || one.type === "numbers") && (one.kind !== "run" || ["run:started", "run:duration", "run:host"].includes(one.key));
    return all.filter((one) => kinds.includes(one.kind) && isDrawn(one)).toSorted((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind) || Number(other.varies) - Number(one.varies));
  }

  const named = (/** @type {RunColumn} */ one) => /** @type {[string, string]} */ ([one.key, one.name + (one.varies ? "" : " (one value)")]);

  // The columns for another kind of chart: those of before where they fit.
  /** @param {RunsModel} model @param {string} kind @param {any[]} before */
  function fitting(model, kind, before) {
    const used = new Set();
    return KINDS[kind].columns.flatMap(function (/** @type {string} */ what) {
      const known = columns(model, what);
      const free = (/** @type {string} */ key) => !used.has(key) && known.some((one) => one.key === key);
      const found = before.find(({ key }) => free(key)) || known.map(({ key }) => ({ key, aggregate: model.usual(key), log: "" })).find(({ key }) => free(key));
      if (found) used.add(found.key);
      return found ? [found] : [];
    });
  }

  /** @param {string} label @param {Record<string, RunPlace>} known @param {any} need @param {(chosen: any) => void} use */
  function aggregateField(label, known, need, use) {
    return select(label, Object.entries(AGGREGATES).filter(([one]) => known[one]), need.aggregate, (aggregate) => use({ aggregate }));
  }

  /** @param {string} label @param {any} need @param {(chosen: any) => void} use */
  function scaleField(label, need, use) {
    return select(label, [["", "automatic"], ["linear", "linear"], ["log", "log"]], need.log || "", (log) => use({ log }));
  }

  /** @param {RunsModel} model @param {any} spec @param {number} at @param {string} label @param {(spec: any) => void} apply */
  function columnFields(model, spec, at, label, apply) {
    const need = spec.keys[at];
    const change = (/** @type {any} */ known) => apply({ ...spec, keys: spec.keys.map((/** @type {any} */ one, /** @type {number} */ place) => (place === at ? { ...one, ...known } : one)) });
    const known = columns(model, KINDS[spec.kind].columns[at]);
    const { aggregates, type } = model.column(need.key);
    return [
      select(label, known.map(named), need.key, (key) => change({ key, aggregate: model.usual(key), log: "" })),
      ...(aggregates && spec.kind !== "lines" ? [aggregateField("Value", aggregates, need, change)] : []),
      ...(type === "numbers" && ["lines", "points", "trend"].includes(spec.kind) && need.key !== "run:started" ? [scaleField("Axis", need, change)] : []),
    ];
  }

  /** @param {RunsModel} model @param {any} spec @param {(spec: any) => void} apply */
  function axes(model, spec, apply) {
    const known = columns(model, "axis").slice(0, MOST_AXES);
    const place = (/** @type {string} */ key) => spec.keys.findIndex((/** @type {any} */ one) => one.key === key);
    const change = (/** @type {any[]} */ keys) => keys.length >= 2 && keys.length <= (KINDS.parallel.most || 0) && apply({ ...spec, keys });
    return known.map(function (column) {
      const { key, name, aggregates, type } = column;
      const at = place(key);
      const swap = (/** @type {any} */ more) => change(spec.keys.map((/** @type {any} */ one) => (one.key === key ? { ...one, ...more } : one)));
      const box = check(name, at >= 0, (on) => change(on ? [...spec.keys, { key, aggregate: model.usual(key), log: "" }] : spec.keys.filter((/** @type {any} */ one) => one.key !== key)));
      const need = spec.keys[at];
      const more = at < 0 ? [] : [
        ...(aggregates ? [aggregateField("Value of " + name, aggregates, need, swap)] : []),
        ...(type === "numbers" ? [scaleField("Axis of " + name, need, swap)] : []),
      ];
      return make("div", { className: "axis-choice" }, box, ...more);
    });
  }

  /** @param {RunsModel} model @param {any} spec @param {(spec: any) => void} apply */
  function options(model, spec, apply) {
    const set = (/** @type {string[]} */ off, /** @type {string} */ on) => {
      const flags = new Set(spec.flags);
      for (const one of off) flags.delete(one);
      if (on) flags.add(on);
      apply({ ...spec, flags });
    };
    const of = (/** @type {string[]} */ known) => known.find((one) => spec.flags.has(one)) || "";
    return [
      ...(spec.kind === "lines" ? [
        select("X", [["", "step"], ["time", "time since the start"]], of(["time"]), (one) => set(["time"], one)),
        select("Groups", [["", "no band"], ["sd", "mean ± sd by colour"], ["minmax", "min to max by colour"]], of(["sd", "minmax"]), (one) => set(["sd", "minmax"], one)),
      ] : []),
      ...(spec.kind === "trend" && model.column("run:commit")?.count ? [select("X", [["", "time of the start"], ["commit", "git commit"]], of(["commit"]), (one) => set(["commit"], one))] : []),
      ...(spec.kind === "points" ? [select("Texts", [["", "dots and mean"], ["box", "dots and box"]], of(["box"]), (one) => set(["box"], one))] : []),
      select("Runs", [["", "as in the table"], ["ticked", "ticked"], ["all", "all"]], of(["ticked", "all"]), (one) => set(["ticked", "all"], one)),
    ];
  }

  // The query of the card; what is wrong with it is said below, and the card stays as it is.
  /** @param {RunsModel} model @param {any} spec @param {(spec: any) => void} apply */
  function only(model, spec, apply) {
    const field = make("input", { type: "text", value: spec.query, ariaLabel: "Only runs with", placeholder: "lr:0.1 -status:failed", autocomplete: "off", spellcheck: false });
    const error = make("span", { className: "query-error", hidden: true, role: "status" });
    field.addEventListener("change", function () {
      const query = field.value.trim();
      try {
        runFilter.compiled(runQuery.parse(query).tree, model.columns);
      } catch (/** @type {any} */ mistake) {
        if (!(mistake instanceof runQuery.QueryError)) throw mistake;
        Object.assign(error, { hidden: false, textContent: mistake.message + ". Try " + mistake.example });
        field.setAttribute("aria-invalid", "true");
        return;
      }
      apply({ ...spec, query });
    });
    return make("label", { className: "only-runs" }, make("span", { textContent: "Only runs with" }), field, error);
  }

  // The fields of a card; `apply` gets what is chosen.
  /** @param {RunsModel} model @param {any} spec @param {(spec: any) => void} apply */
  runpages.runChartForm = function (model, spec, apply) {
    /** @type {Record<string, string[]>} */
    const labels = { points: ["Metric", "Over"], grid: ["Metric", "Rows", "Columns"] };
    const kinds = Object.entries(KINDS).filter(([kind, { columns: wanted }]) => fitting(model, kind, []).length === wanted.length);
    const keys = KINDS[spec.kind].most ? [make("fieldset", {}, make("legend", { textContent: "Axes, in the order in which they are ticked" }), ...axes(model, spec, apply))] : spec.keys.flatMap((/** @type {any} */ _, /** @type {number} */ at) => columnFields(model, spec, at, (labels[spec.kind] || ["Metric"])[at], apply));
    return [
      select("Chart", kinds.map(([kind, { label }]) => [kind, label]), spec.kind, (kind) => apply({ ...spec, kind, keys: fitting(model, kind, spec.keys), flags: new Set([...spec.flags].filter((one) => runpages.runChartSpec.RUNS.includes(one))) })),
      ...keys,
      ...options(model, spec, apply),
      only(model, spec, apply),
    ];
  };
})();
