// A card of the curves of a metric: its drawing, the cursor that all cards share, and a tip with what all runs have there.
(function () {
  "use strict";
  const { make, announce, curveDrawing, curveMath } = runpages;
  const { counted, few, key } = runpages.compareControls;
  const { MOST, lean, pgfplots } = runpages.paper;
  const { shape } = runpages.runDrawing;
  const HEIGHT = 240;
  const GAP = 14;
  const COLUMN = 17;
  // How coarse the lines of a figure for a paper may get.
  const COARSEST = 12;
  /** @type {any[]} */
  let cursors = [];

  // --- drawing ---

  /** @param {any} card @param {number} [stretches] */
  function draw(card, stretches) {
    const { body, spec } = card;
    const width = body.clientWidth - 16;
    if (!spec || width < 100) return;
    const large = Boolean(card.node.closest("dialog"));
    const height = large ? Math.max(HEIGHT, Math.round((innerHeight - 300) / 1.5)) : HEIGHT;
    const picture = curveDrawing.draw({ ...spec, width, height, stretches });
    card.cursor = shape("g", { class: "cursor-marks" });
    card.svg = shape("svg", { class: "chart is-drawn", role: "img", width, height, "aria-label": picture.alt }, ...picture.nodes, card.cursor);
    Object.assign(card, { picture, lines: new Map([...card.svg.querySelectorAll("[data-line].line")].map((line) => [line.dataset.line, line])) });
    body.querySelector(".chart")?.remove();
    body.prepend(card.svg);
    card.hasLegend = !picture.isNamed;
    card.note.textContent = [picture.y.log ? "log y" : "", ...spec.notes].filter(Boolean).join(", ");
    card.note.title = card.note.textContent;
    lift(card, card.lifted || "");
  }

  // --- one run among many ---

  /** @param {any} card @param {string} line */
  function lift(card, line) {
    card.lifted = line;
    card.body.classList.toggle("has-lift", card.lines?.has(line) || false);
    card.lines?.forEach((/** @type {Found} */ path, /** @type {string} */ of) => {
      path.classList.toggle("lifted", of === line);
      if (of === line) path.parentNode.append(path);
    });
  }

  // --- the cursor ---

  // What each line has next to a place on the axis, the highest first; those that do not reach it come last.
  /** @param {any} card @param {number} x */
  function readings({ spec, picture }, x) {
    const [near, far] = [picture.x.value(0), picture.x.value(1)];
    const slack = (far - near) / 100;
    const rows = spec.curves.map(function (/** @type {any} */ curve) {
      const at = curveMath.nearest(curve.x, x);
      const isThere = at >= 0 && x >= curve.x[0] - slack && x <= curve.x[curve.x.length - 1] + slack;
      return { ...curve, at: isThere ? at : -1, value: isThere ? curve.values[at] : NaN, height: isThere ? curve.shown[at] : NaN };
    });
    const means = spec.bands.map(function (/** @type {any} */ one) {
      const at = curveMath.nearest(one.x, x);
      const { mean, n } = one.band[at];
      return { ...one, at, value: mean, height: mean, edge: one.edges[at], count: n };
    });
    const rank = (/** @type {any} */ { at, height }) => (at < 0 ? 2 : Number.isFinite(height) ? 0 : 1);
    return [...rows, ...means].sort((one, other) => rank(one) - rank(other) || (rank(one) ? 0 : other.height - one.height));
  }

  /** @param {any} row */
  function valueOf({ at, value, edge, count }) {
    if (at < 0) return "–";
    const range = edge ? " (" + curveDrawing.spelled(edge[0]) + " to " + curveDrawing.spelled(edge[1]) + ", n " + count + ")" : "";
    return curveDrawing.spelled(value) + range;
  }

  /** @param {any} card @param {number} x */
  const placeOf = ({ spec }, x) => runpages.chartX.spelled(x, spec.xName, spec.dates);

  /** @param {any} card @param {number} x @param {any[]} rows @param {number} y */
  function tip(card, x, rows, y) {
    const { area } = card.picture;
    const least = rows.filter(({ height }) => Number.isFinite(height)).reduce((best, row) => (Math.abs(area.up(row.height) - y) < Math.abs(area.up(best?.height ?? Infinity) - y) ? row : best), null);
    const list = make("div", { className: "compare-tip-rows" }, ...rows.map((row) => make("span", { className: row === least && y >= 0 ? "near" : "" }, key(row), make("bdi", { textContent: row.label }), make("b", { textContent: valueOf(row) }))));
    list.style.columnCount = String(Math.ceil(rows.length / COLUMN));
    const made = make("div", { className: "compare-tip" }, make("strong", { textContent: placeOf(card, x) }), list);
    const left = area.across(x) + 8;
    const isRight = left > card.body.clientWidth / 2;
    made.style.left = isRight ? "" : left + GAP + "px";
    made.style.right = isRight ? card.body.clientWidth - left + GAP + "px" : "";
    return made;
  }

  function hide() {
    for (const card of cursors) {
      card.cursor.replaceChildren();
      card.body.querySelector(".compare-tip")?.remove();
    }
    cursors = [];
  }

  const linesOf = (/** @type {any} */ { spec }) => /** @type {any[]} */ ([...spec.curves, ...spec.bands]);

  // The place of the point of any line that is nearest.
  /** @param {any} card @param {number} x */
  function snapped(card, x) {
    const places = linesOf(card).map((line) => line.x[curveMath.nearest(line.x, x)]).filter((one) => one !== undefined);
    return places.reduce((best, one) => (Math.abs(one - x) < Math.abs(best - x) ? one : best), places[0] ?? x);
  }

  // The line of the cursor in all cards that are drawn, at the same place of the axis, and a tip in the one that is read.
  /** @param {any} lead @param {number} x @param {any[]} cards @param {number} [height] */
  function show(lead, x, cards, height = -1) {
    hide();
    for (const card of cards) {
      if (!card.picture || !card.isSeen || !card.svg.isConnected) continue;
      const { area, y } = card.picture;
      const share = card.picture.x.at(x);
      if (share < -0.01 || share > 1.01) continue;
      const rows = readings(card, x);
      const left = Math.round(area.across(x)) + 0.5;
      const circles = rows.filter((row) => row.at >= 0 && Number.isFinite(row.height) && !(y.log && row.height <= 0)).map((row) => shape("circle", { class: "s" + row.slot, cx: area.across(row.x[row.at]), cy: area.up(row.height), r: 3 }));
      card.cursor.replaceChildren(shape("path", { d: "M" + left + " " + area.top + "V" + area.bottom }), ...(rows.length <= curveDrawing.NAMED ? circles : []));
      cursors.push(card);
      if (card !== lead) continue;
      card.body.append(tip(card, x, rows, height));
      card.at = x;
    }
  }

  /** @param {any} card @param {() => any[]} cards */
  function follow(card, cards) {
    const { body } = card;
    let [frame, last] = [0, /** @type {any} */ (null)];
    function point() {
      frame = 0;
      if (!last || !card.picture || !card.svg.isConnected) return;
      const box = card.svg.getBoundingClientRect();
      const scale = box.width / Number(card.svg.getAttribute("width"));
      const [left, top] = [(last.clientX - box.left) / scale, (last.clientY - box.top) / scale];
      const { area, x } = card.picture;
      const share = (left - area.left) / area.room;
      if (share < -0.02 || share > 1.02) return hide();
      show(card, snapped(card, x.value(Math.min(Math.max(share, 0), 1))), cards(), top);
    }
    const move = (/** @type {Happening} */ event) => {
      last = event;
      frame ||= requestAnimationFrame(point);
    };
    body.addEventListener("pointermove", move);
    body.addEventListener("pointerdown", move);
    body.addEventListener("pointerleave", (/** @type {Happening} */ event) => {
      last = null;
      if (event.pointerType !== "touch") hide();
    });
    body.addEventListener("blur", hide);
    body.addEventListener("keydown", (/** @type {Happening} */ event) => press(card, event, cards()));
  }

  // Arrow keys go from point to point of the longest line.
  /** @param {any} card @param {Happening} event @param {any[]} cards */
  function press(card, event, cards) {
    /** @type {Record<string, number>} */
    const ways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") return hide();
    if (event.target !== card.body || !(event.key in ways) || !card.picture) return;
    event.preventDefault();
    const longest = linesOf(card).reduce((best, { x }) => (x.length > best.length ? x : best), []);
    if (!longest.length) return;
    const from = card.at === undefined ? (ways[event.key] > 0 ? -1 : longest.length) : curveMath.nearest(longest, card.at);
    const x = longest[Math.min(Math.max(from + ways[event.key], 0), longest.length - 1)];
    show(card, x, cards);
    announce(placeOf(card, x) + ": " + readings(card, x).map((row) => row.label + " " + valueOf(row)).join(", "));
  }

  // --- words and files ---

  // Where the others part from the reference, in words: those of one step together.
  /** @param {any} spec */
  function partings({ curves }) {
    const [reference, ...others] = curves;
    if (!reference?.isReference || !others.length) return "";
    /** @type {Map<any, any[]>} */
    const at = new Map();
    for (const curve of others) {
      const found = curveMath.parting(reference, curve);
      const step = found ? found.step : found;
      at.set(step, [...(at.get(step) || []), { ...curve, found }]);
    }
    const sorted = [...at].sort(([one], [other]) => (one ?? Infinity) - (other ?? Infinity));
    const about = curves.some((/** @type {any} */ { thinned }) => thinned) ? "at or before " : "at ";
    const parts = sorted.map(function ([step, found]) {
      const names = found.length > 3 && curves.length > curveDrawing.NAMED ? counted(found.length, "run") : few(found.map(({ label }) => label));
      if (step === undefined) return names + (found.length === 1 ? " shares" : " share") + " no step with it";
      if (step === null) return names + (sorted.length > 1 ? " never" : "");
      const [only] = found;
      const values = found.length === 1 && others.length <= 4 ? " (" + curveDrawing.spelled(only.found.other) + " against " + curveDrawing.spelled(only.found.reference) + ")" : "";
      return names + " " + about + reference.name + " " + step + values;
    });
    const isNever = sorted.length === 1 && sorted[0][0] === null;
    return (isNever ? "Never parts from " : "Parts from ") + reference.label + " (relative difference above " + 100 * curveMath.BOUND + " %): " + parts.join("; ") + ".";
  }

  // The values of the lines; of a band its mean, its edges and how many runs it is of.
  /** @param {any} spec */
  function csv({ curves, bands, xName, isShared }) {
    const lines = [
      ...curves.map((/** @type {any} */ { label, x, values }) => ({ names: [label], x, columns: [values] })),
      ...bands.map((/** @type {any} */ { label, x, band, edges }) => ({
        names: ["mean", "low", "high", "n"].map((word) => label + "-" + word), x,
        columns: [band.map((/** @type {any} */ one) => one.mean), edges.map((/** @type {number[]} */ [low]) => low), edges.map((/** @type {number[]} */ [, high]) => high), band.map((/** @type {any} */ one) => one.n)],
      })),
    ];
    return pgfplots(lines, xName, isShared);
  }

  // The figure as a file: its lines get coarser until it is small enough.
  /** @param {any} card @param {() => string} picture */
  function paper(card, picture) {
    // On the page all cards share one legend.
    const legend = card.hasLegend ? keys(linesOf(card)) : make("span");
    card.body.after(legend);
    let text = lean(picture());
    for (let stretches = card.body.clientWidth / 4; text.length > MOST && stretches > COARSEST; stretches /= 1.5) {
      draw(card, stretches);
      text = lean(picture());
    }
    legend.remove();
    draw(card);
    return text;
  }

  /** @param {any} card */
  function foot(card) {
    const { spec } = card;
    const words = [partings(spec), ...spec.told].filter(Boolean);
    card.foot.replaceChildren(...words.map((text) => make("span", { textContent: text + " " })));
    card.foot.hidden = !words.length;
  }

  // The names of lines with their looks; one that is pointed at is lifted in all cards.
  /** @param {any[]} lines @param {(line: string) => void} [liftAll] */
  function keys(lines, liftAll) {
    const made = make("div", { className: "compare-legend", role: "list", ariaLabel: "Runs" }, ...lines.map(function (line) {
      const item = make("span", { tabIndex: 0, role: "listitem" }, key(line), make("bdi", { textContent: line.label }));
      item.dataset.of = line.line;
      return item;
    }));
    if (!liftAll) return made;
    for (const kind of ["pointerover", "focusin"]) made.addEventListener(kind, (/** @type {Happening} */ event) => liftAll(event.target.closest("[data-of]")?.dataset.of || ""));
    for (const kind of ["pointerleave", "focusout"]) made.addEventListener(kind, () => liftAll(""));
    return made;
  }

  // A card of a section; `others` are the cards that share the cursor.
  /** @param {string} id @param {string} name @param {() => any[]} others */
  function create(id, name, others) {
    /** @type {any} */
    const card = { name, isSeen: false };
    const { node, note, restore } = runpages.compareControls.card(id, name, { lines: () => csv(card.spec), drawing: (/** @type {() => string} */ picture) => paper(card, picture) });
    card.body = make("div", { className: "card-body", tabIndex: 0, role: "group", ariaLabel: "Curves of " + name + ": arrow keys move the cursor" });
    card.foot = make("p", { className: "card-foot", hidden: true });
    node.append(card.body, card.foot);
    Object.assign(card, { node, note, restore });
    follow(card, others);
    new ResizeObserver(() => {
      if (card.svg && card.isSeen && Number(card.svg.getAttribute("width")) !== card.body.clientWidth - 16) draw(card);
    }).observe(card.body);
    return card;
  }

  runpages.curveCard = {
    create, csv, hide, keys, lift, partings,
    /** @param {any} card @param {any} spec */
    set(card, spec) {
      Object.assign(card, { spec, at: undefined });
      foot(card);
      draw(card);
    },
  };
})();
