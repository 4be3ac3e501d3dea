// The terms of the query that a press or a brush adds, changes and takes away: `status:failed`, `lr:0.1..0.5`.
(function () {
  "use strict";
  const { runQuery, runFilter, runsTable } = runpages;

  // The term about a column that stands by itself in the query, if there is one.
  /** @param {string} query @param {string} key @returns {QueryTerm | undefined} */
  function termOf(query, key) {
    try {
      const { tree, terms } = runQuery.parse(query);
      const own = "parts" in tree && tree.op === "and" ? tree.parts : [];
      return terms.find((term) => own.includes(term) && term.op === ":" && runFilter.named(query.slice(term.at, term.nameEnd), runsTable.columns)?.key === key);
    } catch {
      return undefined;
    }
  }

  // The values that a query asks of a column.
  /** @param {string} query @param {string} key */
  const valuesOf = (query, key) => (termOf(query, key)?.values || []).map(({ text }) => text);

  // A query with other values of a column: texts as a query has them, such as `0.1..0.5`; without any the term goes.
  /** @param {string} query @param {string} key @param {string[]} values */
  function replaced(query, key, values) {
    const term = termOf(query, key);
    const name = runFilter.nameOf(runsTable.column(key), runsTable.columns);
    const written = values.length ? name + ":" + values.join() : "";
    if (!term) return [query.trim(), written].filter(Boolean).join(" ");
    return (query.slice(0, term.at) + written + query.slice(term.end)).replace(written ? /$^/ : /\s{2,}/, " ").trim();
  }

  /** @param {string} query @param {string} key @param {string} value */
  function toggled(query, key, value) {
    const values = valuesOf(query, key);
    const low = value.toLowerCase();
    const isThere = values.some((one) => one.toLowerCase() === low);
    const next = isThere ? values.filter((one) => one.toLowerCase() !== low) : [...values, value];
    return replaced(query, key, next.map(runQuery.spelledValue));
  }

  // How many runs have each value, the most frequent first.
  /** @param {RunValues} values @param {number} count @returns {[string, number][]} */
  function counts(values, count) {
    /** @type {Map<string | number, number>} */
    const tally = new Map();
    for (let row = 0; row < count; row++) {
      if (values.missing(row)) continue;
      const value = values.words ? values.places[row] : values.text(row);
      tally.set(value, (tally.get(value) || 0) + 1);
    }
    const spelled = (/** @type {any} */ value) => (values.words ? values.words[value] : value);
    return [...tally].map(([value, times]) => /** @type {[string, number]} */ ([spelled(value), times])).sort((one, other) => other[1] - one[1]);
  }

  runpages.runsTerms = { counts, valuesOf, replaced, toggled };
})();
