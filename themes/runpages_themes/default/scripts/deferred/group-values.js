// Groups of runs and their values, over all members: the twin of logger/runpages/groups.py, where the rules are written
// down. What a query leaves of the runs changes nothing here.
(function () {
  "use strict";
  const NOT_SET = "not set";

  // A number for each row, the same where the values are, and the texts of these numbers; null is a missing value.
  /** @param {RunValues} values @param {number} count */
  function coded(values, count) {
    /** @type {Map<string | number | null, number>} */
    const known = new Map();
    const [texts, numbers] = [/** @type {(string | null)[]} */ ([]), /** @type {number[]} */ ([])];
    const isNumeric = !values.words;
    const codes = Int32Array.from({ length: count }, function (_, row) {
      const isMissing = values.missing(row);
      const number = isNumeric ? values.numbers[row] : NaN;
      const value = isMissing ? null : Number.isNaN(number) ? values.text(row) : number || 0;
      let code = known.get(value);
      if (code === undefined) {
        code = known.size;
        known.set(value, code);
        texts.push(isMissing ? null : values.text(row));
        // What is infinite is in its place among the numbers.
        numbers.push(isNumeric && !isMissing ? (Number.isNaN(number) ? Number(values.text(row).replace("inf", "Infinity")) : number) : NaN);
      }
      return code;
    });
    return { codes, texts, numbers };
  }

  // Numbers by size, then texts, then what is not set.
  /** @param {{texts: (string | null)[], numbers: number[]}} group */
  const orderOf = ({ texts, numbers }) => texts.flatMap((text, at) => (text === null ? [2, 0] : Number.isNaN(numbers[at]) ? [1, text] : [0, numbers[at]]));

  /** @param {{order: (string | number)[]}} a @param {{order: (string | number)[]}} b */
  function compare(a, b) {
    const at = a.order.findIndex((one, place) => one !== b.order[place]);
    return at < 0 ? 0 : a.order[at] < b.order[at] ? -1 : 1;
  }

  /** @param {(string | null)[][]} keys */
  function labels(keys) {
    const plain = keys.map((texts) => texts.map((text) => text ?? NOT_SET).join(", "));
    const counts = new Map();
    for (const label of plain) counts.set(label, (counts.get(label) || 0) + 1);
    return plain.map((label, at) => (counts.get(label) === 1 ? label : JSON.stringify(keys[at])));
  }

  // Numbers that are the same where those before and those of a column are; few, so that products stay exact.
  /** @param {Float64Array} before @param {{codes: Int32Array, texts: any[]}} part */
  function joined(before, { codes, texts }) {
    const known = new Map();
    return before.map(function (id, row) {
      const pair = id * texts.length + codes[row];
      const found = known.get(pair) ?? known.size;
      known.set(pair, found);
      return found;
    });
  }

  /** @param {RunValues[]} columns @param {number} count @returns {RunsOfGroup[]} */
  function grouped(columns, count) {
    const parts = columns.map((values) => coded(values, count));
    /** @type {Map<number, any>} */
    const found = new Map();
    const ids = parts.reduce(joined, new Float64Array(count));
    for (let row = 0; row < count; row++) {
      const id = ids[row];
      const group = found.get(id);
      if (group) group.members.push(row);
      else found.set(id, { texts: parts.map((part) => part.texts[part.codes[row]]), numbers: parts.map((part) => part.numbers[part.codes[row]]), members: [row] });
    }
    const groups = [...found.values()].map((group) => ({ ...group, order: orderOf(group) })).sort(compare);
    const named = labels(groups.map((group) => group.texts));
    return groups.map(({ texts, numbers, members }, at) => ({ label: named[at], texts, numbers, members, rest: texts.every((/** @type {any} */ text) => text === null) }));
  }

  // Which rows are results: of runs that completed, or have no status; of a child only where none of its ancestors has a
  // value. `any` is a number where a run has one.
  /** @param {string[]} kinds @param {Int32Array | null} parents @param {Float64Array} any */
  function results(kinds, parents, any) {
    return Uint8Array.from(kinds, function (kind, row) {
      if (kind !== "completed" && kind !== "none") return 0;
      for (let above = parents ? parents[row] : -1; above >= 0; above = /** @type {Int32Array} */ (parents)[above]) if (!Number.isNaN(any[above])) return 0;
      return 1;
    });
  }

  // The members whose value is a number that counts.
  /** @param {RunsOfGroup} group @param {Uint8Array} counts @param {Float64Array} numbers */
  const rows = (group, counts, numbers) => group.members.filter((row) => counts[row] && Number.isFinite(numbers[row]));

  // The rows by the text that they have of a column, where only one has it.
  /** @param {number[]} of @param {RunValues} key */
  function unique(of, key) {
    /** @type {Map<string, number[]>} */
    const found = new Map();
    for (const row of of) if (!key.missing(row)) found.set(key.text(row), [...(found.get(key.text(row)) || []), row]);
    return new Map([...found].filter(([, all]) => all.length === 1).map(([text, [row]]) => [text, row]));
  }

  // The rows of a group and the reference that belong together.
  /** @param {number[]} group @param {number[]} reference @param {RunValues} key @returns {[number, number][]} */
  function pairs(group, reference, key) {
    const [ours, theirs] = [unique(group, key), unique(reference, key)];
    return [...ours].filter(([text]) => theirs.has(text)).map(([text, row]) => [row, /** @type {number} */ (theirs.get(text))]);
  }

  // The values of each group summed up, and each but the reference judged against it.
  /**
   * @param {RunsOfGroup[]} groups @param {Uint8Array} counts @param {Float64Array} numbers
   * @param {{reference: RunsOfGroup | null, goal: string | null, tolerance: number | null, pairBy: RunValues | null}} how
   * @returns {GroupResult[]}
   */
  function judged(groups, counts, numbers, { reference, goal, tolerance, pairBy }) {
    const { spread, verdicts } = runpages.verdict;
    const found = groups.map(function (group) {
      const counted = rows(group, counts, numbers);
      const values = counted.map((row) => numbers[row]);
      return { group, rows: counted, values, spread: spread(values) };
    });
    const base = found.find((one) => one.group === reference);
    if (!base) return found.map((one) => ({ ...one, verdict: null, pairs: null }));
    const others = found.filter((one) => one !== base);
    const valued = (/** @type {number[]} */ rowsOfPair) => /** @type {[number, number]} */ (rowsOfPair.map((row) => numbers[row]));
    const matched = new Map(others.map((one) => [one, pairBy ? pairs(one.rows, base.rows, pairBy).map(valued) : null]));
    // By their place: a label may be the name of anything.
    const named = (/** @type {(one: any) => any} */ part) => Object.fromEntries(others.map((one, at) => ["g" + at, part(one)]));
    const words = verdicts(named((one) => one.values), base.values, { goal, tolerance, pairs: pairBy && named((one) => matched.get(one)) });
    return found.map((one) => ({ ...one, verdict: one === base ? null : words["g" + others.indexOf(one)], pairs: matched.get(one) ?? null }));
  }

  // The place of each group by its mean, the best first; what has no value has no place.
  /** @param {GroupResult[]} of @param {string | null} goal */
  function ranks(of, goal) {
    const known = of.filter((one) => one.spread.n).sort((a, b) => (a.spread.mean - b.spread.mean) * (goal === "max" ? -1 : 1));
    return new Map(known.map((one, at) => [one.group, at + 1]));
  }

  runpages.groupValues = { grouped, results, judged, ranks };
})();
