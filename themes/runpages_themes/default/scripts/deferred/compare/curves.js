// The sections with curves: those of all runs, and the bands of groups. A card for each metric, over one axis with one
// cursor, smoothed alike.
(function () {
  "use strict";
  const { make, urlState, curveCard, curveData, compare } = runpages;
  const { counted, few, headed, runs, segments, state } = runpages.compareControls;
  const MANY = 6;
  const MOST_LINES = 100;
  /** @type {any[]} */
  const parts = [];
  const everyCard = () => parts.flatMap((part) => part.shown());

  // The names of all metrics: first those that most runs have, in the order of the table of metrics.
  /** @param {any[]} lines @returns {string[]} */
  function ordered(lines) {
    const counts = new Map();
    for (const { run } of runs(compare)) for (const name of Object.keys(run.metrics)) counts.set(name, 0);
    for (const { series } of lines) for (const { name } of series) counts.set(name, (counts.get(name) || 0) + 1);
    return [...counts].filter(([, count]) => count).sort(([, one], [, other]) => other - one).map(([name]) => name);
  }

  // A section of cards; `isOf` says whose runs are in it.
  /** @param {string} id @param {(one: ComparedRun) => boolean} isOf */
  function sectionOf(id, isOf) {
    /** @type {Map<string, any>} */
    const cards = new Map();
    /** @type {any[]} */
    let lines = [];
    /** @type {string[]} */
    let order = [];
    const grid = make("div", { className: "cards compare-curves" });
    const note = make("p", { className: "note compare-note", hidden: true });
    const legend = make("div");
    const none = make("p", { className: "note", textContent: "No metric matches.", hidden: true });
    const part = { shown: () => order.map((name) => cards.get(name)), redraw, sift };

    const view = () => ({ kind: state("curves.x", "step"), scale: state("curves.scale", "auto"), weight: Number(state("curves.smooth", "0")), band: id === "groups" ? state("groups.band", "sd") : "" });

    // What is out of view is drawn when it is scrolled to.
    /** @param {any} card */
    function refresh(card, isForced = false) {
      if (!card.isStale || !(card.isSeen || isForced) || card.node.hidden) return;
      card.isStale = false;
      curveCard.set(card, curveData.spec(card.name, lines, view()));
    }

    const observer = new IntersectionObserver(function (entries) {
      for (const { isIntersecting, target } of entries) {
        const card = cards.get(/** @type {any} */ (target).dataset.name);
        card.isSeen = isIntersecting;
        refresh(card);
      }
    }, { rootMargin: "200px" });

    function redraw() {
      curveCard.hide();
      for (const card of part.shown()) card.isStale = true;
      part.shown().forEach((card) => refresh(card));
    }

    function sift() {
      const text = state("curves.filter", "").trim().toLowerCase();
      const shown = order.filter((name) => name.toLowerCase().includes(text));
      for (const name of order) cards.get(name).node.hidden = !shown.includes(name);
      grid.closest("section").querySelector(".count").textContent = counted(order.length, "metric") + (shown.length < order.length ? ", " + shown.length + " shown" : "");
      none.hidden = shown.length > 0;
      redraw();
    }

    /** @param {any[]} lost @param {number} all */
    function words(lost, all) {
      const damaged = lines.filter(({ run }) => run.damaged).map(({ label }) => label);
      const said = [
        damaged.length ? few(damaged) + (damaged.length === 1 ? " is" : " are") + " damaged: points may be missing." : "",
        lost.length ? "Points could not be loaded: " + few(lost.map(({ label }) => label)) + "." : "",
        all > lines.length ? "The curves of the first " + lines.length + " of " + all + " runs." : "",
      ].filter(Boolean);
      Object.assign(note, { textContent: said.join(" "), hidden: !said.length });
    }

    /** @param {string} name */
    function create(name) {
      const card = curveCard.create(id, name, everyCard);
      card.node.dataset.name = name;
      card.print = () => refresh(card, true);
      cards.set(name, card);
      observer.observe(card.node);
    }

    compare.section(id, async function (box) {
      const wanted = /** @type {ComparedRun[]} */ (runs(compare)).filter(isOf);
      const found = await curveData.load(id === "curves" ? wanted.slice(0, MOST_LINES) : wanted);
      lines = found.lines;
      order = ordered(lines);
      if (!order.length) return false;
      if (!grid.isConnected) {
        box.replaceChildren(note, legend, grid, none);
        headed(box, ...controls(id));
      }
      words(found.lost, wanted.length);
      const isMany = id === "curves" && lines.length > runpages.curveDrawing.NAMED;
      const keyed = lines.map((line) => ({ ...line, line: line.run.page }));
      legend.replaceChildren(...(isMany ? [curveCard.keys(keyed, (/** @type {string} */ line) => everyCard().forEach((card) => curveCard.lift(card, line)))] : []));
      for (const name of order) if (!cards.has(name)) create(name);
      grid.replaceChildren(...part.shown().map(({ node }) => node));
      if (id === "curves") box.closest("section").querySelector(".field").hidden = order.length <= MANY;
      sift();
      for (const card of part.shown()) card.restore();
    });
    return part;
  }

  // --- controls ---

  const redrawAll = () => parts.forEach((part) => part.redraw());

  /** @param {string} id @returns {Found[]} */
  function controls(id) {
    if (id === "groups") return [segments("groups.band", "Bands", [["sd", "Mean ± sd"], ["minmax", "Min–max"]], redrawAll)];
    return [filter(), smoothing(),
      segments("curves.scale", "Y axis", [["auto", "Auto"], ["linear", "Linear"], ["log", "Log y"]], redrawAll),
      segments("curves.x", "X axis", [["step", "Step"], ["time", "Time"], ["relative", "Relative"]], redrawAll)];
  }

  function filter() {
    const field = make("input", { type: "search", placeholder: "Filter metrics", ariaLabel: "Filter metrics", autocomplete: "off", spellcheck: false, value: state("curves.filter", "") });
    field.dataset.state = "curves.filter";
    field.addEventListener("input", () => {
      urlState("curves.filter", field.value || null);
      parts.forEach((part) => part.shown().length && part.sift());
    });
    return make("span", { className: "field" }, field);
  }

  function smoothing() {
    const slider = make("input", { type: "range", min: "0", max: "0.95", step: "0.05", defaultValue: "0", ariaLabel: "Smoothing" });
    const amount = make("output", {});
    slider.dataset.state = "curves.smooth";
    function fill() {
      slider.style.setProperty("--filled", (slider.value / slider.max) * 100 + "%");
      amount.textContent = Number(slider.value).toFixed(2);
    }
    slider.value = state("curves.smooth", "0");
    fill();
    slider.addEventListener("input", () => {
      urlState("curves.smooth", slider.value === "0" ? null : slider.value);
      fill();
      redrawAll();
    });
    return make("label", { className: "smoothing" }, "Smoothing ", slider, amount);
  }

  addEventListener("beforeprint", () => everyCard().forEach((card) => card.print()));
  parts.push(sectionOf("curves", () => true), sectionOf("groups", ({ member }) => member.group));
})();
