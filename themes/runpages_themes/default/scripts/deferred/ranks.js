// Orders of rows: a column's values as ranks, by which rows are counted into place.
(function () {
  "use strict";
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const DIGITS = 12;
  const MOST = 10000;  // Words that are compared as the language does.

  /** @param {Float64Array} numbers */
  function ofNumbers(numbers) {
    const sorted = numbers.slice().sort();  // What is no number comes last.
    let last = 0;
    for (const value of sorted) if (value === value && (!last || value !== sorted[last - 1])) sorted[last++] = value;
    const ranks = Uint32Array.from(numbers, function (value) {
      if (value !== value) return last;
      let low = 0;
      for (let high = last; low < high;) {
        const middle = (low + high) >> 1;
        if (sorted[middle] < value) low = middle + 1;
        else high = middle;
      }
      return low;
    });
    return { ranks, last };
  }

  /** @param {string[]} words @param {Int32Array} places */
  function ofWords(words, places) {
    // What compares as the language does is slow, and left out for very many words. By keys that compare at once the words come into almost that order,
    // in which a sort that keeps runs asks once for each word.
    const keys = words.map((/** @type {string} */ word) => word.toLowerCase().replace(/\d+/g, (/** @type {string} */ digits) => digits.padStart(DIGITS, "0")));
    const order = Array.from(words.keys()).sort((one, other) => (keys[one] < keys[other] ? -1 : keys[one] > keys[other] ? 1 : 0));
    if (words.length <= MOST) order.sort((one, other) => compare(words[one], words[other]));
    const rank = new Uint32Array(words.length);
    order.forEach((place, at) => { rank[place] = at; });
    return { ranks: Uint32Array.from(places, (place) => (place < 0 ? words.length : rank[place])), last: words.length };
  }

  // The rows in the order of a column, equal ones as they come; what is missing is last in either direction.
  /** @param {any} rows @param {Ranks} column @param {boolean} down */
  function sorted(rows, { ranks, last }, down) {
    const place = (/** @type {number} */ row) => (down && ranks[row] < last ? last - 1 - ranks[row] : ranks[row]);
    const starts = new Uint32Array(last + 2);
    for (const row of rows) starts[place(row) + 1]++;
    for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
    const found = new rows.constructor(rows.length);
    for (const row of rows) found[starts[place(row)]++] = row;
    return found;
  }

  runpages.ranks = { ofNumbers, ofWords, sorted };
})();
