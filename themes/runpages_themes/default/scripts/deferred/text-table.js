// A table as a file: CSV, Markdown, or LaTeX with booktabs.
(function () {
  "use strict";
  const { make } = runpages;
  const TEX = /** @type {Record<string, string>} */ ({
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "_": "\\_", "%": "\\%",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}", "−": "$-$", "–": "--", "✓": "$\\checkmark$",
    "±": "$\\pm$", "▲": "$\\uparrow$", "▼": "$\\downarrow$", "→": "$\\rightarrow$", "Δ": "$\\Delta$",
  });

  // In one line, since a row is one.
  const line = (/** @type {string} */ text) => text.replace(/\s+/g, " ").trim();
  const markdown = (/** @type {string} */ text) => line(text).replace(/[\\`*_[\]<>|~#&]/g, "\\$&");
  const tex = (/** @type {string} */ text) => line(text).replace(/[\\{}$&#_%~^<>−–✓±▲▼→Δ]/g, (sign) => TEX[sign]);

  /** @param {string[]} cells */
  const markdownRow = (cells) => "| " + cells.join(" | ") + " |";

  /** @type {Record<string, { label: string, suffix: string, type: string, write(table: TextTable): string[] }>} */
  const FORMATS = {
    csv: {
      label: "CSV",
      suffix: ".csv",
      type: "text/csv",
      write: ({ heads, rows }) => [heads, ...rows].map((cells) => runpages.csvLine(cells)),
    },
    markdown: {
      label: "Markdown",
      suffix: ".md",
      type: "text/markdown",
      write({ heads, isNumber, rows, isBold }) {
        const cell = (/** @type {string} */ text, /** @type {number} */ row, /** @type {number} */ at) => (isBold?.(row, at) ? "**" + markdown(text) + "**" : markdown(text));
        return [markdownRow(heads.map(markdown)), markdownRow(isNumber.map((is) => (is ? "---:" : "---"))), ...rows.map((cells, row) => markdownRow(cells.map((text, at) => cell(text, row, at))))];
      },
    },
    latex: {
      label: "LaTeX",
      suffix: ".tex",
      type: "text/x-tex",
      write({ heads, isNumber, rows, isBold }) {
        const cell = (/** @type {string} */ text, /** @type {number} */ row, /** @type {number} */ at) => (isBold?.(row, at) ? "\\textbf{" + tex(text) + "}" : tex(text));
        const end = " \\\\";
        const body = rows.map((cells, row) => cells.map((text, at) => cell(text, row, at)).join(" & ") + end);
        return ["% \\usepackage{booktabs, amssymb}", "\\begin{tabular}{" + isNumber.map((is) => (is ? "r" : "l")).join("") + "}", "\\toprule", heads.map(tex).join(" & ") + end, "\\midrule", ...body, "\\bottomrule", "\\end{tabular}"];
      },
    },
  };

  runpages.textTable = {
    FORMATS,
    save(name, format, table) {
      const { suffix, type, write } = FORMATS[format];
      runpages.save(name, suffix, new Blob([write(table).join("\n") + "\n"], { type }));
    },
    // The formats below a button.
    menu(button, save) {
      const menu = make("div", { className: "menu list", role: "group", ariaLabel: "Export" });
      for (const [format, { label }] of Object.entries(FORMATS)) {
        const item = make("button", { type: "button", className: "item", textContent: label });
        item.addEventListener("click", function () {
          save(format);
          menu.close();
        });
        menu.append(item);
      }
      runpages.menu(button, menu, () => {});
    },
  };
})();
