// Lines as a CSV that pgfplots reads: names without blanks and commas, and `nan` where a line has no value.
(function () {
  "use strict";
  const named = (/** @type {string} */ text) => text.replace(/[^\p{L}\p{N}._+-]+/gu, "-");
  const cell = (/** @type {any} */ value) => (value === undefined || value === null || Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf"));

  // A row for each x where the lines share them, else each line has a column of its own for them.
  /** @param {{ names: string[], x: number[], columns: number[][] }[]} lines @param {string} xName @param {boolean} isShared */
  runpages.pgfplots = function (lines, xName, isShared) {
    const head = isShared ? [xName || "x", ...lines.flatMap(({ names }) => names)] : lines.flatMap(({ names }) => [xName + "-" + names[0], ...names]);
    const rows = isShared ? shared(lines) : Array.from({ length: Math.max(0, ...lines.map(({ x }) => x.length)) }, (_, at) => lines.flatMap(({ x, columns }) => [x[at], ...columns.map((values) => values[at])]));
    return [head.map(named), ...rows.map((row) => row.map(cell))];
  };

  /** @param {{ x: number[], columns: number[][] }[]} lines */
  function shared(lines) {
    const places = lines.map(({ x }) => new Map(x.map((one, at) => [one, at])));
    const all = [...new Set(lines.flatMap(({ x }) => x))].sort((one, other) => one - other);
    return all.map((one) => [one, ...lines.flatMap(({ columns }, line) => columns.map((values) => values[places[line].get(one) ?? -1]))]);
  }
})();
