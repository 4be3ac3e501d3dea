// What the drawings of charts over runs share: shapes, the frame of a plot, and the colours of runs.
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const { axis, runStats } = runpages;
  const [TOP, BOTTOM, HALF_TEXT, RIGHT] = [8, 24, 4, 12];
  const [LABEL_GAP, MOST_LABEL] = [13, 110];
  const [DOT, SERIES] = [6, 10];
  // More dots are smaller.
  const MANY = 300;

  /** @param {string} tag @param {Record<string, any>} known @param {(Node | string)[]} inner @returns {any} */
  function shape(tag, known, ...inner) {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(known)) made.setAttribute(name, String(value));
    made.append(...inner);
    return made;
  }

  const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;

  // A text that is at most so wide, with its middle left out.
  /** @param {string} text @param {number} room */
  function elided(text, room) {
    if (axis.width(text) <= room) return text;
    const letters = [...text];
    let [head, tail] = [0, 0];
    const used = () => axis.width(letters.slice(0, head).join("") + "…" + letters.slice(letters.length - tail).join(""));
    while (head + tail < letters.length && used() <= room) {
      if (head <= tail) head++;
      else tail++;
    }
    return letters.slice(0, Math.max(head - 1, 1)).join("").trimEnd() + "…" + letters.slice(letters.length - tail).join("").trimStart();
  }

  // The ticks along an axis whose labels do not touch.
  /** @param {any[]} ticks @param {number} room */
  function apart(ticks, room) {
    let end = -Infinity;
    return ticks.filter(function ({ at, label }) {
      const width = axis.width(label);
      const start = at * room - width * { left: 0, center: 0.5, right: 1 }[axis.anchor(at * room, label, room)];
      const isFree = start >= end;
      if (isFree) end = start + width + 6;
      return isFree;
    });
  }

  // The place of a plot in a drawing `width` wide and `height` high, and what frames it.
  /** @param {{ width: number, height: number, x: any, y: any, xName?: string, right?: number, isStrip?: boolean }} known */
  function plot({ width, height, x, y, xName = "", right = RIGHT, isStrip = false }) {
    const left = axis.left(y.ticks);
    const [room, bottom] = [Math.max(width - left - right, 40), height - BOTTOM];
    const across = (/** @type {number} */ value) => left + x.at(value) * room;
    const up = (/** @type {number} */ value) => bottom - y.at(value) * (bottom - TOP);
    const floor = Math.floor(bottom) + 0.5;
    const labels = isStrip ? x.ticks.map((/** @type {any} */ tick) => ({ ...tick, label: elided(tick.label, room / x.ticks.length - 4) })) : apart(x.ticks, room);
    const grid = y.ticks.map((/** @type {any} */ tick) => Math.floor(bottom - tick.at * (bottom - TOP)) + 0.5).filter((/** @type {number} */ at) => at < floor - 1);
    const isBeside = xName && axis.width(xName) <= left - 4;
    return {
      left, room, bottom, top: TOP, across, up,
      frame: [
        shape("path", { class: "grid", d: grid.map((/** @type {number} */ at) => "M" + left + " " + at + "h" + room).join("") }),
        shape("path", { class: "axis", d: "M" + left + " " + floor + "h" + room + x.ticks.map((/** @type {any} */ tick) => "M" + round(left + tick.at * room) + " " + floor + "v4").join("") }),
        shape("g", { class: "tick y" }, ...y.ticks.map((/** @type {any} */ tick) => shape("text", { x: left - 6, y: round(bottom - tick.at * (bottom - TOP) + HALF_TEXT) }, tick.label))),
        shape("g", { class: "tick x" }, ...labels.map((/** @type {any} */ tick) => shape("text", { x: round(left + tick.at * room), y: height - 6, class: anchored(tick.at * room, tick.label, room) }, tick.label))),
        ...(isBeside ? [shape("text", { class: "name", x: left - 10, y: height - 6 }, xName)] : []),
      ],
    };
  }

  /** @param {number} at @param {string} label @param {number} room */
  function anchored(at, label, room) {
    return { left: "first", right: "last", center: "" }[axis.anchor(at, label, room)];
  }

  // Names at heights that are far enough apart, right of a plot, with dots where their lines end.
  /** @param {{ label: string, className: string, x: number, y: number }[]} names @param {any} area */
  function ends(names, area) {
    const left = area.left + area.room;
    const sorted = names.toSorted((one, other) => one.y - other.y);
    const heights = sorted.map(({ y }) => y);
    for (let at = 1; at < heights.length; at++) heights[at] = Math.max(heights[at], heights[at - 1] + LABEL_GAP);
    const over = Math.max(0, (heights[heights.length - 1] || 0) - area.bottom);
    heights.forEach((height, at) => { heights[at] = Math.max(height - over, area.top + at * LABEL_GAP - LABEL_GAP / 2); });
    return sorted.map(({ label, className, x, y }, at) => shape("g", { class: "end " + className },
      shape("circle", { cx: round(x), cy: round(y), r: 3 }),
      ...(x < left - 4 ? [shape("path", { class: "reach", d: "M" + round(x) + " " + round(y) + "H" + round(left) })] : []),
      shape("path", { class: "lead", d: "M" + (x < left - 4 ? left : left + 4) + " " + round(y) + "L" + (left + 9) + " " + round(heights[at]) }),
      shape("text", { class: "label", x: left + 12, y: round(heights[at] + HALF_TEXT) }, elided(label, MOST_LABEL))));
  }

  // Right margin for such names.
  /** @param {string[]} labels */
  const marginOf = (labels) => (labels.length ? Math.min(Math.max(...labels.map(axis.width)), MOST_LABEL) + 14 : RIGHT);

  // Dots of one colour as one path.
  /** @param {{ x: number, y: number, color: string }[]} dots */
  function paths(dots) {
    const className = dots.length > MANY ? "run-dots dense" : "run-dots";
    /** @type {Map<string, string[]>} */
    const of = new Map();
    for (const { x, y, color } of dots) {
      const parts = of.get(color) || [];
      parts.push("M" + round(x) + " " + round(y) + "h0");
      of.set(color, parts);
    }
    return [...of].map(([color, parts]) => shape("path", { class: className + " " + color, d: parts.join("") }));
  }

  /** @param {number} x @param {number} y @param {string} name @param {any} area */
  function ring(x, y, name, area, className = "best") {
    const isRight = x > area.left + area.room / 2;
    const label = shape("text", { x: x + (isRight ? -10 : 10), y: Math.min(y + HALF_TEXT, area.bottom - 6), class: isRight ? "last" : "first" }, elided(name, area.room / 2 - 16));
    return shape("g", { class: className }, shape("circle", { cx: round(x), cy: round(y), r: 5.5 }), label);
  }

  // The line of a run that is lifted.
  /** @param {string} d @param {string} className */
  function lifted(d, className) {
    return d ? [shape("path", { class: "casing", d }), shape("path", { class: "lifted-line " + className, d })] : [];
  }

  // Dots that would hide each other, side by side around their place.
  /** @param {{ x: number, y: number }[]} dots @param {number} room */
  function spread(dots, room) {
    /** @type {Map<string, any[]>} */
    const rows = new Map();
    for (const dot of dots) {
      const key = dot.x + " " + Math.floor(dot.y / DOT);
      rows.set(key, [...(rows.get(key) || []), dot]);
    }
    for (const row of rows.values()) {
      const step = Math.min(DOT, (room * 0.8) / row.length);
      row.forEach((dot, at) => { dot.x += (at - (row.length - 1) / 2) * step; });
    }
  }

  // The colours of runs: by a column, over those `rows` that are drawn at all, or each its own.
  /** @param {RunsModel} model @param {RunNeed | null} need @param {number[]} rows */
  function colors(model, need, rows) {
    if (!need) return { name: "", isOwn: true, of: (/** @type {number} */ row) => "s" + model.color(row).index, names: [] };
    const { name } = model.column(need.key);
    const values = model.values(need.key, need.aggregate);
    if (values.words) {
      const column = runpages.runScale.ofColumn(model, need, rows);
      const names = column.scale.words.map((/** @type {string} */ label, /** @type {number} */ place) => ({ label, className: "s" + (1 + (place % SERIES)), is: (/** @type {number} */ row) => column.values[row] === place }));
      return { name, isOwn: false, of: (/** @type {number} */ row) => (Number.isNaN(column.values[row]) ? "rest" : "s" + (1 + (column.values[row] % SERIES))), names };
    }
    const { numbers } = values;
    const distinct = [...new Set(Array.from(rows, (row) => numbers[row]).filter(Number.isFinite))].sort((one, other) => one - other);
    const places = new Map(distinct.map((value, at) => [value, "r" + runStats.ramp(at, distinct.length)]));
    const spelled = new Map(Array.from(rows, (row) => [numbers[row], values.text(row)]));
    const names = distinct.map((value) => ({ label: spelled.get(value) || "", className: places.get(value) || "rest", is: (/** @type {number} */ row) => numbers[row] === value }));
    return { name, isOwn: false, of: (/** @type {number} */ row) => places.get(numbers[row]) || "rest", names };
  }

  runpages.runDrawing = { apart, colors, elided, ends, lifted, marginOf, paths, plot, ring, round, shape, spread };
})();
