// The difference of two texts by lines, with the changed words of lines that replace one another.
(function () {
  "use strict";
  // Most cells of the table of common lines; beyond it all lines between the shared ends count as changed.
  const MOST_CELLS = 4e6;

  /** @param {ArrayLike<string>} a @param {ArrayLike<string>} b */
  function sharedStart(a, b) {
    let count = 0;
    while (count < a.length && count < b.length && a[count] === b[count]) count++;
    return count;
  }

  /** @param {string[]} a @param {string[]} b @param {(sign: string, line: string) => void} add */
  function between(a, b, add) {
    const width = b.length + 1;
    const isBounded = (a.length + 1) * width <= MOST_CELLS;
    // The length of the longest common subsequence from each pair of lines on.
    const common = new Uint32Array(isBounded ? (a.length + 1) * width : 0);
    for (let i = a.length - 1; isBounded && i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
      }
    }
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (isBounded && i < a.length && j < b.length && a[i] === b[j]) [, i, j] = [add(" ", a[i]), i + 1, j + 1];
      else if (i < a.length && (j === b.length || !isBounded || common[(i + 1) * width + j] >= common[i * width + j + 1])) add("-", a[i++]);
      else add("+", b[j++]);
    }
  }

  // What differs of two lines: where it starts, and how long the shared end is; null where they have little in common.
  /** @param {string} before @param {string} after */
  function changed(before, after) {
    const start = sharedStart(before, after);
    const rest = Math.min(before.length, after.length) - start;
    let end = 0;
    while (end < rest && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
    return 3 * (start + end) < Math.min(before.length, after.length) ? null : [start, end];
  }

  /** @param {TextChange[]} rows */
  function markWords(rows) {
    for (let at = 0; at < rows.length;) {
      let [gone, come] = [at, at];
      while (gone < rows.length && rows[gone].sign === "-") gone++;
      come = gone;
      while (come < rows.length && rows[come].sign === "+") come++;
      for (let k = 0; k < Math.min(gone - at, come - gone); k++) {
        const ends = changed(rows[at + k].text, rows[gone + k].text);
        if (ends) for (const row of [rows[at + k], rows[gone + k]]) row.changed = [ends[0], row.text.length - ends[1]];
      }
      at = Math.max(come, at + 1);
    }
  }

  runpages.textDiff = function (before, after) {
    const [a, b] = [before.split("\n"), after.split("\n")];
    const start = sharedStart(a, b);
    const end = sharedStart(a.slice(start).reverse(), b.slice(start).reverse());
    /** @type {TextChange[]} */
    const rows = [];
    let [old, fresh] = [0, 0];
    /** @param {string} sign @param {string} text */
    function add(sign, text) {
      rows.push({ sign, text, before: sign === "+" ? 0 : ++old, after: sign === "-" ? 0 : ++fresh });
    }
    for (const line of a.slice(0, start)) add(" ", line);
    between(a.slice(start, a.length - end), b.slice(start, b.length - end), add);
    for (const line of end ? a.slice(-end) : []) add(" ", line);
    markWords(rows);
    return rows;
  };
})();
