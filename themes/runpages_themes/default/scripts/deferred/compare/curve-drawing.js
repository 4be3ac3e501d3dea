// The curves of a metric as a drawing: lines with their names, bands of groups, gaps, and the raw line behind a smooth one.
(function () {
  "use strict";
  const { axis, chartX, curveMath, runDrawing, runScale } = runpages;
  const { ends, marginOf, plot, round, shape } = runDrawing;
  const LOG_SPAN = 100;
  const NAMED = 12;
  const PHONE = 480;

  /** @param {number[]} values @param {string} scale */
  function isLog(values, scale) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (scale === "log") return high > 0;
    return scale === "auto" && low > 0 && high / low >= LOG_SPAN;
  }

  /** @param {number[]} x @param {boolean} dates @param {number} room */
  function along(x, dates, room) {
    if (!dates || !x.length) return runScale.numbers(x, { log: false, isTight: true });
    let [low, high] = [Infinity, -Infinity];
    for (const one of x) [low, high] = [Math.min(low, one), Math.max(high, one)];
    if (low === high) [low, high] = [low - 1000, high + 1000];
    const at = (/** @type {number} */ value) => (value - low) / (high - low);
    return { log: false, at, value: (/** @type {number} */ share) => low + share * (high - low), ticks: chartX.ticks(low, high, room).map((tick) => ({ ...tick, at: at(tick.value) })) };
  }

  // Tenths of a pixel as paths spell them, shortly: `.5` for 5, `-12` for -120.
  /** @type {Map<number, string>} */
  const spelt = new Map();
  /** @param {number} tenths */
  function short(tenths) {
    let text = spelt.get(tenths);
    if (text === undefined) {
      const [whole, rest] = [Math.floor(Math.abs(tenths) / 10), Math.abs(tenths) % 10];
      text = (tenths < 0 ? "-" : "") + (whole || !rest ? whole : "") + (rest ? "." + rest : "");
      spelt.set(tenths, text);
    }
    return text;
  }
  const pair = (/** @type {number} */ x, /** @type {number} */ y) => short(x) + (y < 0 ? "" : " ") + short(y);
  const tenths = (/** @type {number} */ pixels) => Math.round(10 * pixels);

  /** @param {number[]} x @param {number[]} values @param {any} area @param {any} y @param {number} stretches */
  function path(x, values, area, y, stretches) {
    const shown = y.log ? values.map((value) => (value > 0 ? value : NaN)) : values;
    const parts = [];
    for (const piece of curveMath.thinned(x, shown, [x[0], x[x.length - 1]], stretches)) {
      let [left, top] = [tenths(area.across(x[piece[0]])), tenths(area.up(shown[piece[0]]))];
      parts.push("M", pair(left, top), piece.length === 1 ? "h0" : "l");
      for (let place = 1; place < piece.length; place++) {
        const at = piece[place];
        const [across, up] = [tenths(area.across(x[at])), tenths(area.up(shown[at]))];
        parts.push(place > 1 && across >= left ? " " : "", pair(across - left, up - top));
        [left, top] = [across, up];
      }
    }
    return parts.join("");
  }

  /** @param {any} of @param {any} area @param {any} y */
  function bandShapes({ band: steps, edges, slot, dash }, area, y) {
    const lowest = y.log ? y.value(0) : -Infinity;
    const point = (/** @type {number} */ x, /** @type {number} */ value) => pair(tenths(area.across(x)), tenths(Math.min(area.up(Math.max(value, lowest)), area.bottom)));
    const upper = steps.map((/** @type {any} */ { x }, /** @type {number} */ at) => point(x, edges[at][1]));
    const lower = steps.map((/** @type {any} */ { x }, /** @type {number} */ at) => point(x, edges[at][0])).reverse();
    const middle = steps.filter((/** @type {any} */ { mean }) => !y.log || mean > 0).map((/** @type {any} */ { x, mean }) => point(x, mean));
    return [
      shape("path", { class: "group-band s" + slot, d: "M" + [...upper, ...lower].join("L") + "z" }),
      ...(middle.length ? [shape("path", { class: "line s" + slot, d: "M" + middle.join("L"), ...(dash && { "stroke-dasharray": dash }) })] : []),
    ];
  }

  // Where values are nan the line is broken; infinite ones are a sign at the edge.
  /** @param {any[]} curves @param {any} area */
  function gaps(curves, area) {
    /** @type {string[]} */
    const bands = [];
    /** @type {any[]} */
    const signs = [];
    for (const { x, values, slot } of curves) {
      values.forEach(function (/** @type {number} */ value, /** @type {number} */ at) {
        if (Number.isNaN(value)) {
          const [from, to] = [area.across(x[Math.max(at - 1, 0)]), area.across(x[Math.min(at + 1, x.length - 1)])];
          bands.push("M" + round(from) + " " + area.top + "V" + area.bottom + "H" + round(Math.max(to, from + 1)) + "V" + area.top + "z");
        } else if (!Number.isFinite(value)) {
          const [up, edge] = value > 0 ? ["l-4 7h8z", area.top] : ["l-4-7h8z", area.bottom];
          signs.push(shape("path", { class: "infinite s" + slot, d: "M" + round(area.across(x[at])) + " " + edge + up }));
        }
      });
    }
    return [...(bands.length ? [shape("path", { class: "nan-band", d: [...new Set(bands)].join("") })] : []), ...signs];
  }

  // The names of lines with the place of their last points.
  /** @param {any[]} lines @param {any} y */
  function named(lines, y) {
    return lines.flatMap(function ({ label, n, slot, shown, band, x }) {
      const at = band ? band.length - 1 : shown.findLastIndex(Number.isFinite);
      const value = band ? band[at].mean : shown[at];
      return value === undefined || (y.log && value <= 0) ? [] : [{ label: label + (n ? " n " + n : ""), className: "s" + slot, value, at: x[at] }];
    });
  }

  // `curves` have `x`, `values`, `shown` (which may be smooth) and the look of their members; `bands` have `x`, the spread
  // of each step as `band`, and its `edges`.
  /** @param {any} spec */
  function draw({ curves, bands, width, height, scale, dates, xName, name, stretches = width / 2 }) {
    const values = curves.flatMap((/** @type {any} */ curve) => curve.values).filter(Number.isFinite);
    const of = (/** @type {(one: any) => number[]} */ part) => (bands.length ? [...values, ...bands.flatMap(part).filter(Number.isFinite)] : values);
    const all = of(({ edges }) => edges.flat());
    const log = isLog(of(({ band }) => band.map((/** @type {any} */ { mean }) => mean)), scale);
    const y = runScale.numbers(all, { log });
    const lines = [...curves, ...bands];
    const labels = lines.length > NAMED ? [] : named(lines, y);
    const right = width > PHONE / 2 ? marginOf(labels.map(({ label }) => label)) : 12;
    const places = lines.flatMap(({ x }) => [x[0], x[x.length - 1]]).filter(Number.isFinite);
    const x = along(places, dates, width - right - 46);
    const area = plot({ width, height, x, y, xName, right });
    const line = (/** @type {any} */ curve, /** @type {number[]} */ values, /** @type {string} */ className) => shape("path", { class: className + " s" + curve.slot, d: path(curve.x, values, area, y, stretches), "data-line": curve.line, ...(curve.dash && { "stroke-dasharray": curve.dash }) });
    return {
      area, x, y,
      isNamed: lines.length <= NAMED,
      alt: name + " by " + xName + ": " + lines.map(({ label }) => label).join(", "),
      nodes: [
        ...area.frame,
        ...gaps(curves, area),
        ...curves.filter((/** @type {any} */ { values, shown }) => lines.length <= NAMED && values !== shown).map((/** @type {any} */ curve) => line(curve, curve.values, "raw")),
        shape("g", { class: lines.length > NAMED ? "many" : "" }, ...curves.map((/** @type {any} */ curve) => line(curve, curve.shown, "line"))),
        ...bands.flatMap((/** @type {any} */ band) => bandShapes(band, area, y)),
        ...ends(labels.map((one) => ({ ...one, x: area.across(one.at), y: Math.min(area.up(one.value), area.bottom) })), area),
      ],
    };
  }

  // A value as a tip spells it.
  const spelled = (/** @type {number} */ value) => (Number.isNaN(value) ? "nan" : Number.isFinite(value) ? axis.say(value) : value > 0 ? "inf" : "−inf");

  runpages.curveDrawing = { NAMED, draw, spelled };
})();
