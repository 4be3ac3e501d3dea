// Drawings of groups: a strip of the members' values, an interval beside the zone of the tolerance, and the ranks by two
// values. The numbers are beside them, so who hears the page does not miss them.
(function () {
  "use strict";
  const [STRIP, INTERVAL, HEIGHT] = [160, 248, 28];
  const RAMP = 5;
  const [COLORS, FEW] = [10, 12];

  /** @param {string} tag @param {Record<string, string | number>} known @param {Node[]} inner */
  function svg(tag, known, ...inner) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(known)) made.setAttribute(name, String(value));
    made.append(...inner);
    return made;
  }

  /** @param {number} width @param {number} height @param {string} name @param {Node[]} inner */
  const drawing = (width, height, name, ...inner) => svg("svg", { width, height, class: name, "aria-hidden": "true" }, ...inner);

  // A text, whose parts are apart.
  /** @param {string | string[]} content @param {number} x @param {number} y @param {string} anchor */
  function text(content, x, y, anchor) {
    const parts = [content].flat().map((one, at) => svg("tspan", at ? { dx: 7 } : {}, document.createTextNode(one)));
    return svg("text", { x, y, "text-anchor": anchor }, ...parts);
  }

  // The colours of groups with values: those of one number are on a ramp, so that their order is seen; others are apart.
  /** @param {GroupResult[]} results */
  function colors(results) {
    const set = results.filter(({ group, rows }) => !group.rest && rows.length).map(({ group }) => group);
    const isOrdered = set.length > 1 && set.every((group) => group.numbers.length === 1 && !Number.isNaN(group.numbers[0]));
    const places = new Map(set.map((group, at) => [group, at]));
    return new Map(results.map(function ({ group }) {
      const at = places.get(group);
      if (at === undefined) return [group, "var(--tx-3)"];
      if (!isOrdered) return [group, `var(--s${(at % COLORS) + 1})`];
      const place = (at / (set.length - 1)) * (RAMP - 1);
      const low = Math.min(Math.floor(place), RAMP - 2);
      return [group, `color-mix(in oklab, var(--q${low + 2}) ${Math.round((place - low) * 100)}%, var(--q${low + 1}))`];
    }));
  }

  /** @param {number[]} range @param {number} width @param {number} margin */
  const scale = ([low, high], width, margin) => (/** @type {number} */ value) => margin + ((value - low) / (high - low || 1)) * (width - 2 * margin);

  // Few dots are drawn one by one, so that those that lie on each other are darker; of many each place is drawn once.
  /** @param {number[]} values @param {number} mean @param {number[]} range */
  function strip(values, mean, range) {
    const x = scale(range, STRIP, 4);
    const all = values.map((value) => `M${Math.round(x(value) * 2) / 2} 9h0`);
    const shapes = all.length > FEW ? [[...new Set(all)].join("")] : all;
    const line = svg("path", { class: "strip-line", d: `M0 9h${STRIP}` });
    return drawing(STRIP, 18, "strip", line, ...shapes.map((d) => svg("path", { class: "strip-dots", d })), ...(values.length > 1 ? [svg("path", { class: "strip-mean", d: `M${x(mean).toFixed(1)} 2v14` })] : []));
  }

  // The axis of all intervals: it holds 0, the tolerance, all differences and the intervals of what is judged.
  /** @param {GroupResult[]} of @param {number | null} tolerance */
  function reach(of, tolerance) {
    const ends = [0, tolerance || 0, -(tolerance || 0)];
    for (const { verdict } of of) {
      const { interval } = verdict || { interval: null };
      if (interval) ends.push(interval.difference, ...(verdict?.p === null ? [] : [interval.low, interval.high]));
    }
    const known = ends.filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const pad = (high - low) / 16 || 1;
    return [low - pad, high + pad];
  }

  /** @param {number[]} range @param {number | null} tolerance */
  function ground(range, tolerance) {
    const x = scale(range, INTERVAL, 0);
    const parts = tolerance ? [svg("rect", { class: "zone", x: x(-tolerance).toFixed(1), y: -1, width: (x(tolerance) - x(-tolerance)).toFixed(1), height: HEIGHT + 2 })] : [];
    return [...parts, svg("path", { class: "zero", d: `M${x(0).toFixed(1)} -1v${HEIGHT + 2}` })];
  }

  // Of groups that are too small to be judged the interval is dashed; an arrow is where it leaves the axis.
  /** @param {Verdict | null} verdict @param {number[]} range @param {number | null} tolerance */
  function interval(verdict, range, tolerance) {
    const found = verdict?.interval;
    if (!found) return drawing(INTERVAL, HEIGHT, "interval", ...ground(range, tolerance));
    const [x, middle] = [scale(range, INTERVAL, 0), HEIGHT / 2];
    const [low, high] = [Math.max(found.low, range[0]), Math.min(found.high, range[1])];
    const [left, right] = [x(low) + (low > found.low ? 3 : 0), x(high) - (high < found.high ? 3 : 0)];
    const end = (/** @type {number} */ at, /** @type {boolean} */ isCut, /** @type {number} */ side) =>
      (isCut ? `M${at - side * 5} ${middle - 4}l${side * 5} 4 ${-side * 5} 4` : `M${at} ${middle - 4}v8`);
    const line = svg("path", { class: "reach" + (verdict.p === null ? " untested" : ""), d: `M${left} ${middle}H${right}` });
    const ends = svg("path", { class: "reach", d: end(left, low > found.low, -1) + end(right, high < found.high, 1) });
    const dot = svg("circle", { class: verdict.p === null ? "mean hollow" : "mean", cx: x(found.difference).toFixed(1), cy: middle, r: 4 });
    return drawing(INTERVAL, HEIGHT, "interval " + verdict.word, ...ground(range, tolerance), line, ends, dot);
  }

  /** @param {number[]} range @param {string | null} goal */
  function scaleHead(range, goal) {
    const x = scale(range, INTERVAL, 0);
    const ticks = runpages.axis.linear(range[0], range[1], 5).map(({ value, label }) => ({ at: x(value), label }));
    const [before, after] = goal === "max" ? ["← worse", "better →"] : ["← better", "worse →"];
    const sides = goal ? [text(before, x(0) - 8, 10, "end"), text(after, x(0) + 8, 10, "start")].filter((_, at) => (at ? INTERVAL - x(0) : x(0)) > 52) : [];
    const shown = ticks.filter(({ at }) => at > 18 && at < INTERVAL - 18);
    return drawing(INTERVAL, HEIGHT, "interval-axis", ...sides, ...shown.map(({ at, label }) => text(label, at, 25, "middle")));
  }

  // As much of a name as has room, two letters at least.
  /** @param {string} name @param {number} room */
  function shortened(name, room) {
    const letters = [...name];
    const spelled = () => letters.join("").trimEnd() + (letters.length < [...name].length ? "…" : "");
    while (letters.length > 2 && runpages.axis.width(spelled()) > room) letters.pop();
    return spelled();
  }

  // Each group as a line from its rank by the one value to that by the other.
  /** @param {{label: string, color: string, left: {rank: number, text: string}, right: {rank: number, text: string}, isChosen: boolean}[]} lines @param {string[]} heads */
  function slope(lines, heads) {
    const [width, row, left, right] = [368, 22, 136, 232];
    const y = (/** @type {number} */ rank) => 22 + (rank - 0.5) * row;
    const count = Math.max(0, ...lines.flatMap((line) => [line.left.rank, line.right.rank]));
    const [room, bold] = [left - 26, 1.1];
    const axes = svg("path", { class: "slope-axis", d: `M${left} 18V${y(count + 0.5)}M${right} 18V${y(count + 0.5)}` });
    const parts = lines.map(function (line) {
      const group = svg("g", { class: line.isChosen ? "slope-line chosen" : "slope-line" });
      group.style.color = line.color;
      const [from, to] = [y(line.left.rank), y(line.right.rank)];
      group.append(svg("path", { d: `M${left} ${from}L${right} ${to}` }), svg("circle", { cx: left, cy: from, r: 3 }), svg("circle", { cx: right, cy: to, r: 3 }));
      const cut = (/** @type {string} */ value) => shortened(line.label, room / bold - runpages.axis.width(value + count));
      group.append(text([cut(line.left.text), line.left.text, String(line.left.rank)], left - 10, from + 4, "end"));
      group.append(text([String(line.right.rank), cut(line.right.text), line.right.text], right + 10, to + 4, "start"));
      return group;
    });
    return drawing(width, y(count + 0.5) + 4, "slope", text(heads[0], left, 10, "middle"), text(heads[1], right, 10, "middle"), axes, ...parts);
  }

  runpages.groupDrawings = { colors, strip, reach, interval, scaleHead, slope, svg };
})();
