// Logged tables of several runs as one, by a key; and which of two models is right on which example.
(function () {
  "use strict";
  const { runStats } = runpages;
  const KEY = /^(id|key|name|row|index|idx|image|file|path|example|sample|class|label|step|epoch)$|_id$/i;
  // In the order in which they are looked for.
  /** @type {Record<string, RegExp>} */
  const ROLES = {
    truth: /^(true|truth|actual|target|expected|label|y|y_?true|true[_ ]label|ground[_ ]truth|gt)$/i,
    predicted: /^(predicted|prediction|pred|y_?pred|output|predicted[_ ]label)$/i,
    probability: /^(probability|prob|proba|confidence|score|p)$/i,
  };
  // Draws of a bootstrap: enough for two digits, and fewer where they would take seconds.
  const [DRAWS, FEWEST, MOST] = [2000, 200, 2e7];

  /** @param {Column} column @param {number} rows */
  function isUnique(column, rows) {
    const texts = new Set();
    for (let row = 0; row < rows; row++) {
      if (column.isMissing(row)) return false;
      texts.add(column.text(row));
    }
    return texts.size === rows;
  }

  const columnOf = (/** @type {Rows} */ table, /** @type {string} */ name) => /** @type {Column | undefined} */ (table.columns.find((one) => one.name === name));

  // Whether at least half of the values of the first table are in all others: fractions of one run only tell nothing.
  /** @param {Column[]} columns */
  function isShared([first, ...others]) {
    const known = others.map((column) => new Set(column.cells));
    return 2 * first.cells.filter((cell) => known.every((one) => one.has(cell))).length >= first.cells.length;
  }

  // The names of the columns that tell all rows of all tables apart: those first that are called as keys are, and
  // fractions last. Pictures are files of one run.
  /** @param {Rows[]} tables */
  function keys(tables) {
    const isFraction = (/** @type {Column} */ { isNumber, decimals }) => isNumber && decimals > 0;
    const rank = (/** @type {Column} */ column) => (KEY.test(column.name) ? 0 : isFraction(column) ? 2 : 1);
    return tables[0].columns.filter(function ({ name }) {
      const columns = tables.map((table) => columnOf(table, name));
      if (!columns.every((column, at) => column && !Object.keys(column.pictures).length && isUnique(column, tables[at].count))) return false;
      const known = /** @type {Column[]} */ (columns);
      return !known.some(isFraction) || isShared(known);
    }).sort((one, other) => rank(one) - rank(other)).map(({ name }) => name);
  }

  // The rows by key, in the order of the first table and then of those after it: the row in each table, or -1. Without a
  // key rows go together by their number, from 1.
  /** @param {Rows[]} tables @param {string | null} key */
  function join(tables, key) {
    /** @type {Map<string, number[]>} */
    const found = new Map();
    tables.forEach(function (table, place) {
      const column = key === null ? null : columnOf(table, key);
      for (let row = 0; row < table.count; row++) {
        const text = column ? column.text(row) : String(row + 1);
        const known = found.get(text) || tables.map(() => -1);
        known[place] = row;
        found.set(text, known);
      }
    });
    return [...found].map(([text, rows]) => ({ key: text, rows }));
  }

  // A value of a row, as a text; null where there is none.
  /** @param {Column | undefined} column @param {number} row */
  const cell = (column, row) => (!column || row < 0 || column.isMissing(row) ? null : column.text(row));

  /** @param {string | null} one @param {string | null} other */
  function isSame(one, other) {
    if (one === other) return true;
    return one !== null && other !== null && one.trim() !== "" && other.trim() !== "" && Number(one) === Number(other);
  }

  // The names of all columns but the key, those of the first table first.
  /** @param {Rows[]} tables @param {string | null} key */
  function names(tables, key) {
    return [...new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))].filter((name) => name !== key);
  }

  // Which columns of a table have the predictions of a model; null where it has none.
  /** @param {Rows} table */
  function roles(table) {
    /** @type {Record<string, string>} */
    const found = {};
    for (const [role, pattern] of Object.entries(ROLES)) {
      const column = table.columns.find(({ name }) => pattern.test(name) && !Object.values(found).includes(name));
      if (column) found[role] = column.name;
    }
    return found.truth && found.predicted ? found : null;
  }

  // What two models say of the examples that both have: `both`, `a` or `b` right, `neither`, or both wrong `alike`.
  /** @param {Rows[]} tables @param {{ rows: number[] }[]} joined @param {Record<string, string>[]} of */
  function judged([a, b], joined, [ofA, ofB]) {
    const [truth, otherTruth] = [columnOf(a, ofA.truth), columnOf(b, ofB.truth)];
    const [one, other] = [columnOf(a, ofA.predicted), columnOf(b, ofB.predicted)];
    return joined.flatMap(function (example) {
      const [row, otherRow] = example.rows;
      const known = cell(truth, row);
      if (row < 0 || otherRow < 0 || known === null || !isSame(known, cell(otherTruth, otherRow))) return [];
      const [first, second] = [cell(one, row), cell(other, otherRow)];
      const [isA, isB] = [isSame(first, known), isSame(second, known)];
      const kind = isA && isB ? "both" : isA ? "a" : isB ? "b" : isSame(first, second) ? "alike" : "neither";
      return [{ ...example, kind, truth: known, predicted: [first, second] }];
    });
  }

  // The 95 % interval of a mean by drawing the examples again, with replacement: percentiles 2.5 and 97.5 (B. Efron,
  // Bootstrap methods, Annals of Statistics 7, 1979). The draws are the same for each reader.
  /** @param {ArrayLike<number>} values */
  function bootstrap(values) {
    const n = values.length;
    const draws = Math.max(FEWEST, Math.min(DRAWS, Math.floor(MOST / n)));
    const random = runStats.generator();
    const means = new Float64Array(draws);
    for (let draw = 0; draw < draws; draw++) {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += values[Math.floor(random() * n)];
      means[draw] = sum / n;
    }
    const sorted = [...means.sort()];
    let sum = 0;
    for (let at = 0; at < n; at++) sum += values[at];
    return { mean: sum / n, low: runStats.quantile(sorted, 0.025), high: runStats.quantile(sorted, 0.975), draws };
  }

  runpages.joined = { bootstrap, cell, columnOf, isSame, join, judged, keys, names, roles };
})();
