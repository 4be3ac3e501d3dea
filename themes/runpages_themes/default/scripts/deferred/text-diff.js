// The difference of two texts by lines, with the changed words of lines that replace one another.
(function () {
  "use strict";
  // Cells of the table of common items of one stretch, and of all tables of a text. A longer stretch is cut at the items
  // that are in both texts once (patience diff); where there are none, all of it counts as changed.
  const [CELLS, ALL_CELLS] = [1e6, 2e7];
  const DEEPEST = 30;
  // Characters of a line beyond which its words are not compared.
  const WORDS = 1000;
  const WORD = /[\p{L}\p{N}_]+|\s+|./gsu;

  /** @typedef {{ cells: number, add: (sign: string) => void }} Sink */

  /** @param {string[]} items */
  function once(items) {
    const found = new Map();
    items.forEach((item, at) => found.set(item, found.has(item) ? -1 : at));
    return found;
  }

  // The longest rising sequence of pairs of places of items that are in both once.
  /** @param {string[]} a @param {string[]} b */
  function anchors(a, b) {
    const [ofA, ofB] = [once(a), once(b)];
    /** @type {{ i: number, j: number, before: any }[]} */
    const piles = [];
    for (const [item, i] of ofA) {
      const j = i < 0 ? -1 : ofB.get(item) ?? -1;
      if (j < 0) continue;
      let [low, high] = [0, piles.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (piles[middle].j < j) low = middle + 1;
        else high = middle;
      }
      piles[low] = { i, j, before: piles[low - 1] };
    }
    const pairs = [];
    for (let pair = piles.at(-1); pair; pair = pair.before) pairs.push(pair);
    return pairs.reverse();
  }

  /** @param {string[]} a @param {string[]} b @param {(sign: string) => void} add */
  function table(a, b, add) {
    const width = b.length + 1;
    // The length of the longest common subsequence from each pair of items on.
    const common = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
      }
    }
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) [, i, j] = [add(" "), i + 1, j + 1];
      else if (i < a.length && (j === b.length || common[(i + 1) * width + j] >= common[i * width + j + 1])) [, i] = [add("-"), i + 1];
      else [, j] = [add("+"), j + 1];
    }
  }

  // The signs of the items of both lists in their order.
  /** @param {string[]} a @param {string[]} b @param {Sink} sink @param {number} [depth] */
  function compare(a, b, sink, depth = 0) {
    const { add } = sink;
    const most = Math.min(a.length, b.length);
    let [start, end] = [0, 0];
    while (start < most && a[start] === b[start]) start++;
    while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
    const cells = (left.length + 1) * (right.length + 1);
    for (let k = 0; k < start; k++) add(" ");
    if (cells <= CELLS && cells <= sink.cells) {
      sink.cells -= cells;
      table(left, right, add);
    } else between(left, right, sink, depth);
    for (let k = 0; k < end; k++) add(" ");
  }

  /** @param {string[]} a @param {string[]} b @param {Sink} sink @param {number} depth */
  function between(a, b, sink, depth) {
    const pairs = depth < DEEPEST ? anchors(a, b) : [];
    let [i, j] = [0, 0];
    for (const pair of pairs) {
      compare(a.slice(i, pair.i), b.slice(j, pair.j), sink, depth + 1);
      sink.add(" ");
      [i, j] = [pair.i + 1, pair.j + 1];
    }
    if (pairs.length) compare(a.slice(i), b.slice(j), sink, depth + 1);
    else {
      a.forEach(() => sink.add("-"));
      b.forEach(() => sink.add("+"));
    }
  }

  // Starts and ends of what differs in two lines; null where they have little in common.
  /** @param {string} before @param {string} after @param {{ cells: number }} room */
  function changed(before, after, room) {
    if (Math.max(before.length, after.length) > WORDS) return null;
    const [a, b] = [before.match(WORD) || [], after.match(WORD) || []];
    /** @type {number[][]} */
    const ranges = [[], []];
    const at = [0, 0];
    let same = 0;
    /** @param {number} side @param {string} word */
    function differs(side, word) {
      const range = ranges[side];
      if (range.at(-1) === at[side]) range.pop();
      else range.push(at[side]);
      range.push(at[side] += word.length);
    }
    let [i, j] = [0, 0];
    const sink = { cells: room.cells, add(/** @type {string} */ sign) {
      if (sign === "-") differs(0, a[i++]);
      else if (sign === "+") differs(1, b[j++]);
      else {
        const word = a[i++];
        same += word.trim().length;
        at[0] += word.length;
        at[1] += b[j++].length;
      }
    } };
    compare(a, b, sink);
    room.cells = sink.cells;
    return 3 * same < Math.min(before.trim().length, after.trim().length) ? null : ranges;
  }

  /** @param {TextChange[]} rows @param {{ cells: number }} room */
  function markWords(rows, room) {
    for (let at = 0; at < rows.length;) {
      let [gone, come] = [at, at];
      while (gone < rows.length && rows[gone].sign === "-") gone++;
      come = gone;
      while (come < rows.length && rows[come].sign === "+") come++;
      for (let k = 0; k < Math.min(gone - at, come - gone); k++) {
        const ranges = changed(rows[at + k].text, rows[gone + k].text, room);
        if (ranges) [rows[at + k].changed, rows[gone + k].changed] = ranges;
      }
      at = Math.max(come, at + 1);
    }
  }

  // `key` gives what of a line is compared.
  runpages.textDiff = function (a, b, key) {
    /** @type {TextChange[]} */
    const rows = [];
    let [i, j] = [0, 0];
    const sink = { cells: ALL_CELLS, add(/** @type {string} */ sign) {
      if (sign === "-") rows.push({ sign, text: a[i], before: ++i, after: 0 });
      else if (sign === "+") rows.push({ sign, text: b[j], before: 0, after: ++j });
      else rows.push({ sign, text: b[j], old: a[i], before: ++i, after: ++j });
    } };
    compare(key ? a.map(key) : a, key ? b.map(key) : b, sink);
    markWords(rows, { cells: ALL_CELLS });
    return rows;
  };
})();
