// The curves of all members, a card for each metric, over one axis with one cursor.
(function () {
  "use strict";
  const { make, urlState, curveMath, curveCard, compare } = runpages;
  const { counted, few, headed, runs, segments, state } = runpages.compareControls;
  const MANY = 6;
  /** @type {Map<string, Promise<any[]>>} */
  const loaded = new Map();
  /** @type {Map<string, any>} */
  const cards = new Map();
  /** @type {any[]} */
  let lines = [];
  let order = /** @type {string[]} */ ([]);
  /** @type {any} */
  let parts = null;

  const observer = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) {
      const card = cards.get(/** @type {any} */ (target).dataset.name);
      if (!card) continue;
      card.isSeen = isIntersecting;
      refresh(card);
    }
  }, { rootMargin: "200px" });

  // --- data ---

  // The series of a run, of long ones as a chart shows them.
  /** @param {CompareRun} run */
  async function read(run) {
    const data = await compare.points(run);
    const all = runpages.series(data, run.page.replace(/(\/index)?\.html$/, "/"));
    return Promise.all(all.map(async function (/** @type {any} */ one) {
      const points = one.pyramid ? await one.pyramid.view(null, false) : one;
      return { name: one.name, axis: one.x, start: one.start, thinned: Boolean(one.pyramid || one.thinned), ...curveMath.flat(points) };
    }));
  }

  /** @param {ComparedRun} of */
  function seriesOf({ run }) {
    if (!run.scripts.points) return Promise.resolve([]);
    const one = loaded.get(run.page) || read(run);
    loaded.set(run.page, one);
    one.catch(() => loaded.delete(run.page));
    return one;
  }

  // --- a card ---

  // The groups of which three runs share steps as bands, all others as lines.
  /** @param {any[]} curves @param {string} band */
  function grouped(curves, band) {
    const members = new Set(curves.map(({ member }) => member));
    const isBand = band !== "lines" && state("curves.x", "step") === "step";
    /** @type {any[]} */
    const bands = [];
    const kept = [...members].flatMap(function (member) {
      const own = curves.filter((one) => one.member === member);
      if (!member.group || !isBand) return own;
      const steps = runpages.runStats.bands(own.map(({ x, values }) => new Map(x.map((/** @type {number} */ at, /** @type {number} */ index) => [at, values[index]]))));
      if (steps.length < 2) return own;
      const edges = steps.map(({ mean, sd, least, most }) => (band === "sd" ? [mean - sd, mean + sd] : [least, most]));
      bands.push({ line: member.key, label: member.label, slot: member.slot, dash: member.dash, n: own.length, x: steps.map(({ x }) => x), band: steps, edges });
      return [];
    });
    return { curves: kept, bands };
  }

  // What is missing, by member, in words.
  /** @param {string} name @param {any[]} curves */
  function absent(name, curves) {
    const has = new Set(curves.map(({ run }) => run.page));
    const without = lines.filter(({ run }) => !has.has(run.page));
    const single = without.filter(({ run }) => run.metrics[name]);
    const none = without.filter(({ run }) => !run.metrics[name]);
    return [
      ...(none.length ? ["Without " + name + ": " + few(none.map(({ label }) => label)) + "."] : []),
      ...(single.length ? ["No curve, one value: " + few(single.map(({ label, run }) => label + " " + (run.metrics[name].last === undefined ? run.metrics[name].text : runpages.axis.say(run.metrics[name].last)))) + "."] : []),
    ];
  }

  /** @param {string} name */
  function specOf(name) {
    const [kind, scale, weight, band] = [state("curves.x", "step"), state("curves.scale", "auto"), Number(state("curves.smooth", "0")), state("curves.band", "sd")];
    const own = lines.flatMap((line) => line.series.filter((/** @type {any} */ one) => one.name === name).map((/** @type {any} */ one) => ({
      ...one, name: one.axis, run: line.run, member: line.member, label: line.label, slot: line.slot, dash: line.dash, line: line.run.page, isReference: line.member === compare.reference && !line.member.group,
    })));
    const placed = curveMath.aligned(own, kind);
    const timeless = placed.curves.filter((/** @type {any} */ { x }) => !x.length);
    const smooth = (/** @type {number[]} */ values) => (weight ? runpages.smooth(values, weight).map((/** @type {number | null} */ value) => value ?? NaN) : values);
    const shown = grouped(placed.curves.filter((/** @type {any} */ { x }) => x.length), band);
    const nans = placed.curves.reduce((/** @type {number} */ sum, /** @type {any} */ { values }) => sum + values.filter(Number.isNaN).length, 0);
    const counts = shown.bands.flatMap(({ band: steps }) => steps.map((/** @type {any} */ { n }) => n));
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return {
      name, scale, xName: placed.name, dates: kind === "time" && placed.curves.length > timeless.length, isShared: kind === "step",
      curves: shown.curves.map((curve) => ({ ...curve, shown: smooth(curve.values) })), bands: shown.bands,
      notes: [shown.bands.length ? (band === "sd" ? "mean ± sd" : "mean, min to max") : "", weight ? "smoothing " + weight : "", nans ? counted(nans, "value") + " nan" : ""],
      told: [
        ...(counts.length ? [`n ${least === most ? most : least + " to " + most} a step, where 3 or more runs share it${band === "sd" ? "; sd with n − 1" : ""}.`] : []),
        ...(timeless.length ? ["Without times: " + few(timeless.map((/** @type {any} */ { label }) => label)) + "."] : []),
        ...absent(name, own),
      ],
    };
  }

  // What is out of view is drawn when it is scrolled to.
  /** @param {any} card */
  function refresh(card) {
    if (!card.isStale || !card.isSeen || card.node.hidden) return;
    card.isStale = false;
    curveCard.set(card, specOf(card.name));
  }

  function redraw() {
    curveCard.hide();
    for (const name of order) cards.get(name).isStale = true;
    for (const name of order) refresh(cards.get(name));
  }

  // --- controls ---

  function toolbar() {
    const { band, filter } = parts;
    band.hidden = !compare.members.some(({ group }) => group);
    filter.hidden = order.length <= MANY;
  }

  function sift() {
    const text = parts.field.value.trim().toLowerCase();
    const shown = order.filter((name) => name.toLowerCase().includes(text));
    for (const name of order) cards.get(name).node.hidden = !shown.includes(name);
    parts.count.textContent = counted(order.length, "metric") + (shown.length < order.length ? ", " + shown.length + " shown" : "");
    parts.none.hidden = shown.length > 0 || !order.length;
    redraw();
  }

  /** @param {Found} box */
  function begin(box) {
    const slider = make("input", { type: "range", min: "0", max: "0.95", step: "0.05", defaultValue: "0", ariaLabel: "Smoothing" });
    const amount = make("output", {});
    slider.dataset.state = "curves.smooth";
    slider.value = state("curves.smooth", "0");
    function filled() {
      slider.style.setProperty("--filled", (slider.value / 0.95) * 100 + "%");
      amount.textContent = Number(slider.value).toFixed(2);
    }
    filled();
    slider.addEventListener("input", () => { filled(); urlState("curves.smooth", slider.value === "0" ? null : slider.value); redraw(); });
    const field = make("input", { type: "search", placeholder: "Filter metrics", ariaLabel: "Filter metrics", autocomplete: "off", spellcheck: false, value: state("curves.filter", "") });
    field.dataset.state = "curves.filter";
    field.addEventListener("input", sift);
    parts = {
      slider, field,
      smoothing: make("label", { className: "smoothing" }, "Smoothing ", slider, amount),
      band: segments("curves.band", "Bands of groups", [["sd", "± sd"], ["minmax", "min–max"], ["lines", "Lines"]], redraw),
      filter: make("span", { className: "field" }, field),
      none: make("p", { className: "note", textContent: "No metric matches.", hidden: true }),
      note: make("p", { className: "note compare-note", hidden: true }),
      grid: make("div", { className: "cards compare-curves" }),
      count: box.closest("section").querySelector(".count"),
    };
    headed(box, parts.filter, parts.band, parts.smoothing,
      segments("curves.scale", "Y axis", [["auto", "Auto"], ["linear", "Linear"], ["log", "Log"]], redraw),
      segments("curves.x", "X axis", [["step", "Step"], ["time", "Time"], ["relative", "Relative"]], redraw));
    box.replaceChildren(parts.note, parts.grid, parts.none);
    addEventListener("statechange", () => { filled(); sift(); });
  }

  const section = {
    cards: () => order.map((name) => cards.get(name)),
    liftAll(/** @type {string} */ line) { for (const card of section.cards()) curveCard.lift(card, line); },
  };

  // --- the section ---

  compare.section("curves", async function (box) {
    const wanted = /** @type {ComparedRun[]} */ (runs(compare));
    const found = await Promise.allSettled(wanted.map(seriesOf));
    lines = wanted.map((of, at) => ({ ...of, series: found[at].status === "fulfilled" ? /** @type {any} */ (found[at]).value : [] }));
    order = [...new Set(lines.flatMap(({ series }) => series.map((/** @type {any} */ one) => one.name)))];
    if (!order.length) return false;
    if (!parts) begin(box);
    const lost = wanted.filter((_, at) => found[at].status === "rejected");
    const damaged = lines.filter(({ run }) => run.damaged);
    const words = [
      ...(damaged.length ? [few(damaged.map(({ label }) => label)) + (damaged.length === 1 ? " is" : " are") + " damaged: points may be missing."] : []),
      ...(lost.length ? ["Points could not be loaded: " + few(lost.map((of) => of.label)) + "."] : []),
    ];
    Object.assign(parts.note, { textContent: words.join(" "), hidden: !words.length });
    for (const name of order) {
      if (cards.has(name)) continue;
      const card = curveCard.create(name, section);
      card.node.dataset.name = name;
      cards.set(name, card);
      observer.observe(card.node);
    }
    parts.grid.replaceChildren(...order.map((name) => cards.get(name).node));
    toolbar();
    sift();
    for (const name of order) cards.get(name).restore();
  });
})();
