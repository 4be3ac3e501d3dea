// The cards of charts over runs: what each shows is in the address, they are drawn from the model of the runs table, and
// a run that is lifted in one of them, or in the table, is lifted in all.
(function () {
  "use strict";
  const { make, announce, runsTable: model, runKinds, runScale, runDrawing, runChartSpec } = runpages;
  const { shape } = runDrawing;
  const section = document.getElementById("charts");
  if (!section) return;
  const [HEIGHT, GAP, WAIT] = [196, 12, 60];
  const cards = section.querySelector(".cards");
  /** @type {Record<string, string>} */
  const WORDS = { min: "lowest", max: "highest", last: "last", mean: "mean" };
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
    const { goal, assumed } = model.column(key);
    if (!key.startsWith("metric:")) return "";
    return aggregate === "best" ? WORDS[goal || "last"] + (assumed ? " (assumed)" : "") : WORDS[aggregate];
  }

  /** @param {any} spec */
  function rowsOf({ flags }) {
    if (flags.has("all")) return everyRow;
    return flags.has("ticked") && model.ticked.size ? [...model.ticked].sort((one, other) => one - other) : Array.from(model.shown).sort((one, other) => one - other);
  }

  /** @param {any} card */
  function contextOf({ spec, body }) {
    const rows = rowsOf(spec);
    return {
      model, spec, rows, everyRow, colors, color, label,
      width: Math.max(body.clientWidth - 16, 200),
      height: Math.max(HEIGHT, body.closest("dialog") ? Math.min(innerHeight - 260, 520) / 1.5 : 0),
      isMetric: (/** @type {RunNeed} */ { key }) => key.startsWith("metric:"),
      async axis(/** @type {any} */ need, /** @type {any} */ how = {}) {
        await model.load(need.key, need.aggregate);
        return runScale.ofColumn(model, need, how.rows || rows, how);
      },
      ofAll: (/** @type {number} */ count, /** @type {number} */ all) => (count === all && all === everyRow.length ? "" : count === all ? "" : count + " of ") + all + (all === 1 ? " run" : " runs"),
      spelledTime: (/** @type {number} */ time) => new Date(time * 1000).toISOString().slice(0, 10),
    };
  }

  // --- a card ---

  /** @param {string} text @param {string} name @param {() => void} act */
  function button(text, name, act) {
    const made = make("button", { type: "button", className: "button tiny", textContent: text, ariaLabel: name });
    made.addEventListener("click", act);
    return made;
  }

  // The parts that a card has whatever it shows.
  /** @param {Found} node @param {number} at */
  function dress(node, at) {
    const head = node.querySelector(".card-head");
    const body = node.querySelector(".card-body");
    const foot = make("p", { className: "card-foot run-foot", hidden: true });
    const list = make("details", { className: "points" }, make("summary", { textContent: "Show the values as a table" }), make("pre", { className: "rows", tabIndex: 0 }));
    const form = make("form", { className: "run-form", hidden: true });
    form.addEventListener("submit", (event) => event.preventDefault());
    const card = { at, node, head, body, foot, list, form, title: head.querySelector("h3"), note: head.querySelector(".note"), turn: 0 };
    const clear = button("Clear brush", "Clear brush", () => /** @type {any} */ (card).picture?.clear?.());
    clear.classList.add("clear");
    clear.hidden = true;
    const edit = button("Edit", "Edit", () => toggle(card));
    edit.setAttribute("aria-expanded", "false");
    head.append(make("span", { className: "run-tools" }, clear, edit, button("Remove", "Remove", () => remove(card))));
    Object.assign(card, { clear, edit });
    node.append(form, foot, list);
    body.tabIndex = 0;
    body.setAttribute("role", "group");
    follow(card);
    return card;
  }

  /** @param {any} card */
  function toggle({ form, edit, spec, at }) {
    form.hidden = !form.hidden;
    edit.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) fill(shown.get(at) || { form, spec, at });
  }

  // The form as the card is now; the control that has the focus keeps it.
  /** @param {any} card */
  function fill(card) {
    const { form, spec, at } = card;
    const controls = () => [...form.querySelectorAll("select, input")];
    const place = controls().indexOf(/** @type {any} */ (document.activeElement));
    form.replaceChildren(...runpages.runChartForm(model, spec, (next) => choose(at, next)));
    if (place >= 0) controls()[Math.min(place, controls().length - 1)]?.focus();
  }

  /** @param {any} card */
  async function draw(card) {
    if (!card.spec || !card.node.isConnected || !card.body.clientWidth) return;
    const turn = ++card.turn;
    const context = contextOf(card);
    /** @type {any} */
    let picture;
    try {
      picture = await runKinds[card.spec.kind](context);
    } catch (error) {
      picture = { html: make("p", { className: "note", textContent: /** @type {Error} */ (error).message }), title: card.title.textContent, note: "" };
    }
    if (turn === card.turn) put(card, picture, context);
  }

  /** @param {any} card @param {any} picture @param {any} context */
  function put(card, picture, { width, height }) {
    const { body, title, note, foot, list, clear, form } = card;
    Object.assign(card, { picture });
    Object.assign(title, { textContent: picture.title, title: picture.title });
    note.replaceChildren(make("bdi", { textContent: picture.note }));
    note.title = picture.note;
    if (picture.html) body.replaceChildren(picture.html);
    else {
      card.lifts = shape("g", { class: "lifts" });
      const svg = shape("svg", { class: "chart is-drawn", role: "img", width, height, "aria-label": picture.alt }, ...picture.nodes, card.lifts);
      body.replaceChildren(svg);
      picture.armed?.(svg);
    }
    body.setAttribute("aria-label", picture.title + ": " + (picture.order ? "arrow keys go from run to run" : "chart"));
    Object.assign(foot, { hidden: !picture.foot, textContent: picture.foot || "", title: picture.footTitle || "" });
    foot.classList.toggle("is-change", Boolean(picture.isChange));
    list.hidden = !picture.table;
    if (list.open) write(card);
    clear.hidden = !picture.clear;
    card.node.classList.toggle("wide", card.spec.kind === "trend" && card.isWide !== false);
    if (!form.hidden) fill(card);
    lift(card);
  }

  const cell = (/** @type {any} */ value) => String(value).replace(/[\t\n\r]+/g, " ");
  /** @param {any} card */
  function write({ list, picture }) {
    list.querySelector("pre").textContent = (picture?.table || []).map((/** @type {any[]} */ row) => row.map(cell).join("\t")).join("\n");
  }

  // --- one run in all charts ---

  /** @param {any} card */
  function lift(card) {
    const { picture, lifts, body } = card;
    const row = model.lifted;
    const marks = (row >= 0 && picture?.mark?.(row)) || [];
    picture?.lift?.(row);
    if (picture?.mark) lifts.replaceChildren(...marks);
    body.classList.toggle("has-lift", marks.length > 0);
    if (row < 0) hide(card);
  }

  /** @param {any} card */
  function hide(card) {
    card.tip?.remove();
    card.tip = null;
  }

  /** @param {any} card @param {number} row @param {number} x @param {number} y */
  function tell(card, row, x, y) {
    const { picture, body } = card;
    hide(card);
    const said = picture.said(row, x);
    const lines = said.map((/** @type {string[]} */ [name, value]) => make("span", {}, make("bdi", { textContent: name }), make("b", { textContent: value })));
    card.tip = make("div", { className: "run-tip" }, make("strong", { className: "cut", dir: "auto", textContent: model.runs.title[row] }), ...lines);
    body.append(card.tip);
    const isRight = x > body.clientWidth / 2;
    card.tip.style.left = isRight ? "" : x + GAP + 8 + "px";
    card.tip.style.right = isRight ? body.clientWidth - x + GAP - 8 + "px" : "";
    card.tip.style.top = Math.max(Math.min(y + GAP, body.clientHeight - card.tip.offsetHeight), 0) + "px";
    return [model.runs.title[row], ...said.map((/** @type {string[]} */ pair) => pair.join(" "))].join(", ");
  }

  // The pointer and the arrow keys lift runs; a click or the space bar ticks one, Enter opens its page.
  /** @param {any} card */
  function follow(card) {
    const { body } = card;
    body.addEventListener("pointermove", function (/** @type {Happening} */ event) {
      if (!card.picture?.find || event.buttons > 1) return;
      const box = body.querySelector("svg").getBoundingClientRect();
      const scale = box.width / Number(body.querySelector("svg").getAttribute("width"));
      const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
      const row = card.picture.find(x, y);
      model.lift(row);
      if (row >= 0) tell(card, row, x, y);
    });
    body.addEventListener("pointerleave", () => model.lift(-1));
    body.addEventListener("blur", () => model.lift(-1));
    body.addEventListener("click", function (/** @type {Happening} */ event) {
      if (model.lifted >= 0 && card.picture?.find && !event.target.closest(".handle")) tick(model.lifted);
    });
    body.addEventListener("keydown", (/** @type {Happening} */ event) => press(card, event));
  }

  /** @param {number} row */
  function tick(row) {
    model.tick(row, !model.ticked.has(row));
    announce(model.runs.title[row] + (model.ticked.has(row) ? " ticked" : " not ticked"));
  }

  /** @param {any} card @param {Happening} event */
  function press({ picture, body, ...card }, event) {
    /** @type {Record<string, number>} */
    const ways = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.target !== body || !picture?.order?.length) return;
    const { lifted } = model;
    if (lifted >= 0 && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      if (event.key === " ") tick(lifted);
      else location.assign(model.runs.page[lifted]);
    } else if (event.key === "Escape") model.lift(-1);
    else if (event.key in ways) {
      event.preventDefault();
      const last = picture.order.length - 1;
      const at = picture.order.indexOf(lifted);
      const from = at < 0 ? (ways[event.key] > 0 ? -1 : last + 1) : at;
      const row = picture.order[Math.min(Math.max(from + ways[event.key], 0), last)];
      model.lift(row);
      announce(tell(shown.get(card.at), row, -1, 0));
    }
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
    (next?.querySelector(".run-tools button:not([hidden])") || section.querySelector("[data-add]")).focus();
  }

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
    const node = make("article", { className: "card", id: "charts-" + at },
      make("div", { className: "card-head" }, make("h3", { className: "cut", dir: "auto" }), make("span", { className: "note cut" })),
      make("div", { className: "card-body" }, shape("svg", { class: "chart" })));
    const after = [...shown.values()].filter((one) => one.at < at).pop();
    if (after) after.node.after(node);
    else cards.prepend(node);
    const card = dress(node, at);
    watcher.observe(card.body);
    dispatchEvent(new Event("renewed"));
    return card;
  }

  function add() {
    const at = Math.max(0, ...usual.keys(), ...shown.keys()) + 1;
    const params = model.columns.filter(({ kind, varies }) => kind === "param" && varies);
    const key = model.facts.metric ? "metric:" + model.facts.metric : model.columns.find(({ kind, type }) => kind === "metric" && type === "numbers")?.key;
    if (!key) return;
    const over = params[0]?.key || "run:started";
    choose(at, { kind: "points", keys: [key, over].map((one) => ({ key: one, aggregate: model.usual(one), log: "" })), flags: new Set() });
    const card = shown.get(at);
    toggle(card);
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
    section.querySelector(".fold").before(make("div", { className: "run-charts-tools" }, make("label", {}, make("span", { textContent: "colour" }), picker), more));
  }

  /** @param {string} key */
  function paint(key) {
    const { first } = { first: section.dataset.color };
    const name = key ? runpages.runFilter.nameOf(model.column(key), model.columns) : "own";
    runpages.urlState("charts.color", key === first ? null : name);
    recolor();
  }

  async function recolor() {
    const asked = runpages.urlState().get("charts.color");
    const need = asked === "own" ? null : asked ? runpages.runFilter.named(asked, model.columns) : model.parted(section.dataset.color);
    if (need) await model.load(need.key, need.aggregate);
    const main = model.facts.metric ? await model.load("metric:" + model.facts.metric) : null;
    const measured = everyRow.filter((row) => !main || Number.isFinite(main.numbers[row]));
    color = need;
    colors = runDrawing.colors(model, need, measured);
    picker.value = need ? need.key : "";
    drawAll();
  }

  let timer = 0;
  function drawAll() {
    clearTimeout(timer);
    timer = setTimeout(() => shown.forEach(draw), WAIT);
  }

  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const card = [...shown.values()].find((one) => one.body === target);
      if (!card?.spec || card.width === target.clientWidth) continue;
      card.width = target.clientWidth;
      draw(card);
    }
  });

  async function begin() {
    const nodes = [...cards.querySelectorAll(".card")];
    // At once, so that the tools of the cards find what they need.
    for (const [at, node] of nodes.entries()) shown.set(at + 1, dress(node, at + 1));
    await model.ready;
    everyRow = Array.from({ length: model.count }, (_, row) => row);
    for (const [at, node] of nodes.entries()) {
      const { kind, keys } = JSON.parse(node.dataset.spec);
      const needs = keys.map((/** @type {string} */ key) => ({ ...model.parted(key), log: "" }));
      usual.set(at + 1, { kind, keys: needs, flags: new Set() });
    }
    tools();
    await recolor();
    update();
    for (const { body } of shown.values()) watcher.observe(body);
    section.addEventListener("click", function (event) {
      const card = [...shown.values()].find(({ node }) => node.contains(event.target));
      if (card && event.target.closest("[data-do=csv], summary")) write(card);
    }, true);
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
    section.dataset.live = "";
  }

  begin();
})();
