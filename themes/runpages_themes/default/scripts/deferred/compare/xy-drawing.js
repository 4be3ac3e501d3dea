// Curves of diagnostics of several runs over each other: ROC, precision and recall, residuals, predictions.
(function () {
  "use strict";
  const { runDrawing, runScale } = runpages;
  const { plot, round, shape } = runDrawing;
  const HEIGHT = 240;
  // Of the paths in the data scripts; see generator/runpages_site/chart/series.py.
  const [ACROSS, BOTTOM, HIGH] = [2000, 1720, 1640];

  // The points of a path with x and y from 0 to 1.
  /** @param {string} path */
  function points(path) {
    /** @type {number[][]} */
    const found = [];
    for (const [, begin, rest] of (path || "").matchAll(/M([^a-zA-Z]*)(?:[lh]([^M]*))?/g)) {
      let [x, y] = begin.match(/-?\d+/g)?.map(Number) || [0, 0];
      const ways = rest?.match(/-?\d+/g)?.map(Number) || [];
      found.push([x, y]);
      for (let at = 0; at + 1 < ways.length; at += 2) found.push([(x += ways[at]), (y += ways[at + 1])]);
    }
    return found.map(([x, y]) => [x / ACROSS, (BOTTOM - y) / HIGH]);
  }

  // A histogram as the outline of its density, so that those of other bins and sizes can be compared.
  /** @param {{ edges: number[], counts: number[] }} histogram */
  function outline({ edges, counts }) {
    const total = counts.reduce((sum, one) => sum + one, 0) || 1;
    const heights = counts.map((count, at) => count / total / (edges[at + 1] - edges[at]));
    return [[edges[0], 0], ...heights.flatMap((height, at) => [[edges[at], height], [edges[at + 1], height]]), [edges[edges.length - 1], 0]];
  }

  // The mean prediction over the middle of each bin.
  /** @param {{ edges: number[], averages: (number | null)[] }} bins */
  function means({ edges, averages }) {
    return averages.flatMap((value, at) => (value === null ? [] : [[edges[at] / 2 + edges[at + 1] / 2, value]]));
  }

  /** @param {number[]} values @param {boolean} isTight */
  function axis(values, isTight) {
    return runScale.numbers(values, { log: false, isTight });
  }

  // `lines` have points and the look of their runs; `reference` is a dashed line behind them.
  /** @param {{ lines: any[], width: number, xName: string, alt: string, reference?: number[][], isUnit?: boolean }} known */
  function draw({ lines, width, xName, alt, reference = [], isUnit = false }) {
    const all = isUnit ? [[0, 0], [1, 1]] : [...lines.flatMap((line) => line.points), ...reference];
    const [x, y] = [axis(all.map(([at]) => at), true), axis(all.map(([, at]) => at), isUnit)];
    const area = plot({ width, height: HEIGHT, x, y, xName });
    const path = (/** @type {number[][]} */ of) => of.map(([at, value], index) => (index ? "L" : "M") + round(area.across(at)) + " " + round(area.up(value))).join("");
    return shape("svg", { class: "chart is-drawn", role: "img", width, height: HEIGHT, "aria-label": alt },
      ...area.frame,
      ...(reference.length ? [shape("path", { class: "reference", d: path(reference) })] : []),
      shape("g", { class: lines.length > 12 ? "many" : "" }, ...lines.map((line) => shape("path", { class: "line s" + line.slot, d: path(line.points), ...(line.dash && { "stroke-dasharray": line.dash }) }))));
  }

  runpages.xyDrawing = { draw, means, outline, points };
})();
