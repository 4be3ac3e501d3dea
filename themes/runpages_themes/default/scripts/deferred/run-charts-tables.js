// A grid of two columns with the mean of a metric in each cell, and how parameters go with a metric.
(function () {
  "use strict";
  const { make, runStats, runDrawing, axis, verdict } = runpages;
  const { shape } = runDrawing;
  const [MOST, BINS, PARAMS, ROWS, WIDE] = [12, 8, 60, 2000, 6];

  // --- grid ---

  // The values of a column as places of a grid: each value, or ranges of equal width where there are many.
  /** @param {any} one @param {number[]} rows */
  function places({ values, scale, text }, rows) {
    if (scale.words) return { of: values, labels: scale.words };
    const known = rows.filter((row) => Number.isFinite(values[row]) && !(scale.log && values[row] <= 0));
    const distinct = [...new Set(known.map((row) => values[row]))].sort((one, other) => one - other);
    if (distinct.length <= MOST) {
      const spelled = new Map(known.map((row) => [values[row], text(row)]));
      const at = new Map(distinct.map((value, place) => [value, place]));
      return { of: values.map((/** @type {number} */ value) => at.get(value) ?? NaN), labels: distinct.map((value) => spelled.get(value) || "") };
    }
    const [low, high] = [scale.at(distinct[0]), scale.at(distinct[distinct.length - 1])];
    const bin = (/** @type {number} */ value) => Math.min(Math.floor(((scale.at(value) - low) / (high - low)) * BINS), BINS - 1);
    const edge = (/** @type {number} */ at) => axis.say(scale.value(low + (at * (high - low)) / BINS));
    return { of: values.map((/** @type {number} */ value) => (Number.isFinite(value) ? bin(value) : NaN)), labels: Array.from({ length: BINS }, (_, at) => edge(at) + " to " + edge(at + 1)), isBinned: true };
  }

  /** @param {any} context */
  async function grid(context) {
    const { model, spec } = context;
    const [y, down, across] = await Promise.all(spec.keys.map((/** @type {any} */ need) => context.axis(need)));
    const rows = context.rows.filter((/** @type {number} */ row) => Number.isFinite(y.values[row]));
    const [vertical, horizontal] = [places(down, rows), places(across, rows)];
    if (!rows.length) throw new Error(`No run has ${y.name}.`);
    /** @type {Map<string, number[]>} */
    const cells = new Map();
    for (const row of rows) {
      const key = vertical.of[row] + " " + horizontal.of[row];
      if (!key.includes("NaN")) cells.set(key, [...(cells.get(key) || []), row]);
    }
    const means = new Map([...cells].map(([key, members]) => [key, members.reduce((sum, row) => sum + y.values[row], 0) / members.length]));
    const goal = model.column(y.need.key).goal || "max";
    const sorted = [...means].sort(([, one], [, other]) => (goal === "min" ? other - one : one - other));
    const strength = new Map(sorted.map(([key], at) => [key, sorted.length > 1 ? at / (sorted.length - 1) : 0.5]));
    const best = model.column(y.need.key).goal && sorted.length > 1 ? sorted[sorted.length - 1][0] : "";
    const counted = [...cells.values()].reduce((sum, members) => sum + members.length, 0);
    const decimals = digits([...means.values()]);
    const note = [context.label(y.need), "mean by " + down.name + " × " + across.name, model.column(y.need.key).goal ? "stronger = better" : "stronger = higher", context.ofAll(counted, rows.length)].join(", ");

    /** @param {number} r @param {number} c */
    function cell(r, c) {
      const key = r + " " + c;
      const members = cells.get(key);
      if (!members) return make("td", { className: "no-run", textContent: "no run" });
      const text = (means.get(key) || 0).toFixed(decimals).replace("-", "−");
      const made = make("td", { className: key === best ? "is-best" : "" }, make("span", { textContent: text }), make("small", { textContent: "n " + members.length + (key === best ? " · best" : "") }));
      made.style.setProperty("--strength", Math.round(6 + 34 * (strength.get(key) || 0)) + "%");
      made.dataset.key = key;
      return made;
    }

    const table = make("table", { className: "run-grid-table" },
      make("thead", {}, make("tr", {}, make("td", { className: "corner" }, ...[across.name + " →", down.name + " ↓"].map((textContent) => make("span", { textContent, title: textContent, dir: "auto" }))), ...horizontal.labels.map((/** @type {string} */ label) => make("th", { scope: "col", textContent: label, title: label, dir: "auto" })))),
      make("tbody", {}, ...vertical.labels.map((/** @type {string} */ label, /** @type {number} */ r) => make("tr", {}, make("th", { scope: "row", textContent: label, title: label, dir: "auto" }), ...horizontal.labels.map((/** @type {string} */ _, /** @type {number} */ c) => cell(r, c))))));
    table.setAttribute("aria-label", y.name + " " + note);
    table.style.setProperty("--columns", horizontal.labels.length);
    const dropped = [down, across].filter((one) => one.dropped).map((one) => one.dropped + " rarer values of " + one.name + " are left out.");
    return {
      html: make("div", { className: "grid-scroll", tabIndex: 0, role: "group", ariaLabel: "Grid of " + y.name }, table),
      isWide: horizontal.labels.length > WIDE,
      title: y.name,
      note,
      foot: dropped.join(" "),
      table: [[down.name, across.name, "mean of " + y.name, "n"], ...[...cells].map(function ([key, members]) {
        const [r, c] = key.split(" ").map(Number);
        return [vertical.labels[r], horizontal.labels[c], means.get(key), members.length];
      })],
      lift(/** @type {number} */ row) {
        for (const one of table.querySelectorAll(".is-lifted")) one.classList.remove("is-lifted");
        if (row >= 0) table.querySelector(`td[data-key="${vertical.of[row]} ${horizontal.of[row]}"]`)?.classList.add("is-lifted");
      },
    };
  }

  // Decimals that show four digits of the middle value.
  /** @param {number[]} values */
  function digits(values) {
    const sizes = values.map(Math.abs).filter(Boolean).sort((one, other) => one - other);
    return sizes.length ? Math.min(Math.max(3 - Math.floor(Math.log10(sizes[Math.floor(sizes.length / 2)])), 0), 6) : 0;
  }

  // --- association ---

  const measure = (/** @type {any} */ one) => (one.isWords ? "η²" : "ρ");
  const size = (/** @type {any} */ one) => (one.isWords ? Math.sqrt(one.value) : Math.abs(one.value));

  /** @param {any} one */
  function bar(one) {
    const width = 60;
    const [from, to] = one.isWords ? [0, one.value] : [Math.min(one.value, 0) / 2 + 0.5, Math.max(one.value, 0) / 2 + 0.5];
    return shape("svg", { class: "chart association", width, height: 12, "aria-hidden": "true" },
      shape("path", { class: "axis", d: one.isWords ? "M0.5 0V12" : "M30.5 0V12" }),
      shape("rect", { x: from * width, y: 3, width: Math.max((to - from) * width, 1), height: 6, rx: 1 }));
  }

  /** @param {any} context */
  async function association(context) {
    const { model, spec } = context;
    const [need] = spec.keys;
    const y = await context.axis(need);
    const rows = runStats.sample(context.rows.filter((/** @type {number} */ row) => Number.isFinite(y.values[row])), ROWS);
    const params = model.columns.filter((/** @type {RunColumn} */ one) => one.kind === "param");
    const results = Float64Array.from(rows, (row) => y.values[row]);
    /** @type {any[]} */
    const found = [];
    /** @type {{ name: string, why: string }[]} */
    const left = params.slice(PARAMS).map((/** @type {RunColumn} */ { name }) => ({ name, why: "beyond the first " + PARAMS }));
    for (const { key, name } of params.slice(0, PARAMS)) {
      const values = await model.load(key);
      const x = Float64Array.from(rows, (row) => (values.words ? (values.places[row] < 0 ? NaN : values.places[row]) : values.numbers[row]));
      const one = runStats.association(x, results, Boolean(values.words));
      if (one.why) left.push({ name, why: one.why });
      else found.push({ name, ...one });
    }
    const corrected = verdict.holm(found.map(({ p }) => p));
    const listed = found.map((one, at) => ({ ...one, holm: corrected[at] })).sort((one, other) => size(other) - size(one));
    const spelledP = (/** @type {number} */ p) => (p <= 0.001 ? "≤ 0.001" : axis.say(p));
    const table = make("table", { className: "table associations" },
      make("thead", {}, make("tr", {}, ...["param", "association", "n", "p", "Holm"].map((text) => make("th", { scope: "col", textContent: text, className: ["n", "p", "Holm"].includes(text) ? "n" : "" })))),
      make("tbody", {}, ...listed.map((one) => make("tr", {}, make("th", { scope: "row", className: "cut", textContent: one.name, dir: "auto" }), make("td", {}, bar(one), " " + measure(one) + " " + one.value.toFixed(3).replace("-", "−")), make("td", { className: "n", textContent: String(one.n) }), make("td", { className: "n", textContent: spelledP(one.p) }), make("td", { className: "n", textContent: spelledP(one.holm) })))));
    const note = [context.label(need), "association, not cause", context.ofAll(rows.length, context.rows.length)].join(", ");
    table.setAttribute("aria-label", "Association of parameters with " + y.name + ": " + note);
    const names = left.map(({ name, why }) => name + " (" + why + ")");
    return {
      html: listed.length ? make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "Association of parameters with " + y.name }, table) : make("p", { className: "note", textContent: "Nothing is computed under 20 runs that have a parameter and the metric." }),
      title: y.name,
      note,
      foot: (listed.length ? "ρ: rank correlation of numbers; η²: share of the variance between texts; p by 999 shuffles, and after Holm. " : "") + (names.length ? "Left out: " + names.slice(0, 8).join(", ") + (names.length > 8 ? " and " + (names.length - 8) + " more" : "") + "." : ""),
      footTitle: names.join(", "),
      table: [["param", "measure", "association", "n", "p", "p after Holm"], ...listed.map((one) => [one.name, measure(one), one.value, one.n, one.p, one.holm])],
    };
  }

  runpages.runKinds = { ...runpages.runKinds, grid, association };
})();
