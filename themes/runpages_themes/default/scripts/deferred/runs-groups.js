// The groups of the runs: by which parameters or tags, by which value of which metric, against which reference. All of it
// is in the address. Numbers are over all members; a query hides groups and members from the list only.
(function () {
  "use strict";
  const { make, groupValues, groupDrawings: draw, verdictView, runFilter, runsTable: model } = runpages;
  const { fixed, count } = verdictView;
  const { mask, unmask, parts } = runpages.addressList;
  const [ROWS, MOST_ROWS, MOST_JUDGED, MOST_CURVES, MOST_WITHIN, MOST_DECIMALS] = [25, 1000, 500, 1000, 40, 6];
  const KINDS = ["completed", "running", "failed", "canceled", "queued", "silent", "unknown", "none"];
  const section = document.getElementById("groups");
  const part = (/** @type {string} */ selector) => section.querySelector(selector);
  const [card, panel] = [part(".groups-card"), part(".verdict-panel")];
  const [metricSelect, valueSegments, stepInput] = [part("[data-metric]"), part("[data-value]"), part("[data-step]")];
  const [referenceSelect, pairSelect] = [part("[data-reference]"), part("[data-pair]")];
  const root = document.documentElement.dataset.root;
  let turn = 0;
  /** @type {GroupView | null} */
  let view = null;

  // --- the address ---

  const state = (/** @type {string} */ name) => runpages.urlState().get(name);
  /** @param {string} name @param {string | null} value */
  function choose(name, value) {
    runpages.urlState(name, value);
    render();
  }
  // The groups that are open, by their labels, and how many rows of a list are shown.
  const idOf = (/** @type {string} */ label) => label || "(empty)";
  const opened = () => new Set(parts(state("groups.open")).map(unmask));
  const most = () => Math.min(Math.max(Number(state("groups.rows")) || 0, ROWS), MOST_ROWS);

  const keysOfRuns = () => model.columns.filter(({ kind }) => kind === "param" || kind === "tag");
  const metrics = () => model.columns.filter(({ kind, type }) => kind === "metric" && type === "numbers");

  /** @param {RunColumn} metric @param {string} value */
  const isOffered = (metric, value) => (value === "best" ? Boolean(metric.aggregates?.best) : value !== "step" || model.count <= MOST_CURVES);

  // What is chosen, of what there is.
  function chosen() {
    const metric = metrics().find(({ name }) => name === state("groups.metric")) || metrics().find(({ name }) => name === model.facts.metric) || metrics()[0];
    const value = ["best", "step"].find((one) => one === state("groups.value") && isOffered(metric, one)) || "last";
    const name = state("groups.pair");
    const pair = name === null ? model.facts.pair_by : name && runFilter.named(name, model.columns)?.key;
    return { metric, value, step: state("groups.step"), pair: keysOfRuns().some(({ key }) => key === pair) && !model.groupBy.includes(pair) ? pair : null };
  }

  // --- the values ---

  // The values at a step, from the points of each run; a run without this step has none.
  /** @param {RunColumn} metric @param {number} step */
  async function atStep(metric, step) {
    const { numbers } = await model.load(metric.key, "last");
    const found = new Float64Array(model.count).fill(NaN);
    if (Number.isNaN(step)) return found;
    await Promise.all([...numbers.keys()].filter((row) => !Number.isNaN(numbers[row])).map(async function (row) {
      const data = await runpages.load(root + model.runs.folder + model.runs.page[row].replace(/\.html$/, "/points.js"));
      const series = data.series.find((/** @type {any} */ one) => one.name === metric.name);
      const at = series ? data.steps[series.steps].lastIndexOf(step) : -1;
      if (at >= 0) found[row] = Number(series.values[at] ?? NaN);
    }));
    return found;
  }

  // Which parameters and tags have several values within a group.
  /** @param {RunsOfGroup[]} groups */
  async function within(groups) {
    const columns = keysOfRuns().filter(({ key, varies }) => varies && !model.groupBy.includes(key)).slice(0, MOST_WITHIN);
    const values = await Promise.all(columns.map(({ key }) => model.load(key)));
    const differ = (/** @type {RunValues} */ one, /** @type {number} */ a, /** @type {number} */ b) =>
      (one.words ? one.places[a] !== one.places[b] : one.numbers[a] !== one.numbers[b] && (one.missing(a) !== one.missing(b) || one.text(a) !== one.text(b)));
    return columns.filter((_, at) => groups.some(({ members }) => members.some((row) => differ(values[at], row, members[0])))).map(({ name }) => name);
  }

  /** @param {RunColumn} metric @param {GroupResult[]} results */
  function decimals(metric, results) {
    const least = results.reduce((low, { spread }) => (spread.sd > 0 ? Math.min(low, spread.sd) : low), Infinity);
    const needed = Number.isFinite(least) ? 1 - Math.floor(Math.log10(least)) : 0;
    return Math.min(Math.max(metric.decimals || 0, needed), Math.max(metric.decimals || 0, MOST_DECIMALS));
  }

  // The group whose verdict is explained: the one that was chosen, else the one that is better for sure, else what is judged.
  /** @param {GroupResult[]} results */
  function explained(results) {
    const judged = results.filter((one) => one.verdict);
    const by = (/** @type {GroupResult} */ { verdict }) => [verdict?.word === "better" ? 0 : 1, verdict?.p ?? 2];
    const [surest] = judged.toSorted((a, b) => by(a)[0] - by(b)[0] || by(a)[1] - by(b)[1]);
    return judged.find((one) => one.group.label === state("groups.chosen")) || surest || null;
  }

  /** @returns {Promise<GroupView>} */
  async function computed() {
    const { metric, value, step, pair } = chosen();
    const columns = await Promise.all(model.groupBy.map((key) => model.load(key)));
    const groups = groupValues.grouped(columns, model.count);
    const numbers = async (/** @type {string} */ which) => (which === "step" ? atStep(metric, parseFloat(step || "")) : (await model.load(metric.key, which)).numbers);
    const counts = groupValues.results(model.runs.kind, model.parents, model.parents ? await numbers("max") : new Float64Array());
    const pairBy = pair ? Object.assign(await model.load(pair), { name: model.column(pair).name }) : null;
    const reference = groups.length <= MOST_JUDGED && groups.find((/** @type {RunsOfGroup} */ { label }) => label === state("groups.reference")) || null;
    const how = { reference, goal: metric.goal || null, tolerance: metric.tolerance ?? null, pairBy };
    const judged = async (/** @type {string} */ which) => groupValues.judged(groups, counts, await numbers(which), how);
    const results = await judged(value);
    return {
      ...how, metric, value, step, groups, results,
      both: reference && isOffered(metric, "best") ? { last: await judged("last"), best: await judged("best") } : null,
      reference: results.find((/** @type {GroupResult} */ one) => one.group === reference) || null, chosen: explained(results),
      decimals: decimals(metric, results), colors: draw.colors(results), range: draw.reach(results, how.tolerance), within: reference ? await within(groups) : [],
    };
  }

  // --- the table ---

  /** @param {string} kind */
  function icon(kind) {
    const shape = "i-" + (kind === "none" ? "unknown" : kind);
    return draw.svg("svg", { class: "i s " + kind, "aria-hidden": "true" }, draw.svg("use", { href: "#" + shape }));
  }

  /** @param {number[]} members */
  function statuses(members) {
    /** @type {Map<string, number>} */
    const found = new Map();
    for (const row of members) found.set(model.runs.kind[row], (found.get(model.runs.kind[row]) || 0) + 1);
    const parts = KINDS.filter((kind) => found.has(kind)).map(function (kind) {
      const word = kind === "none" ? "without status" : kind === "silent" ? "not responding" : kind;
      return make("span", { title: fixed(found.get(kind) || 0, 0) + " " + word }, icon(kind), fixed(found.get(kind) || 0, 0), make("span", { className: "vh", textContent: " " + word }));
    });
    return make("span", { className: "counts" }, ...parts);
  }

  /** @param {string} className @param {(Node | string)[]} inner */
  const cell = (className, ...inner) => make("td", { className }, ...inner);

  /** @param {GroupResult[]} of */
  const range = (of) => of.reduce(([low, high], { spread }) => (spread.n ? [Math.min(low, spread.least), Math.max(high, spread.most)] : [low, high]), [Infinity, -Infinity]);

  const words = (/** @type {GroupView} */ { metric, value, step }) => (value === "step" ? `at step ${step || "…"}` : value === "best" ? (metric.goal === "min" ? "min (best)" : "max (best)") : "last");

  /** @param {GroupView} now @param {number[]} strip */
  function heads(now, strip) {
    const head = (/** @type {string} */ className, /** @type {string} */ title, /** @type {string} */ sub) =>
      make("th", { scope: "col", className }, make("span", { className: "head-name" }, make("bdi", { textContent: title })), make("span", { className: "sub", textContent: sub }));
    const d = now.decimals;
    const scale = strip.map((end) => (Number.isFinite(end) ? fixed(end, d) : ""));
    const axis = make("th", { scope: "col", className: "strip-cell" }, make("span", { className: "strip-head" }, make("span", { textContent: scale[0] }), make("span", { textContent: "• run, | mean" }), make("span", { textContent: scale[1] })));
    const first = [head("name", model.groupBy.map((key) => model.column(key).name).join(", "), ""), head("n", "n", ""), ...(now.reference ? [] : [head("", "Status", "")])];
    const last = now.reference ? verdictView.heads(now) : [head("n bar", "Range", "min to max"), head("n", "Best", now.goal ? "one run" : "no goal")];
    return make("tr", {}, ...first, head("n bar mean-cell", now.metric.name, words(now) + ", mean ± sd"), axis, ...last);
  }

  /** @param {GroupView} now @param {GroupResult} one @param {number} row @param {number[]} strip */
  function member(now, { rows, values }, row, strip) {
    const link = make("a", { href: root + model.runs.folder + model.runs.page[row], dir: "auto", textContent: model.runs.title[row] });
    const at = rows.indexOf(row);
    const isFinished = ["completed", "none"].includes(model.runs.kind[row]);
    const seed = now.pairBy && !now.pairBy.missing(row) ? now.pairBy.name + " " + now.pairBy.text(row) : "";
    const status = make("span", { className: "status" }, icon(model.runs.kind[row]), model.runs.status[row]);
    const cells = [
      make("th", { scope: "row", className: "name member" }, box("Select " + model.runs.title[row], [row]), link), cell("n second", seed), ...(now.reference ? [] : [cell("status-cell", status)]),
      cell("n bar mean-cell second", at >= 0 ? fixed(values[at], now.decimals) : make("span", { className: "none", title: "Does not count", textContent: isFinished ? "–" : "– " + model.runs.status[row].toLowerCase() })),
      cell("strip-cell", ...(at >= 0 ? [draw.strip([values[at]], values[at], strip)] : [])),
    ];
    const tr = make("tr", { className: "member-row" }, ...cells, ...Array.from({ length: now.reference ? 5 : 2 }, (_, place) => cell(place ? "" : "bar")));
    tr.addEventListener("pointerenter", () => model.lift(row));
    tr.addEventListener("pointerleave", () => model.lift(-1));
    return tr;
  }

  /** @param {GroupView} now @param {GroupResult} one @param {number} left @param {number[]} strip @param {RunsOfGroup | undefined} leader @param {boolean} isOpen */
  function groupRow(now, one, left, strip, leader, isOpen) {
    const { group, spread, values } = one;
    const dot = make("i", { className: "dot-key" });
    dot.style.color = now.colors.get(group) || "";
    const arrow = make("button", { type: "button", className: "button tiny turn-group", ariaExpanded: String(isOpen), ariaLabel: "Members of " + group.label }, draw.svg("svg", { class: "i s", viewBox: "0 0 16 16", "aria-hidden": "true" }, draw.svg("path", { d: "m6 4 4 4-4 4" })));
    arrow.dataset.open = group.label;
    const isReference = now.reference?.group === group;
    const name = make("th", { scope: "row", className: "name" }, box("Select the runs of " + group.label, group.members), arrow, dot, make("b", { title: group.label }, make("bdi", { textContent: idOf(group.label) })), ...(isReference ? [make("span", { className: "tag", textContent: "ref" })] : []));
    const out = spread.n < group.members.length ? ` of ${fixed(group.members.length, 0)}` : "";
    const of = make("span", { className: "note", textContent: out + (left < group.members.length ? `, ${fixed(left, 0)} shown` : "") });
    const d = now.decimals;
    const sd = spread.n > 1 ? make("span", { className: "sd", textContent: `\u2009±\u2009${fixed(spread.sd, d)}` }) : "";
    const mean = cell("n bar mean-cell" + (group === leader ? " best" : ""), ...(spread.n ? [fixed(spread.mean, d), sd] : [make("span", { className: "none", textContent: "–" })]));
    const best = spread.n && now.goal ? (now.goal === "min" ? spread.least : spread.most) : NaN;
    const last = now.reference ? verdictView.cells(now, one) : [cell("n bar second range-cell", spread.n > 1 ? `${fixed(spread.least, d)} to ${fixed(spread.most, d)}` : "–"), cell("n best-cell", fixed(best, d))];
    const dots = draw.strip(values, spread.mean, strip);
    dots.style.color = now.colors.get(group) || "";
    const tr = make("tr", { className: "group-row" }, name, cell("n", make("span", { className: "phone-only", textContent: "n " }), fixed(spread.n, 0), of), ...(now.reference ? [] : [cell("status-cell", statuses(group.members))]), mean, cell("strip-cell", dots), ...last);
    if (now.chosen === one) tr.ariaSelected = "true";
    return tr;
  }

  // What ticks some rows: on where all are ticked, between where some are.
  /** @type {Map<Found, number[]>} */
  const boxes = new Map();
  /** @param {string} ariaLabel @param {number[]} rows */
  function box(ariaLabel, rows) {
    const made = make("input", { type: "checkbox", ariaLabel });
    boxes.set(made, rows);
    return made;
  }

  function tick() {
    for (const [one, rows] of boxes) {
      const ticked = rows.filter((row) => model.ticked.has(row)).length;
      one.checked = ticked === rows.length;
      one.indeterminate = ticked > 0 && !one.checked;
    }
  }

  /** @param {number} at @param {string} word */
  function moreRow(at, word) {
    const button = make("button", { type: "button", className: "linklike", textContent: "Show " + word });
    button.dataset.more = "";
    return make("tr", {}, make("td", { colSpan: at }, button));
  }

  /** @param {GroupView} now */
  function fill(now) {
    const shown = new Set(model.shown);
    const isWhole = shown.size === model.count;
    const left = (/** @type {GroupResult} */ { group }) => (isWhole ? group.members : group.members.filter((row) => shown.has(row)));
    const listed = now.results.filter((one) => left(one).length);
    const strip = range(now.results);
    const [leader] = [...groupValues.ranks(now.results, now.goal)].find(([, rank]) => rank === 1) || [];
    const [open, limit] = [opened(), most()];
    boxes.clear();
    const rows = listed.slice(0, limit).flatMap(function (one) {
      const isOpen = open.has(idOf(one.group.label));
      const row = groupRow(now, one, left(one).length, strip, now.goal ? leader : undefined, isOpen);
      if (!isOpen) return [row];
      const members = left(one);
      row.classList.add("open");
      return [row, ...members.slice(0, limit).map((at) => member(now, one, at, strip)), ...(members.length > limit ? [moreRow(10, `more of ${members.length} members`)] : [])];
    });
    if (listed.length > limit) rows.push(moreRow(10, `more of ${listed.length} groups`));
    part("thead").replaceChildren(heads(now, strip));
    part("tbody").replaceChildren(...rows);
    tick();
    const hidden = now.results.length - listed.length;
    part("[data-foot]").textContent = count(now.results.length, "group") + ", " + count(model.count, "run") + (hidden ? `; ${fixed(hidden, 0)} hidden by the query, which changes no number` : "");
    const outs = now.results.reduce((sum, { group, rows: counted }) => sum + group.members.length - counted.length, 0);
    const notes = ["sd over runs, n − 1"];
    if (outs) notes.unshift(count(outs, "run") + " without a value that counts, such as failed ones, left out");
    if (now.reference && now.tolerance !== null) notes.unshift("tolerance ± " + runpages.axis.say(now.tolerance));
    part("[data-foot-note]").textContent = notes.join(" · ");
    part("[data-count]").textContent = (hidden ? fixed(listed.length, 0) + " of " : "") + count(now.results.length, "group") + " of " + count(model.count, "run") + (isWhole ? "" : `; numbers over all of them, ${fixed(shown.size, 0)} shown`);
  }

  // --- the controls ---

  /** @param {Found} select @param {[string, string][]} options @param {string} value */
  function options(select, options, value) {
    select.replaceChildren(...options.slice(0, MOST_JUDGED + 1).map(([known, textContent]) => make("option", { value: known, textContent })));
    select.value = value;
  }

  /** @param {GroupView} now */
  function controls(now) {
    options(metricSelect, metrics().map(({ name }) => [name, name]), now.metric.name);
    for (const input of valueSegments.querySelectorAll("input")) {
      input.disabled = !isOffered(now.metric, input.value);
      input.parentElement.title = !input.disabled ? "" : input.value === "best" ? "The metric has no goal" : `For at most ${MOST_CURVES.toLocaleString("en")} runs`;
      input.checked = input.value === now.value;
    }
    stepInput.parentElement.hidden = now.value !== "step";
    stepInput.value = now.step || "";
    options(referenceSelect, [["", "none"], ...now.groups.map(({ label }) => /** @type {[string, string]} */ ([label, idOf(label)]))], "");
    referenceSelect.selectedIndex = now.reference ? now.groups.indexOf(now.reference.group) + 1 : 0;
    referenceSelect.disabled = now.groups.length > MOST_JUDGED;
    referenceSelect.parentElement.title = referenceSelect.disabled ? `For at most ${MOST_JUDGED} groups` : "";
    const pairs = keysOfRuns().filter(({ key, varies }) => varies && !model.groupBy.includes(key));
    options(pairSelect, [["", "nothing"], ...pairs.map(({ key, name }) => /** @type {[string, string]} */ ([key, name]))], chosen().pair || "");
    pairSelect.parentElement.hidden = !now.reference || !pairs.length;
  }

  async function render() {
    const mine = ++turn;
    await model.ready;
    if (!model.groupBy.length || !metrics().length) return;
    try {
      const now = await computed();
      if (mine !== turn) return;
      view = now;
      part("[data-hint]").hidden = Boolean(now.reference);
      controls(now);
      draft(now);
    } catch (error) {
      runpages.announce(error.message);
    }
  }

  // The chosen group and the reference on the page of comparisons, by queries.
  /** @param {GroupView} now */
  function compareLink({ reference, chosen: one }) {
    const experiment = model.facts.folder.replace(/^e\/|\/$/g, "");
    if (!experiment || !reference || !one) return "";
    const term = (/** @type {string} */ key, /** @type {string | null} */ text) => {
      const name = runFilter.nameOf(model.column(key), model.columns);
      return text === null ? "-" + name + ":*" : name + "=" + runpages.runQuery.spelledValue(text);
    };
    const keys = [reference, one].map(({ group }) => experiment + "?" + model.groupBy.map((key, at) => term(key, group.texts[at])).join(" "));
    const href = root + "compare.html#?runs=" + encodeURIComponent(keys.map((key) => key.replace(/[%,]/g, encodeURIComponent)).join());
    return make("a", { className: "button framed panel-compare", href, textContent: "Compare these groups" });
  }

  /** @param {GroupView} now */
  function draft(now) {
    const focus = document.activeElement && card.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).dataset : {};
    fill(now);
    panel.hidden = !now.chosen;
    panel.replaceChildren(...(now.chosen ? verdictView.panel(now) : []));
    if (now.chosen) panel.firstElementChild.append(compareLink(now));
    const again = [...card.querySelectorAll("button")].find((button) => (focus.open !== undefined && button.dataset.open === focus.open) || (focus.choose !== undefined && button.dataset.choose === focus.choose));
    again?.focus();
  }

  // --- what the reader does ---

  metricSelect.addEventListener("change", () => choose("groups.metric", metricSelect.value === model.facts.metric ? null : metricSelect.value));
  valueSegments.addEventListener("change", (event) => choose("groups.value", event.target.value === "last" ? null : event.target.value));
  stepInput.addEventListener("change", () => choose("groups.step", stepInput.value || null));
  referenceSelect.addEventListener("change", () => choose("groups.reference", referenceSelect.selectedIndex ? referenceSelect.value : null));
  pairSelect.addEventListener("change", () => choose("groups.pair", pairSelect.value === (model.facts.pair_by || "") ? null : pairSelect.value && runFilter.nameOf(model.column(pairSelect.value), model.columns)));
  card.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button || !view) return;
    const { open, choose: label, more } = button.dataset;
    if (label !== undefined) choose("groups.chosen", label);
    if (open !== undefined) toggle(open, view);
    if (more !== undefined) runpages.urlState("groups.rows", String(most() + ROWS));
    if (label === undefined) draft(view);
  });
  card.addEventListener("change", (event) => model.tickAll(boxes.get(event.target) || [], event.target.checked));

  // Open a group or close it; groups that are no more are forgotten.
  /** @param {string} label @param {GroupView} now */
  function toggle(label, { groups }) {
    const open = opened();
    if (!open.delete(idOf(label))) open.add(idOf(label));
    const known = groups.map((one) => idOf(one.label)).filter((id) => open.has(id));
    runpages.urlState("groups.open", known.map(mask).join() || null);
  }

  document.addEventListener("runs-shown", () => view && model.groupBy.length && draft(view));
  document.addEventListener("runs-ticked", tick);
  for (const kind of ["runs-grouped", "runs-renewed"]) {
    document.addEventListener(kind, function () {
      view = null;
      render();
    });
  }
  addEventListener("statechange", render);
  render();
})();
