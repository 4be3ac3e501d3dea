// The metrics of all members with their differences to the reference: how far, and whether that is better.
(function () {
  "use strict";
  const { make, fixed, digits, compare: comparison, compareRows: rowsOf, compareTable: table } = runpages;
  const MOST_ROWS = 40;
  const VALUES = { last: "Last", min: "Min", max: "Max", best: "Best" };
  const SORTS = { logged: "as logged", name: "by name", size: "largest difference" };
  /** @type {Record<string, string>} */
  const SPELLED = { better: "better", worse: "worse", same: "same", unknown: "can’t tell" };

  const state = (/** @type {string} */ name) => runpages.urlState().get("metrics." + name);
  const valueAsked = () => (Object.hasOwn(VALUES, state("value") || "") ? /** @type {string} */ (state("value")) : "last");

  // The metrics in the order that is asked for, and whether some that do not differ are left out.
  function rows() {
    const { members, reference, pairBy } = comparison;
    const all = rowsOf.names(members).map((/** @type {string} */ name) => rowsOf.row(members, reference, name, valueAsked(), pairBy));
    const found = [...all, rowsOf.duration(members, reference)].filter(({ cells }) => cells.some((/** @type {CompareCell} */ cell) => cell.value !== null));
    if (state("sort") === "name") found.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (state("sort") === "size") found.sort((a, b) => b.size - a.size);
    return { all: found, shown: state("rows") === "differ" ? found.filter(({ differs }) => differs) : found };
  }

  // --- texts ---

  /** @param {CompareCell} cell @param {number} decimals */
  function valueText({ value, sd, n }, decimals) {
    if (typeof value !== "number") return value === null ? "–" : value.replace(/^-/, "−");
    return fixed(value, decimals) + (sd === null || n === null ? "" : " ± " + fixed(sd, decimals));
  }

  /** @param {number} share */
  function percent(share) {
    const size = Math.abs(share) * 100;
    if (!size) return "0 %";
    return (size >= 99.5 ? digits.grouped(size.toFixed(0)) : size.toFixed(Math.min((size >= 0.1 ? 1 : 0) - Math.floor(Math.log10(size)), 12))) + " %";
  }

  // The difference as it is read, and which way it goes.
  /** @param {CompareCell} cell @param {CompareRow} row @param {number} decimals */
  function deltaText({ delta }, { goal, which }, decimals) {
    if (!delta || delta.absolute === null) return null;
    const { absolute, relative, word } = delta;
    const size = fixed(Math.abs(absolute), decimals);
    if (!/[1-9]/.test(size)) return { text: "=", word: word === "unknown" ? SPELLED.unknown : "", kind: "same" };
    const share = relative === null ? "" : " (" + percent(relative) + ")";
    const sign = goal || which === "" ? (absolute < 0 ? "▼ " : "▲ ") : absolute < 0 ? "−" : "+";
    return { text: sign + size + share, word: SPELLED[word] || "", kind: word };
  }

  /** @param {CompareRow} row */
  function aimText({ which, goal, assumed, unit, tolerance, name }) {
    const aim = goal ? (goal === "min" ? "lower is better" : "higher is better") + (assumed && name !== "duration" ? " (assumed)" : "") : "";
    return [which, unit, aim, tolerance === null ? "" : "± " + tolerance + " is the same"].filter(Boolean).join(", ");
  }

  // --- the table ---

  /** @param {CompareCell} cell @param {CompareRow} row @param {number} decimals @param {number} runs */
  function cellOf(cell, row, decimals, runs) {
    const { value, best, n, delta } = cell;
    const isText = typeof value !== "number";
    const exact = isText ? String(value ?? "") : String(value);
    const shown = make("span", { className: "figure" }, ...(best ? [make("span", { className: "better small", textContent: "best" }), " "] : []));
    const parts = valueText(cell, decimals).split(" ± ");
    shown.append(make(best ? "b" : "span", { textContent: parts[0] }));
    if (parts[1]) shown.append(make("span", { className: "quiet", textContent: " ± " + parts[1] }));
    const way = deltaText(cell, row, decimals);
    const below = way ? [make("span", { className: "delta-line " + way.kind }, way.text, ...(way.word ? [" ", make("span", { className: "word", textContent: way.word })] : []))] : [];
    if (n !== null && n < runs) below.push(make("span", { className: "note", textContent: "n " + n + " of " + runs }));
    const relative = delta && delta.absolute !== null ? "; difference " + delta.absolute : "";
    return make("td", { className: "n" + (value === null ? " none" : "") + (isText && value !== null && delta && row.differs ? " text" : ""), title: value === null ? "Not logged, or nothing that counts" : exact + relative }, shown, ...below);
  }

  /** @param {CompareRow} row */
  function line(row) {
    const decimals = rowsOf.decimals(row);
    const head = make("th", { scope: "row", className: "name", title: row.name }, make("b", {}, make("bdi", { textContent: row.name })), " ", make("span", { className: "quiet small", textContent: aimText(row) }));
    return make("tr", {}, head, ...row.cells.map((cell, at) => cellOf(cell, row, decimals, comparison.members[at].runs.length)));
  }

  // --- as a file ---

  /** @param {CompareRow[]} shown */
  const exported = (shown) => function (/** @type {string} */ format) {
    const { members, reference } = comparison;
    const heads = members.map(({ label }) => label);
    const labelOf = (/** @type {CompareRow} */ row) => row.name + (row.which ? " (" + row.which + ")" : row.unit ? " (" + row.unit + ")" : "");
    if (format !== "csv") {
      const texts = (/** @type {CompareRow} */ row) => row.cells.map(function (cell) {
        const way = format === "markdown" && deltaText(cell, row, rowsOf.decimals(row));
        return valueText(cell, rowsOf.decimals(row)) + (way ? ", " + [way.text, way.word].filter(Boolean).join(" ") : "");
      });
      return { heads: ["Metric", ...heads], isNumber: [false, ...heads.map(() => true)], rows: shown.map((row) => [labelOf(row), ...texts(row)]), isBold: (/** @type {number} */ row, /** @type {number} */ at) => at > 0 && shown[row].cells[at - 1].best };
    }
    const others = members.map((member, at) => ({ member, at })).filter(({ member }) => member.key !== reference.key);
    const exact = (/** @type {any} */ value) => (value === null || value === undefined ? "" : String(value));
    const groups = members.map(({ group }, at) => ({ group, at })).filter(({ group }) => group);
    return {
      heads: ["metric", "value", "goal", "unit", ...heads, ...groups.flatMap(({ at }) => ["sd " + heads[at], "n " + heads[at]]), ...others.flatMap(({ at }) => ["delta " + heads[at], "relative " + heads[at], "word " + heads[at]])],
      isNumber: [],
      rows: shown.map(({ name, which, goal, unit, cells }) => [
        name, which, goal || "", unit, ...cells.map(({ value }) => exact(value)), ...groups.flatMap(({ at }) => [exact(cells[at].sd), exact(cells[at].n)]),
        ...others.flatMap(({ at }) => [exact(cells[at].delta?.absolute), exact(cells[at].delta?.relative), exact(cells[at].delta?.word)]),
      ]),
    };
  };

  // --- the controls ---

  function valueChoice() {
    const inputs = Object.entries(VALUES).map(function ([value, text]) {
      const input = make("input", { type: "radio", name: "metrics-value", value, checked: value === valueAsked() });
      input.dataset.focus = "value-" + value;
      input.addEventListener("change", () => table.choose("metrics.value", value === "last" ? null : value));
      return make("label", {}, input, text);
    });
    return make("fieldset", { className: "segments", ariaLabel: "Value" }, ...inputs);
  }

  function sortChoice() {
    const select = make("select", {}, ...Object.entries(SORTS).map(([value, textContent]) => make("option", { value, textContent })));
    select.value = Object.hasOwn(SORTS, state("sort") || "") ? state("sort") : "logged";
    select.dataset.focus = "sort";
    select.addEventListener("change", () => table.choose("metrics.sort", select.value === "logged" ? null : select.value));
    return make("label", { className: "picker" }, "Sort", select);
  }

  function differChoice() {
    const input = make("input", { type: "checkbox", checked: state("rows") === "differ" });
    input.dataset.focus = "rows";
    input.addEventListener("change", () => table.choose("metrics.rows", input.checked ? "differ" : null));
    return make("label", { className: "check" }, input, " Only what differs");
  }

  let isWhole = false;

  /** @param {CompareRow[]} all @param {CompareRow[]} shown */
  function foot(all, shown) {
    const { members, reference } = comparison;
    const notes = [];
    if (shown.length > MOST_ROWS && !isWhole) {
      const more = make("button", { type: "button", className: "linklike", textContent: "Show " + (shown.length - MOST_ROWS) + " more" });
      more.addEventListener("click", function () {
        isWhole = true;
        comparison.redraw("metrics");
      });
      notes.push(more);
    }
    if (shown.length < all.length) notes.push(make("span", { textContent: all.length - shown.length + " equal not shown" }));
    if (members.length > 1) notes.push(make("span", { className: "note" }, "Differences to ", make("bdi", { textContent: reference.label }), members.some(({ group }) => group) ? "; of groups mean ± sd over runs, n − 1" : ""));
    return notes;
  }

  comparison.section("metrics", async function (box) {
    const { members } = comparison;
    const { all, shown } = rows();
    const first = isWhole ? shown : shown.slice(0, MOST_ROWS);
    const lines = first.map(line);
    if (!lines.length) lines.push(make("tr", {}, make("td", { className: "none", colSpan: members.length + 1, textContent: "No metric differs." })));
    const differ = all.filter(({ differs }) => differs).length;
    table.count("metrics", members.length > 1 ? differ + " of " + all.length + " differ" : String(all.length));
    table.tools("metrics", valueChoice(), sortChoice(), ...(members.length > 1 ? [differChoice()] : []), table.exporter("metrics", exported(shown)));
    const card = table.card("Metrics", "Metric", members, lines, foot(all, shown));
    box.replaceChildren(card);
    if (members.filter(({ group }) => group).length < 2) return;
    await comparison.loads(document.getElementById("compare").dataset.verdicts);
    box.append(...runpages.compareVerdicts(shown, valueAsked()));
  });
  table.follow("metrics");
})();
