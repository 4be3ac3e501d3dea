// A card of a chart over runs: its tools and its form, its drawing, and what is read of a run under the pointer or by the
// arrow keys.
(function () {
  "use strict";
  const { make, announce, runsTable: model, runDrawing } = runpages;
  const { shape } = runDrawing;
  const GAP = 12;

  /** @param {any} card @returns {CardOwn["acts"]} */
  const tools = (card) => ({
    clear: ["Clear brush", () => card.picture.clear()],
    edit: ["Edit", () => toggle(card)],
    remove: ["Remove", () => card.acts.remove(card)],
    table: ["Table", function () {
      card.list.hidden = !card.list.hidden;
      card.values.setAttribute("aria-expanded", String(!card.list.hidden));
      write(card);
    }],
    csv: ["CSV", async function () {
      await card.drawn;
      runpages.saveCsv(card.title.textContent, card.picture.table);
    }],
  });

  // The form, and the kinds of charts that no page begins with.
  const more = () => runpages.load(document.getElementById("charts").dataset.more);

  // The parts that a card has whatever it shows.
  /** @param {Found} node @param {number} at @param {{ context(card: any): any, choose(at: number, spec: any): void, remove(card: any): void }} acts */
  function dress(node, at, acts) {
    const head = node.querySelector(".card-head");
    const body = node.querySelector(".card-body");
    const foot = make("p", { className: "card-foot run-foot", hidden: true });
    const list = make("div", { className: "points", hidden: true }, make("pre", { className: "rows", tabIndex: 0 }));
    const form = make("form", { className: "run-form", hidden: true });
    form.addEventListener("submit", (event) => event.preventDefault());
    /** @type {any} */
    let ready;
    const drawn = new Promise((done) => { ready = done; });
    const card = { at, node, acts, head, body, foot, list, form, drawn, ready, width: 0, title: head.querySelector("h3"), note: head.querySelector(".note"), only: make("span", { className: "tag cut", dir: "auto", hidden: true }), turn: 0 };
    card.title.after(card.only);
    node.append(form, foot, list);
    const own = { acts: tools(card) };
    runpages.cardTools.arm(node, own);
    runpages.cardTools.follow(node, own);
    const [clear, edit, values] = ["clear", "edit", "table"].map((act) => head.querySelector(`[data-act=${act}]`));
    clear.hidden = true;
    for (const one of [edit, values]) one.setAttribute("aria-expanded", "false");
    Object.assign(card, { clear, edit, values });
    body.tabIndex = 0;
    body.setAttribute("role", "group");
    follow(card);
    return card;
  }

  /** @param {any} card */
  async function toggle(card) {
    const { form, edit } = card;
    await more();
    form.hidden = !form.hidden;
    edit.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) fill(card);
  }

  // The form as the card is now; the control that has the focus keeps it.
  /** @param {any} card */
  function fill(card) {
    const { form, spec, at, acts } = card;
    const controls = () => [...form.querySelectorAll("select, input")];
    const position = controls().indexOf(/** @type {any} */ (document.activeElement));
    form.replaceChildren(...runpages.runChartForm(model, spec, (next) => acts.choose(at, next)));
    if (position >= 0) controls()[Math.min(position, controls().length - 1)]?.focus();
  }

  /** @param {any} card */
  async function draw(card) {
    if (!card.spec || !card.node.isConnected || !card.body.clientWidth) return;
    card.width = card.body.clientWidth;
    const turn = ++card.turn;
    /** @type {any} */
    let [picture, context] = [null, null];
    try {
      context = await card.acts.context(card);
      if (!context.rows.length && card.spec.kind !== "parallel") throw new Error(card.spec.query ? "No run matches." : "No run is shown.");
      if (!runpages.runKinds[card.spec.kind]) await more();
      picture = await runpages.runKinds[card.spec.kind](context);
    } catch (error) {
      picture = { html: make("p", { className: "empty", textContent: /** @type {Error} */ (error).message }), title: model.column(card.spec.keys[0].key).name, note: "", table: [] };
    }
    if (turn === card.turn) put(card, picture, context);
  }

  /** @param {any} card @param {any} picture @param {any} context */
  function put(card, picture, context) {
    const { body, title, note, foot, list, clear, form, only, spec } = card;
    Object.assign(card, { picture });
    card.ready();
    Object.assign(title, { textContent: picture.title, title: picture.title });
    note.replaceChildren(make("bdi", { textContent: picture.note }));
    note.title = picture.note;
    Object.assign(only, { hidden: !spec.query, textContent: "only " + spec.query, title: "Only runs with " + spec.query });
    if (picture.html) body.replaceChildren(picture.html);
    else {
      card.lifts = shape("g", { class: "lifts" });
      const { width, height } = context;
      const svg = shape("svg", { class: "chart is-drawn", role: "img", width, height, "aria-label": picture.alt }, ...picture.nodes, card.lifts);
      body.replaceChildren(svg);
      picture.armed?.(svg);
    }
    body.setAttribute("aria-label", picture.title + ": " + (picture.order ? "arrow keys go from run to run" : "chart"));
    Object.assign(foot, { hidden: !picture.foot, textContent: picture.foot || "", title: picture.footTitle || "" });
    foot.classList.toggle("is-change", Boolean(picture.isChange));
    if (!list.hidden) write(card);
    clear.hidden = !picture.clear;
    card.node.classList.toggle("wide", Boolean(picture.isWide));
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
  function showTip(card, row, x, y) {
    const { picture, body } = card;
    hide(card);
    const values = picture.reading(row, x);
    const lines = values.map((/** @type {string[]} */ [name, value]) => make("span", {}, make("bdi", { textContent: name }), make("b", { textContent: value })));
    card.tip = make("div", { className: "run-tip" }, make("strong", { className: "cut", dir: "auto", textContent: model.runs.title[row] }), ...lines);
    body.append(card.tip);
    const isRight = x > body.clientWidth / 2;
    card.tip.style.left = isRight ? "" : x + GAP + 8 + "px";
    card.tip.style.right = isRight ? body.clientWidth - x + GAP - 8 + "px" : "";
    card.tip.style.top = Math.max(Math.min(y + GAP, body.clientHeight - card.tip.offsetHeight), 0) + "px";
    return [model.runs.title[row], ...values.map((/** @type {string[]} */ pair) => pair.join(" "))].join(", ");
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
      if (row >= 0) showTip(card, row, x, y);
    });
    let isBrush = false;
    body.addEventListener("pointerdown", (/** @type {Happening} */ event) => { isBrush = Boolean(event.target.closest(".handle")); });
    body.addEventListener("pointerleave", () => model.lift(-1));
    body.addEventListener("blur", () => model.lift(-1));
    body.addEventListener("click", function () {
      if (model.lifted >= 0 && card.picture?.find && !isBrush) tick(model.lifted);
    });
    body.addEventListener("keydown", (/** @type {Happening} */ event) => press(card, event));
  }

  /** @param {number} row */
  function tick(row) {
    model.tick(row, !model.ticked.has(row));
    announce(model.runs.title[row] + (model.ticked.has(row) ? " ticked" : " not ticked"));
  }

  /** @param {any} card @param {Happening} event */
  function press(card, event) {
    const { picture, body } = card;
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
      announce(showTip(card, row, -1, 0));
    }
  }

  runpages.runChartCard = { dress, draw, lift, toggle };
})();
