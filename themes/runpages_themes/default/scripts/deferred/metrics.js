// The charts of a run: each is a drawing until one is touched; then those in view become live, and the tools act on all.
// What the reader chose is in the address, from where each choice is taken.
(function () {
  "use strict";
  const section = document.getElementById("metrics");
  const MOST_LIVE = 30;
  /** @type {View} */
  const view = { weight: 0, x: "step", scale: "auto", outliers: false, zoom: null };
  /** @type {Map<Found, Card>} */
  const cards = new Map();
  const { make, announce } = runpages;
  let active = false;
  /** @type {Promise<any> | null} */
  let data = null;
  /** @type {string} */
  let source = section.dataset.points;

  function load() {
    data ??= runpages.load(source).then((points) => runpages.series(points, source.replace(/[^/]*$/, "")));
    data.catch(() => { data = null; });
    return data;
  }

  // --- one chart ---

  // The points that the chart shows: of a long metric as many as fit, from its chunks.
  /** @param {Card} card */
  async function points(card) {
    const { whole } = card;
    if (!whole.pyramid) return whole;
    const { timed } = whole.pyramid;
    const range = view.zoom && (view.x === "step" || timed) ? runpages.chartX.sought(whole, view.x, view.zoom) : null;
    return { ...whole, ...await whole.pyramid.view(range, view.x !== "step" && timed), thinned: true };
  }

  /** @param {Card} card */
  async function draw(card) {
    const large = card.large && card.large();
    const shown = { ...view, scale: card.scale || view.scale };
    const room = large ? card.body.clientWidth - 80 : undefined;
    card.spec = runpages.chartSpec(card.series, shown, { heights: card.heights, ended: "ended" in section.dataset, height: large, room });
    card.spec.right = card.svg ? parseFloat(getComputedStyle(card.svg).paddingRight) : 12;
    await runpages.chart.draw(window.Plotly, card.box, card.spec);
    runpages.chartZoom.show(card, reset);
  }

  /** @param {Card} card */
  async function live(card) {
    if (card.box || card.waits) return;
    card.waits = true;
    try {
      const [, all] = await Promise.all([runpages.chart.load(), load()]);
      card.whole = all[card.at];
      card.series = await points(card);
      card.box = card.body.appendChild(make("div", { className: "live" }));
      card.box.setAttribute("aria-hidden", "true");
      await draw(card);
      card.body.classList.add("is-live");
      resized.observe(card.box);
      runpages.chartZoom.follow(card, (range, heights) => zoom(card, range, heights), reset);
      runpages.crosshair.follow(card, cards);
      // A finger that the chart came alive for is gone by now.
      const { pointed } = runpages;
      if (pointed?.pointerType !== "touch" || !card.body.contains(pointed.target)) return;
      runpages.pointed = null;
      runpages.crosshair.point(card, pointed, cards);
    } catch (error) {
      announce(error.message);
    } finally {
      card.waits = false;
    }
  }

  // A chart is as wide as its card, at any width of the window and in the large view.
  const resized = new ResizeObserver(function (entries) {
    for (const { target } of /** @type {any[]} */ (entries)) {
      const card = [...cards.values()].find((one) => one.box === target);
      if (card && target.clientWidth && target.layout && target.clientWidth !== target.layout.width) redraw(card);
    }
  });

  /** @param {Card} card */
  function still(card) {
    resized.unobserve(card.box);
    window.Plotly.purge(card.box);
    card.box.remove();
    card.box = null;
    card.body.classList.remove("is-live");
    runpages.chartZoom.show(card, reset);
  }

  // All charts, of which those out of view wait until they are seen, or one.
  /** @param {Card} [only] */
  async function redraw(only) {
    for (const card of only ? [only] : cards.values()) {
      if (!card.box) continue;
      card.isStale = !card.seen && !card.large;
      if (card.isStale) continue;
      const asked = (card.asked = {});
      try {
        const series = await points(card);
        if (card.asked !== asked || !card.box) continue;  // Another look at it began meanwhile.
        card.series = series;
      } catch (error) {
        announce(error.message);
      }
      await draw(card);
      runpages.crosshair.hide();
    }
  }

  // --- charts in view ---

  /** @type {Set<Card>} */
  const waiting = new Set();
  // Between two charts the page answers the reader.
  const soon = (/** @type {() => void} */ act) => setTimeout(act);
  /** @param {Card} card */
  function queue(card) {
    if (!waiting.size) soon(next);
    waiting.add(card);
  }

  async function next() {
    for (const card of waiting) if (!card.seen) waiting.delete(card);
    const [card] = waiting;
    if (!card) return;
    await live(card);
    waiting.delete(card);
    if (waiting.size) soon(next);
  }

  const observer = new IntersectionObserver(function (entries) {
    for (const { target, isIntersecting } of /** @type {any[]} */ (entries)) {
      const card = /** @type {Card} */ (cards.get(target));
      if (!card) continue;
      card.seen = isIntersecting;
      if (card.seen) card.fill();
      if (card.seen && card.isStale) redraw(card);
      if (card.seen && (active || card.isBare)) queue(card);
      const count = [...cards.values()].filter((one) => one.box).length;
      if (!card.seen && card.box && !card.large && count > MOST_LIVE) still(card);
    }
  }, { rootMargin: "100px" });

  function activate() {
    active = true;
    for (const card of cards.values()) if (card.seen) queue(card);
  }

  // --- zoom ---

  // A box that was drawn has a height; a stretch shows the heights of what is in it.
  /** @param {Card} card @param {any[]} range @param {number[] | null} heights */
  function zoom(card, range, heights) {
    for (const one of cards.values()) one.heights = null;
    card.heights = heights;
    const ends = runpages.chartX.zoom(card.series, view.x, range);
    choose("zoom", ends.map((at) => Number(at.toPrecision(view.x === "time" ? 16 : 6))).join("~"));
  }

  function reset() {
    for (const card of cards.values()) card.heights = null;
    if (view.zoom) choose("zoom", null);
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && view.zoom && !event.target.closest("input, textarea, select, dialog")) reset();
  });

  // --- the tools of all charts ---

  // They are in the large view for a while.
  const toolbar = section.querySelector(".toolbar");
  // What the address names is gone to again once they are there with their styles, unless the reader did something.
  const [visited] = /** @type {any[]} */ (performance.getEntriesByType("navigation"));
  let named = visited?.type === "navigate" ? document.getElementById(location.hash.slice(1).split("?")[0]) : null;
  for (const kind of ["pointerover", "keydown", "wheel"]) addEventListener(kind, () => { named = null; }, { once: true });
  new ResizeObserver(function () {
    section.style.setProperty("--tools", toolbar.offsetHeight + "px");
    if (named?.closest(".group")) named.scrollIntoView();
  }).observe(toolbar);
  const slider = toolbar.querySelector("[type=range]");
  const amount = toolbar.querySelector("output");
  const outliers = toolbar.querySelector("[data-outliers]");
  const tables = toolbar.querySelector("[data-tables]");
  const more = toolbar.querySelector("[data-more-tools]");
  const smoothing = toolbar.querySelector("[data-key=s]");
  smoothing.ariaLabel = "Smoothing";
  smoothing.title = "Bias-corrected EMA; faint line: raw values";
  outliers.title = "Y axes without values far from the 1 % to 99 % quantiles";
  /** @type {(name: string) => any[]} */
  const radios = (name) => [...toolbar.querySelectorAll(`[name=${name}]`)];
  const initial = (/** @type {string} */ name) => radios(name).find((one) => one.defaultChecked).value;
  radios("scale")[2].parentNode.title = "Log where values span two decades or more";
  for (const radio of radios("x-axis")) if (radio.disabled) radio.parentNode.title = "No times were logged";
  const checked = (/** @type {string} */ name) => radios(name).find((one) => one.checked).value;
  let before = 0.6;

  /** @param {string} key @param {string | null} value */
  function choose(key, value) {
    runpages.urlState(key, value);
    restore();
  }

  slider.addEventListener("input", () => choose("smooth", Number(slider.value) ? slider.value : null));
  smoothing.addEventListener("click", function () {
    if (view.weight) before = view.weight;
    choose("smooth", view.weight ? null : String(before));
  });
  outliers.addEventListener("click", () => choose("outliers", view.outliers ? null : "ignore"));
  tables.addEventListener("click", () => choose("table", isPressed(tables) ? null : "open"));
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(toolbar.classList.toggle("whole"))));
  for (const one of [...radios("x-axis"), ...radios("scale")]) {
    one.addEventListener("change", function () {
      if (one.name === "scale") for (const card of cards.values()) card.scale = null;
      else runpages.urlState("zoom", null);
      choose(one.name === "scale" ? "scale" : "x", one.defaultChecked ? null : one.value);
    });
  }

  const isPressed = (/** @type {Found} */ button) => button.getAttribute("aria-pressed") === "true";
  /** @param {Found} button @param {boolean} on */
  function press(button, on) {
    button.setAttribute("aria-pressed", String(on));
  }

  /** @param {string} name @param {string | null} wanted */
  function check(name, wanted) {
    const found = radios(name).find((one) => one.value === wanted && !one.disabled) || radios(name).find((one) => one.defaultChecked);
    found.checked = true;
    return found.value;
  }

  // The view as the address has it.
  function restore() {
    const asked = runpages.urlState();
    const known = JSON.stringify(view);
    const weight = Number(asked.get("smooth"));
    view.weight = weight > 0 && weight < 1 ? weight : 0;
    view.x = check("x-axis", asked.get("x"));
    view.scale = check("scale", asked.get("scale"));
    view.outliers = asked.get("outliers") === "ignore";
    const range = (asked.get("zoom") || "").split("~").map(Number);
    view.zoom = range.length === 2 && range[0] < range[1] ? range : null;
    slider.value = view.weight;
    slider.style.setProperty("--filled", (view.weight / slider.max) * 100 + "%");
    amount.textContent = view.weight.toFixed(2);
    press(outliers, view.outliers);
    const open = asked.get("table") === "open";
    if (open !== isPressed(tables)) {
      press(tables, open);
      for (const { node, table } of cards.values()) {
        table.dataset.usual = open ? "open" : "closed";
        table.open = (asked.get(node.id + ".data") ?? table.dataset.usual) === "open";
      }
    }
    if (JSON.stringify(view) === known) return;
    activate();
    redraw();
  }

  // --- cards ---

  // The tools of a card; each needs its chart.
  /** @param {Card} card */
  function own(card) {
    /** @type {(act: () => void) => () => Promise<void>} */
    const awake = (act) => () => live(card).then(() => { if (card.box) act(); });
    /** @type {CardOwn["acts"]} */
    const acts = {
      log: ["Log y", awake(function () {
        card.scale = card.spec.log ? "linear" : "log";
        card.heights = null;
        redraw(card);
      })],
      table: ["Table", () => { card.table.open = !card.table.open; }],
      csv: ["CSV", awake(() => runpages.savePoints(card))],
    };
    return { acts, home: card.body, large: awake(() => enlarge(card)) };
  }

  // With the tools of all charts.
  /** @param {Card} card */
  function enlarge(card) {
    /** @param {boolean} isLarge */
    function drawn(isLarge) {
      card.large = isLarge ? () => Math.max(240, card.body.clientHeight - 8) : null;
      redraw(card);
    }
    runpages.cardTools.enlarge(card.node, { key: "chart", value: card.name, others: [toolbar], drawn });
  }

  // The table view of a card that came without one.
  /** @param {Card} card */
  function completed(card) {
    const known = card.node.querySelector("details.points");
    if (known || !card.isBare) return known;
    const title = card.node.dataset.bare;
    const note = make("p", { className: "note" });
    const fold = make("details", { className: "points" }, make("summary", { textContent: "Show " + title + " as a table" }), note);
    const link = section.querySelector(".points .note a");
    if (link) note.append("all in ", link.cloneNode(true));
    fold.dataset.shown = title.replace(/\D/g, "");
    card.node.append(fold);
    return fold;
  }

  /** @param {Found} node */
  function add(node) {
    if (cards.has(node)) return;
    const body = node.querySelector(".card-body");
    const name = node.querySelector("h4").textContent;
    Object.assign(body, { tabIndex: 0, role: "group", ariaLabel: "Chart of " + name });
    /** @type {Card} */
    const card = {
      node, body, name, head: node.querySelector(".card-head"), isBare: "bare" in node.dataset,
      get at() { return Number(node.dataset.at); },
      get svg() { return body.querySelector(".chart"); },
    };
    cards.set(node, card);
    const wake = function () {
      runpages.cardTools.arm(node, own(card));
      live(card);
      activate();
    };
    body.addEventListener("pointerdown", (/** @type {Happening} */ event) => { runpages.pointed = event; });
    body.addEventListener("keydown", (/** @type {Happening} */ event) => { card.pressed = event; });
    for (const kind of ["pointerenter", "focusin"]) node.addEventListener(kind, wake, { once: true });
    observer.observe(node);
    const table = (card.table = completed(card));
    const key = node.id + ".data";
    table.dataset.state = "data";
    if (runpages.urlState().has(key)) table.open = runpages.urlState().get(key) === "open";
    else if (table.open && !isPressed(tables)) runpages.urlState(key, "open");
    // A table out of view, of which there may be a thousand, waits.
    card.fill = function () {
      if (table.open && card.seen) runpages.fillTable(card, table, load).catch((error) => announce(error.message));
    };
    table.addEventListener("toggle", card.fill);
    if (matchMedia("(hover: none)").matches) runpages.cardTools.arm(node, own(card));
    // The touch that this script was loaded for.
    if (node.matches(":hover, :focus-within")) wake();
  }
  function addAll() {
    for (const node of section.querySelectorAll(".metric[data-at]")) add(node);
  }
  addAll();

  const filter = runpages.metricFilter(section, () => runpages.crosshair.hide());

  // --- a page that is renewed: other points in the same view ---

  addEventListener("renewed", async function () {
    for (const [node, card] of cards) {
      if (node.isConnected) continue;
      if (card.box) still(card);
      cards.delete(node);
    }
    addAll();
    filter();
    if (source === section.dataset.points) return;
    runpages.forget(source.replace(/\.js.*/, ""));  // With the chunks of long metrics.
    source = section.dataset.points;
    data = null;
    try {
      const all = await load();
      for (const card of cards.values()) card.whole = all[card.at];
      await redraw();
    } catch (error) {
      announce(error.message);
    }
    for (const card of cards.values()) card.fill();
  });

  // --- what the address asks for, and what was set before this script came ---

  for (const [key, value, usual] of [["smooth", slider.value, "0"], ["x", checked("x-axis"), initial("x-axis")], ["scale", checked("scale"), initial("scale")]]) {
    if (value !== usual && !runpages.urlState().has(key)) runpages.urlState(key, value);
  }
  function restoreAll() {
    restore();
    filter();
    const wanted = runpages.urlState().get("chart");
    const card = [...cards.values()].find(({ name }) => name === wanted);
    if (card) live(card).then(() => card.box && !document.querySelector("dialog[open]") && enlarge(card));
  }
  restoreAll();
  addEventListener("statechange", restoreAll);
  // A change of the theme, by the reader or by the system, gives the charts new colours.
  new MutationObserver(() => redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
})();
