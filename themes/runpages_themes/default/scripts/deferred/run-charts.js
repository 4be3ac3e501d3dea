// The cards of charts over runs: what each shows is in the address, they are drawn from the model of the runs table, and
// a run that is lifted in one of them, or in the table, is lifted in all.
(function () {
  "use strict";
  const { make, runsTable: model, runFilter, runScale, runDrawing, runChartSpec, runChartCard } = runpages;
  const { draw, lift, toggle } = runChartCard;
  const section = document.getElementById("charts");
  if (!section) return;
  const [HEIGHT, WAIT] = [196, 60];
  const cards = section.querySelector(".cards");
  /** @type {Map<number, any>} */
  const shown = new Map();
  /** @type {Map<number, any>} */
  const usual = new Map();
  /** @type {any} */
  let colors = null;
  /** @type {RunNeed | null} */
  let color = null;
  /** @type {number[]} */
  let everyRow = [];

  // --- what a chart is drawn from ---

  /** @param {RunNeed} need */
  function label({ key, aggregate }) {
    if (!key.startsWith("metric:")) return "";
    return (aggregate === "best" && model.column(key).goal) || aggregate;
  }

  /** @param {any} spec @returns {number[]} */
  function asked({ flags }) {
    if (flags.has("all")) return everyRow;
    return flags.has("ticked") && model.ticked.size ? [...model.ticked].sort((one, other) => one - other) : Array.from(model.shown).sort((one, other) => one - other);
  }

  // Which of some rows the query of a card leaves.
  /** @param {string} query */
  async function filter(query) {
    if (!query) return (/** @type {number[]} */ rows) => rows;
    const compiled = runFilter.compiled(runpages.runQuery.parse(query).tree, model.columns);
    await Promise.all(runFilter.needs(compiled).map(({ key, aggregate }) => model.load(key, aggregate)));
    const hits = runFilter.hits(compiled, model.count, ({ key, aggregate }) => model.values(key, aggregate));
    return (/** @type {number[]} */ rows) => rows.filter((row) => hits[row]);
  }

  /** @param {any} card */
  async function contextOf({ spec, body }) {
    const left = await filter(spec.query);
    const rows = left(asked(spec));
    return {
      model, spec, rows, colors, color, label,
      everyRow: left(everyRow),
      // Over which runs groups are computed: the query of the table shows fewer of them, and changes no number.
      members: spec.flags.has("ticked") ? rows : left(everyRow),
      width: Math.max(body.clientWidth - 16, 200),
      height: Math.max(HEIGHT, body.closest("dialog") ? (Math.min(innerHeight, 960) - 230) / 1.5 : 0),
      isMetric: (/** @type {RunNeed} */ { key }) => key.startsWith("metric:"),
      async axis(/** @type {any} */ need, /** @type {any} */ how = {}) {
        await model.load(need.key, need.aggregate);
        return runScale.ofColumn(model, need, how.rows || rows, how);
      },
      // As logged, but metrics with four digits.
      spelled: (/** @type {any} */ { need, values, text }, /** @type {number} */ row) => (need.key.startsWith("metric:") && Number.isFinite(values[row]) ? runpages.axis.say(values[row]) : text(row)),
      ofAll: (/** @type {number} */ count, /** @type {number} */ all) => (count === all ? "" : runpages.axis.say(count) + " of ") + runpages.axis.say(all) + (all === 1 ? " run" : " runs"),
      spelledTime: (/** @type {number} */ time) => new Date(time * 1000).toISOString().slice(0, 10),
    };
  }

  // --- which cards there are ---

  /** @param {number} at @param {any} spec */
  function choose(at, spec) {
    const known = usual.get(at);
    const text = runChartSpec.write(spec, model);
    runpages.urlState("charts." + at, known && runChartSpec.write(known, model) === text ? null : text);
    update();
  }

  /** @param {any} card */
  function remove({ at, node }) {
    const next = node.nextElementSibling || node.previousElementSibling;
    runpages.urlState("charts." + at, usual.has(at) ? "none" : null);
    update();
    (next?.querySelector(".card-tools button:not([hidden])") || section.querySelector("[data-add]")).focus();
  }

  const acts = { context: contextOf, choose, remove };

  // The cards by their number, as the address asks for them.
  function wanted() {
    const found = new Map(usual);
    for (const [key, text] of runpages.urlState()) {
      const [, at] = /^charts\.(\d{1,3})$/.exec(key) || [];
      if (!at) continue;
      const spec = text === "none" ? null : runChartSpec.read(text, model);
      if (spec) found.set(Number(at), spec);
      else if (text === "none") found.delete(Number(at));
    }
    return new Map([...found].sort(([one], [other]) => one - other));
  }

  function update() {
    const specs = wanted();
    for (const [at, card] of shown) {
      if (specs.has(at)) continue;
      watcher.unobserve(card.body);
      card.node.remove();
      shown.delete(at);
    }
    for (const [at, spec] of specs) {
      let card = shown.get(at);
      if (!card) shown.set(at, (card = added(at)));
      const text = runChartSpec.write(spec, model);
      if (card.text === text) continue;
      Object.assign(card, { spec, text });
      draw(card);
    }
    section.querySelector("[data-count]").textContent = String(shown.size);
  }

  /** @param {number} at */
  function added(at) {
    const node = make("article", { className: "card run-chart", id: "charts-" + at },
      make("div", { className: "card-head" }, make("h3", { className: "cut", dir: "auto" }), make("span", { className: "note cut" })),
      make("div", { className: "card-body" }, runDrawing.shape("svg", { class: "chart" })));
    const after = [...shown.values()].filter((one) => one.at < at).pop();
    if (after) after.node.after(node);
    else cards.prepend(node);
    const card = runChartCard.dress(node, at, acts);
    watcher.observe(card.body);
    dispatchEvent(new Event("renewed"));
    return card;
  }

  async function add() {
    const at = Math.max(0, ...usual.keys(), ...shown.keys()) + 1;
    const params = model.columns.filter(({ kind, varies }) => kind === "param" && varies);
    const key = model.facts.metric ? "metric:" + model.facts.metric : model.columns.find(({ kind, type }) => kind === "metric" && type === "numbers")?.key;
    if (!key) return;
    const over = params[0]?.key || "run:started";
    choose(at, { kind: "points", keys: [key, over].map((one) => ({ key: one, aggregate: model.usual(one), log: "" })), flags: new Set(), query: "" });
    const card = shown.get(at);
    await toggle(card);
    card.form.querySelector("select")?.focus();
    card.node.scrollIntoView({ block: "nearest" });
  }

  // --- the head of the section ---

  const picker = make("select", { ariaLabel: "Colour of runs" });
  function tools() {
    const params = model.columns.filter(({ kind, varies }) => kind === "param" && varies);
    const first = section.dataset.color;
    const options = [...(first ? [first] : []), "", ...params.map(({ key }) => key).filter((key) => key !== first)];
    picker.append(...options.map((key) => make("option", { value: key, textContent: key ? model.column(key)?.name : "each run its own" })));
    picker.addEventListener("change", () => paint(picker.value));
    const more = make("button", { type: "button", className: "button framed", textContent: "Add chart" });
    more.dataset.add = "";
    more.addEventListener("click", add);
    cards.after(make("div", { className: "run-charts-tools" }, make("label", { hidden: options.length < 2 }, make("span", { textContent: "colour" }), picker), more));
    dispatchEvent(new Event("filled"));
  }

  /** @param {string} key */
  function paint(key) {
    const name = key ? runFilter.nameOf(model.column(key), model.columns) : "own";
    runpages.urlState("charts.color", key === section.dataset.color ? null : name);
    recolor();
  }

  async function readColor() {
    const name = runpages.urlState().get("charts.color");
    const need = name === "own" ? null : name ? runFilter.named(name, model.columns) : model.parted(section.dataset.color);
    if (need) await model.load(need.key, need.aggregate);
    const main = model.facts.metric ? await model.load("metric:" + model.facts.metric) : null;
    const measured = everyRow.filter((row) => !main || Number.isFinite(main.numbers[row]));
    color = need;
    colors = runDrawing.colors(model, need, measured);
    picker.value = need ? need.key : "";
  }

  const recolor = () => readColor().then(drawAll);

  let timer = 0;
  function drawAll() {
    clearTimeout(timer);
    timer = setTimeout(() => shown.forEach(draw), WAIT);
  }

  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const card = [...shown.values()].find((one) => one.body === target);
      if (!card?.spec || card.width === target.clientWidth) continue;
      draw(card);
    }
  });

  async function begin() {
    const nodes = [...cards.querySelectorAll(".card")];
    // At once, so that the tools of the cards find what they need.
    for (const [at, node] of nodes.entries()) shown.set(at + 1, runChartCard.dress(node, at + 1, acts));
    await model.ready;
    everyRow = Array.from(model.all());
    for (const [at, node] of nodes.entries()) {
      const { kind, keys } = JSON.parse(node.dataset.spec);
      const needs = keys.map((/** @type {string} */ key) => ({ ...model.parted(key), log: "" }));
      usual.set(at + 1, { kind, keys: needs, flags: new Set(), query: "" });
    }
    tools();
    await readColor();
    update();
    for (const { body } of shown.values()) watcher.observe(body);
    let left = model.query;
    document.addEventListener("runs-shown", function () {
      const now = model.query + " " + model.shown.length;
      if (now !== left) drawAll();
      left = now;
    });
    document.addEventListener("runs-ticked", () => shown.forEach((card) => card.spec?.flags.has("ticked") && draw(card)));
    document.addEventListener("runs-lifted", () => shown.forEach(lift));
    addEventListener("statechange", () => {
      update();
      recolor();
    });
    document.addEventListener("runs-renewed", () => {
      everyRow = Array.from(model.all());
      recolor();
    });
    section.dataset.live = "";
  }

  begin();
})();
