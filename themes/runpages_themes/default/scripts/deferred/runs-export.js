// What the table shows as a file: CSV with all digits, Markdown and LaTeX with what stands in the cells.
(function () {
  "use strict";
  const { make, runsTable, runCells } = runpages;
  const TEX = /** @type {Record<string, string>} */ ({
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "_": "\\_", "%": "\\%",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}", "−": "$-$", "–": "--", "✓": "$\\checkmark$",
  });

  // In one line, since a row is one.
  const line = (/** @type {string} */ text) => text.replace(/\s+/g, " ").trim();
  const csv = (/** @type {string} */ text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  const markdown = (/** @type {string} */ text) => line(text).replace(/[\\`*_[\]<>|~#&]/g, "\\$&");
  const tex = (/** @type {string} */ text) => line(text).replace(/[\\{}$&#_%~^<>−–✓]/g, (sign) => TEX[sign]);

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

  /** @type {Record<string, { suffix: string, type: string, write(shown: RunShown[], rows: Iterable<number>): string[] }>} */
  const FORMATS = {
    csv: {
      suffix: ".csv",
      type: "text/csv",
      write: (shown, rows) => [["id", ...shown.map(headOf)], ...Array.from(rows, (row) => [runsTable.runs.id[row], ...shown.map((one) => exact(one, row))])].map((cells) => cells.map(csv).join()),
    },
    markdown: {
      suffix: ".md",
      type: "text/markdown",
      write(shown, rows) {
        const table = (/** @type {string[]} */ cells) => "| " + cells.join(" | ") + " |";
        const rule = shown.map(({ key }) => (runCells.isNumber(runsTable.column(key)) ? "---:" : "---"));
        return [table(shown.map((one) => markdown(headOf(one)))), table(rule), ...Array.from(rows, (row) => table(shown.map((one) => markdown(runCells.text(one, row)))))];
      },
    },
    latex: {
      suffix: ".tex",
      type: "text/x-tex",
      write(shown, rows) {
        const table = (/** @type {string[]} */ cells) => cells.map(tex).join(" & ") + " \\\\";
        const rule = shown.map(({ key }) => (runCells.isNumber(runsTable.column(key)) ? "r" : "l")).join("");
        const body = Array.from(rows, (row) => table(shown.map((one) => runCells.text(one, row))));
        return ["% \\usepackage{booktabs, amssymb}", "\\begin{tabular}{" + rule + "}", "\\toprule", table(shown.map(headOf)), "\\midrule", ...body, "\\bottomrule", "\\end{tabular}"];
      },
    },
  };

  /** @param {string} format @param {Iterable<number>} rows */
  function save(format, rows) {
    const { suffix, type, write } = FORMATS[format];
    const name = document.querySelector("h1").textContent;
    runpages.save(name, suffix, new Blob([write(columns(), rows).join("\n") + "\n"], { type }));
  }

  runpages.runsExport = Object.assign(function (/** @type {any} */ table) {
    const button = table.section.querySelector("[data-runs-export]");
    const menu = make("div", { className: "menu list", role: "group", ariaLabel: "Export" });
    for (const [format, label] of [["csv", "CSV"], ["markdown", "Markdown"], ["latex", "LaTeX"]]) {
      const item = make("button", { type: "button", className: "item", textContent: label });
      item.addEventListener("click", () => {
        save(format, runsTable.shown);
        menu.close();
      });
      menu.append(item);
    }
    runpages.menu(button, menu, () => {});
  }, { save, FORMATS });
})();
