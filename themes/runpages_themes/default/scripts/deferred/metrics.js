// The charts of a run: each is a drawing until one is touched; then those in view become live, and the tools act on all.
(function () {
  "use strict";
  const section = document.getElementById("metrics");
  const MOST_LIVE = 30;
  /** @type {[string, number][]} */
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  /** @type {Card} */
  const view = { weight: 0, x: "step", log: null };
  const cards = new Map();
  const { make, announce } = runpages;
  let active = false;
  /** @type {any} */
  let zoom = null;
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

  /** @param {any} series */
  function times(series) {
    return view.x === "step" || !series.times ? null : series.times;
  }

  /** @param {any} series @param {number} start */
  function xOf(series, start) {
    const ms = times(series);
    if (!ms) return { x: series.steps, name: series.x };
    if (view.x === "time") return { x: ms, name: "time, UTC", dates: true };
    const [name, unit] = unitOf(series);
    return { x: ms.map((/** @type {number} */ at) => (at - start) / 1000 / Number(unit)), name };
  }

  /** @param {any} series */
  function unitOf(series) {
    const span = (series.end - series.start) / 1000;
    return UNITS.find(([, size]) => span >= 2 * size) || UNITS[3];
  }

  // The range that is looked at, in steps or in ms.
  /** @param {any} series */
  function looked(series) {
    if (!zoom || zoom.kind !== view.x) return null;
    if (view.x === "relative") return zoom.range.map((/** @type {any} */ at) => series.start + at * 1000 * unitOf(series)[1]);
    return ends(zoom.range);
  }

  // plotly tells times as texts.
  /** @param {number[]} range */
  function ends(range) {
    return range.map((/** @type {any} */ at) => (typeof at === "string" ? Date.parse(at.replace(" ", "T") + "Z") : at));
  }

  // What the chart shows: of a long metric as much as fits, from its chunks.
  /** @param {Card} card */
  async function look(card) {
    const { whole } = card;
    if (!whole.pyramid) return whole;
    const { timed } = whole.pyramid;
    const range = view.x === "step" || timed ? looked(whole) : null;
    const shown = await whole.pyramid.view(range, view.x !== "step" && timed);
    return { ...whole, ...shown };
  }

  /** @param {Card} card */
  function spec(card) {
    const { series, svg } = card;
    const { x, name, dates } = xOf(series, series.start);
    const log = (card.log ?? view.log ?? svg.dataset.log === "true") && series.values.some((/** @type {any} */ value) => value > 0);
    const plain = view.x === "step" || !series.times;
    const zoomed = zoom && zoom.kind === view.x ? zoom.range : null;
    const drawn = (card.drawn ??= runpages.ticks(svg));
    const same = log === (svg.dataset.log === "true");
    const strands = series.strands.map((/** @type {Series} */ strand) => ({ ...strand, x: xOf({ ...series, ...strand }, series.start).x }));
    const heights = zoomed && (card.heights || runpages.heights(x, series.values, ends(zoomed), log));
    return {
      x, xName: name, dates, log, strands, ranks: series.ranks, values: series.values, others: series.others, weight: view.weight, left: card.side("Left"), right: card.side("Right"),
      xRange: zoomed || (plain ? drawn.x.range : null), xTicks: !zoomed && plain && drawn.x,
      yRange: heights || (same ? drawn.y.range : null), yTicks: !heights && same && drawn.y,
      height: card.large ? card.large() : undefined,
    };
  }

  /** @param {Card} card */
  async function live(card) {
    active = true;
    if (card.box || card.waits) return;
    card.waits = true;
    try {
      const [Plotly, all] = await Promise.all([runpages.chart.load(), load()]);
      card.whole = all[card.at];
      card.series = await look(card);
      card.box = card.body.appendChild(make("div", { className: "live" }));
      card.box.setAttribute("aria-hidden", "true");
      card.spec = spec(card);
      await runpages.chart.draw(Plotly, card.box, card.spec);
      card.body.classList.add("is-live");
      resized.observe(card.box);
      card.box.on("plotly_relayout", (/** @type {any} */ change) => zoomed(card, change));
      runpages.crosshair.follow(card, cards);
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
  }

  /** @param {Card} [only] */
  async function redraw(only) {
    for (const card of only ? [only] : cards.values()) {
      if (!card.box) continue;
      const asked = (card.asked = {});
      try {
        const series = await look(card);
        if (card.asked !== asked || !card.box) continue;  // Another look at it began meanwhile.
        card.series = series;
      } catch (error) {
        announce(error.message);
      }
      card.spec = spec(card);
      await runpages.chart.draw(window.Plotly, card.box, card.spec);
      runpages.crosshair.hide(card);
    }
  }

  // --- zoom, one for all ---

  let following = false;
  /** @param {Card} card @param {any} change */
  async function zoomed(card, change) {
    if (following || !Object.keys(change).some((key) => key.startsWith("xaxis."))) return;
    zoom = { kind: view.x, range: [...card.box.layout.xaxis.range] };
    for (const one of cards.values()) one.heights = null;
    // A box that was drawn has a height; a stretch shows the heights of what is in it.
    if ("yaxis.range[0]" in change) card.heights = [...card.box.layout.yaxis.range];
    reset.hidden = false;
    following = true;
    for (const other of new Set([card, ...cards.values()])) await redraw(other);
    following = false;
  }

  const reset = section.querySelector("[data-reset]");
  reset.addEventListener("click", function () {
    zoom = null;
    reset.hidden = true;
    redraw();
  });

  // --- the tools of all charts ---

  function upgrade() {
    active = true;
    for (const card of cards.values()) if (card.seen) queue(card);
    redraw();
  }

  const waiting = new Set();
  /** @param {Card} card */
  function queue(card) {
    if (!waiting.size) (window.requestIdleCallback || setTimeout)(next);
    waiting.add(card);
  }

  async function next() {
    const [card] = waiting;
    if (!card) return;
    await live(card);
    waiting.delete(card);
    if (waiting.size) (window.requestIdleCallback || setTimeout)(next);
  }

  const observer = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      const card = cards.get(entry.target);
      card.seen = entry.isIntersecting;
      if (card.seen && active) queue(card);
      const count = [...cards.values()].filter((one) => one.box).length;
      if (!card.seen && card.box && !card.large && count > MOST_LIVE) still(card);
    }
  }, { rootMargin: "100px" });

  const slider = section.querySelector("[data-smooth]");
  const amount = section.querySelector("[data-smooth-amount]");
  let before = 0.6;
  /** @param {number} weight */
  function smooth(weight) {
    view.weight = weight;
    slider.value = weight;
    slider.style.setProperty("--filled", (weight / slider.max) * 100 + "%");
    amount.textContent = weight.toFixed(2);
    runpages.urlState("smooth", weight ? String(weight) : null);
    upgrade();
  }
  slider.addEventListener("input", () => smooth(Number(slider.value)));
  section.querySelector("[data-key=s]").addEventListener("click", function () {
    if (view.weight) before = view.weight;
    smooth(view.weight ? 0 : before);
  });

  /** @param {any} x */
  function choose(x) {
    view.x = x;
    zoom = null;
    reset.hidden = true;
    for (const one of section.querySelectorAll("[name=x-axis]")) one.checked = one.value === x;
    runpages.urlState("x", x === "step" ? null : x);
    upgrade();
  }
  for (const one of section.querySelectorAll("[name=x-axis]")) one.addEventListener("change", () => choose(one.value));

  const log = section.querySelector("[data-log-y]");
  /** @param {boolean | null} on */
  function logarithmic(on) {
    view.log = on;
    for (const card of cards.values()) card.log = undefined;
    log.setAttribute("aria-pressed", String(on === true));
    runpages.urlState("log", on === null ? null : String(on));
    upgrade();
  }
  log.addEventListener("click", () => logarithmic(view.log ? null : true));

  const tables = section.querySelector("[data-tables]");
  tables.addEventListener("click", function () {
    const on = tables.getAttribute("aria-pressed") !== "true";
    tables.setAttribute("aria-pressed", String(on));
    for (const card of cards.keys()) card.querySelector("details.points").open = on;
  });

  // --- the tools of one chart ---

  /** @param {Card} card */
  function csv(card) {
    // Of a long metric the page has what a drawing needs; the file has all.
    const whole = card.node.querySelector(".points a[href]");
    if (card.series.thinned && whole) return whole.click();
    const [names, ...rows] = runpages.points(card.series);
    for (const row of rows) row[1] = Number.isFinite(row[1]) ? new Date(row[1]).toISOString() : "";
    runpages.saveCsv(card.name, [names, ...rows].map((row) => row.join(",")));  // Which spells null as nothing.
  }

  // One picture at a time: plotly refuses a second one while it makes the first.
  /** @param {Card} card @param {any} how */
  function picture(card, how) {
    const look = { ...how, width: 960, height: 400, filename: runpages.fileName(card.name) };
    window.Plotly.downloadImage(card.box, look).catch((/** @type {Error} */ error) => announce(String(error.message || error)));
  }

  const dialog = document.getElementById("large");
  /** @param {Card} card */
  function enlarge(card) {
    const place = dialog.querySelector(".large-body");
    const home = document.createComment("");
    dialog.querySelector("h2").textContent = card.name;
    card.body.replaceWith(home);
    place.append(card.body);
    card.large = () => Math.max(240, place.clientHeight - 28);
    dialog.showModal();
    redraw(card);
    dialog.addEventListener("close", function () {
      card.large = null;
      home.replaceWith(card.body);
      redraw(card);
      card.body.focus();
    }, { once: true });
  }

  /** @type {Record<string, (card: Card) => void>} */
  const ACTS = {
    /** @param {Card} card */
    log(card) {
      card.log = !card.spec.log;
      redraw(card);
    },
    table: (/** @type {Card} */ card) => { card.node.querySelector("details.points").open ^= 1; },
    csv,
    png: (/** @type {Card} */ card) => picture(card, { format: "png", scale: 2 }),
    svg: (/** @type {Card} */ card) => picture(card, { format: "svg" }),
    enlarge,
  };

  /** @param {Card} card */
  function arm(card) {
    if (card.armed) return;
    card.armed = true;
    const tools = document.getElementById("chart-tools").content.cloneNode(true).firstElementChild;
    tools.addEventListener("click", async function (/** @type {Happening} */ event) {
      const button = event.target.closest("button");
      if (!button) return;
      await live(card);
      if (card.box) ACTS[button.dataset.act](card);
    });
    card.body.before(tools);
  }

  /** @param {Found} svg */
  function add(svg) {
    const node = svg.closest(".metric");
    if (cards.has(node)) return;
    const body = svg.parentElement;
    /** @type {Card} */
    const card = {
      node, body, name: node.querySelector("h4").textContent,
      get at() { return Number(node.dataset.at); },
      get svg() { return body.querySelector(".chart"); },
      side: (/** @type {string} */ name) => parseFloat(getComputedStyle(card.svg).getPropertyValue("padding-" + name.toLowerCase())),
    };
    cards.set(node, card);
    const wake = function () {
      arm(card);
      live(card);
      upgrade();
    };
    for (const kind of ["pointerenter", "focusin"]) node.addEventListener(kind, wake, { once: true });
    observer.observe(node);
    const table = node.querySelector("details.points");
    const fill = () => { if (table.open) runpages.fillTable(card, table, load).catch((error) => announce(error.message)); };
    table.addEventListener("toggle", fill);
    card.refill = fill;
    fill();
    // The touch that this script was loaded for.
    if (node.matches(":hover, :focus-within")) wake();
  }
  function addAll() {
    for (const svg of section.querySelectorAll(".metric .chart[data-y]")) add(svg);
  }
  addAll();

  const filter = runpages.metricFilter(section);

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
      const [one] = cards.values();
      // A run that goes on is told in longer units at some time.
      const unit = () => (zoom && zoom.kind === "relative" && one && one.whole ? unitOf(one.whole)[1] : 1);
      const before = unit();
      for (const card of cards.values()) Object.assign(card, { drawn: null, whole: all[card.at] });
      if (before !== unit()) zoom.range = zoom.range.map((/** @type {any} */ at) => (at * before) / unit());
      await redraw();
    } catch (error) {
      announce(error.message);
    }
    for (const card of cards.values()) card.refill();
  });

  // --- what the address asks for, and what was set before this script came ---

  const asked = runpages.urlState();
  const weight = Number(asked.get("smooth") || slider.value);
  if (weight > 0 && weight < 1) smooth(weight);
  const x = asked.get("x") || section.querySelector("[name=x-axis]:checked").value;
  if (["time", "relative"].includes(x)) choose(x);
  if (asked.get("log") === "true") logarithmic(true);
  // A change of the theme, by the reader or by the system, gives the charts new colours.
  new MutationObserver(() => redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
})();
