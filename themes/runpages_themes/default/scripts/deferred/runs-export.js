// What the table shows as a file: CSV with all digits, Markdown and LaTeX with what stands in the cells.
(function () {
  "use strict";
  const { runsTable, runCells, textTable } = runpages;
  // The columns of the table but for the curves: those before them say what they are about.
  const columns = () => runsTable.chosen.filter(({ key }) => runsTable.column(key).type !== "sparks");

  /** @param {RunShown} shown */
  function headOf(shown) {
    const column = runsTable.column(shown.key);
    const label = runCells.labelOf(column, shown.aggregate);
    return runCells.nameOf(column) + (label && " (" + label.replace(" (assumed)", "") + ")");
  }

  // What a program reads: numbers with all digits, times as dates.
  /** @param {RunShown} shown @param {number} row */
  function exact({ key, aggregate }, row) {
    const values = runsTable.values(key, aggregate);
    if (key === "run:started" && !values.missing(row)) return new Date(values.numbers[row] * 1000).toISOString();
    return values.text(row);
  }

  // A cell as the table spells it, and as a program reads it.
  /** @param {RunShown[]} shown @param {Iterable<number>} rows @returns {TextTable} */
  const shownTable = (shown, rows) => ({
    heads: shown.map(headOf),
    isNumber: shown.map(({ key }) => runCells.isNumber(runsTable.column(key))),
    rows: Array.from(rows, (row) => shown.map((one) => runCells.text(one, row))),
  });

  /** @param {RunShown[]} shown @param {Iterable<number>} rows @returns {TextTable} */
  const exactTable = (shown, rows) => ({
    heads: ["id", ...shown.map(headOf)],
    isNumber: [],
    rows: Array.from(rows, (row) => [runsTable.runs.id[row], ...shown.map((one) => exact(one, row))]),
  });

  /** @param {string} format @param {Iterable<number>} rows */
  function save(format, rows) {
    const table = (format === "csv" ? exactTable : shownTable)(columns(), rows);
    textTable.save(document.querySelector("h1").textContent, format, table);
  }

  runpages.runsExport = Object.assign(function (/** @type {any} */ table) {
    const button = table.section.querySelector("[data-runs-export]");
    textTable.menu(button, (format) => runsTable.complete().then(() => save(format, runsTable.shown), (error) => runpages.announce(error.message)));
  }, { save });
})();
