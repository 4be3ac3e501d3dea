// The difference of two texts as a table: unified or side by side, stretches of equal lines folded, no more rows at once
// than a reader scrolls through.
(function () {
  "use strict";
  const { make } = runpages;
  const { GAP } = runpages.codePatch;
  // Equal lines around a change, those that a press shows more, rows at first, and characters of a line.
  const [CONTEXT, MORE, ROWS, LONGEST] = [3, 20, 600, 2000];

  /** @typedef {{ from: number, to: number }} Fold */

  // The stretches of equal rows that are folded: without those next to a change.
  /** @param {TextChange[]} rows @returns {Fold[]} */
  function folds(rows) {
    const found = [];
    for (let from = 0; from < rows.length; from++) {
      let to = from;
      while (to < rows.length && rows[to].sign === " ") to++;
      const [first, end] = [from && from + CONTEXT, to < rows.length ? to - CONTEXT : to];
      if (end > first + 1) found.push({ from: first, to: end });
      from = to;
    }
    return found;
  }

  // The rows in pairs: a removed line beside the added one that is in its place.
  /** @param {TextChange[]} rows @returns {(TextChange | null)[][]} */
  function paired(rows) {
    const found = [];
    for (let at = 0; at < rows.length;) {
      let gone = at;
      while (rows[gone]?.sign === "-") gone++;
      let come = gone;
      while (rows[come]?.sign === "+") come++;
      for (let k = 0; k < Math.max(gone - at, come - gone); k++) found.push([at + k < gone ? rows[at + k] : null, gone + k < come ? rows[gone + k] : null]);
      if (come === at) found.push([rows[at], rows[at++]]);
      else at = come;
    }
    return found;
  }

  // A line with its changed words marked, and the rest of a very long one in words.
  /** @param {string} text @param {number[]} [changed] @returns {(Node | string)[]} */
  function pieces(text, changed = []) {
    if (text.length > LONGEST) return [text.slice(0, LONGEST), make("span", { className: "none", textContent: " … " + (text.length - LONGEST).toLocaleString("en-US") + " more characters" })];
    const edges = [0, ...changed, text.length];
    return edges.slice(1).map((edge, at) => {
      const part = text.slice(edges[at], edge);
      return at % 2 ? make("b", {}, part) : part;
    });
  }

  const KINDS = /** @type {Record<string, string[]>} */ ({ "+": ["add", "+"], "-": ["del", "−"], " ": ["", " "] });
  const cell = (/** @type {string} */ className, /** @type {(Node | string)[]} */ ...inner) => make("td", { className }, ...inner);
  const plural = (/** @type {number} */ count, /** @type {string} */ what) => count.toLocaleString("en-US") + " " + what + (count === 1 ? "" : "s");

  // The head of a cell of a notebook, or of a script that is divided as one.
  const cellHead = (/** @type {TextChange | null} */ row) => (/^# %%/.test(row?.text || "") ? " cell-head" : "");

  /** @param {(Node | string)[]} inner */
  function note(...inner) {
    return make("tr", { className: "hunk" }, make("td", { colSpan: 4 }, ...inner));
  }

  // Numbers of lines are those of the sides: a gap has none.
  /** @param {CodeLines[]} sides */
  function drawers([before, after]) {
    const old = (/** @type {TextChange} */ row) => String((row.before && before.numbers[row.before - 1]) || "");
    const fresh = (/** @type {TextChange} */ row) => String((row.after && after.numbers[row.after - 1]) || "");
    /** @param {TextChange} row */
    function unified(row) {
      const [kind, sign] = KINDS[row.sign];
      return make("tr", { className: kind + cellHead(row) }, cell("", old(row)), cell("", fresh(row)), cell("", sign), cell("", ...pieces(row.text, row.changed)));
    }
    /** @param {(TextChange | null)[]} pair */
    function split([left, right]) {
      const isChanged = left?.sign !== " ";
      return make("tr", { className: cellHead(right || left) },
        cell(left && isChanged ? "del" : "", left ? old(left) : ""), cell(!left ? "void" : isChanged ? "del" : "", ...(left ? pieces(left.old ?? left.text, left.changed) : [])),
        cell(right && isChanged ? "add" : "", right ? fresh(right) : ""), cell(!right ? "void" : isChanged ? "add" : "", ...(right ? pieces(right.text, right.changed) : [])));
    }
    return { unified, split };
  }

  /** @param {TextChange[]} rows @param {CodeLines[]} sides @param {boolean} isSplit @param {string} label */
  function diffView(rows, sides, isSplit, label) {
    const { unified, split } = drawers(sides);
    const folded = folds(rows);
    const heads = isSplit ? ["Line before", "Text before", "Line after", "Text after"] : ["Line before", "Line after", "Sign", "Text"];
    const head = make("thead", { className: "vh" }, make("tr", {}, ...heads.map((textContent) => make("th", { scope: "col", textContent }))));
    const columns = make("colgroup", {}, ...heads.map(() => make("col")));
    const body = make("tbody");
    const box = make("div", { className: "scroll", tabIndex: 0, ariaLabel: "Changes in " + label }, make("table", { className: isSplit ? "diff is-split" : "diff" }, columns, head, body));
    box.setAttribute("role", "group");
    let most = ROWS;

    /** @param {number} from @param {number} to */
    function lines(from, to) {
      /** @type {Node[]} */
      const found = [];
      /** @type {TextChange[]} */
      let run = [];
      function end() {
        found.push(...(isSplit ? paired(run).map(split) : run.map(unified)));
        run = [];
      }
      for (const row of rows.slice(from, to)) {
        if (!row.text.startsWith(GAP)) run.push(row);
        else {
          end();
          found.push(note(plural(Number(row.text.slice(1)), "equal line") + " of the commit, not in a patch"));
        }
      }
      end();
      return found;
    }

    /** @param {Fold} fold @param {number} at */
    function folder(fold, at) {
      const count = rows.slice(fold.from, fold.to).reduce((sum, { text }) => sum + (text.startsWith(GAP) ? Number(text.slice(1)) : 1), 0);
      const isLong = fold.to - fold.from > MORE;
      const button = (/** @type {string} */ textContent, /** @type {() => void} */ act) => {
        const made = make("button", { type: "button", className: "button tiny", textContent });
        made.addEventListener("click", function () {
          act();
          draw();
          (body.querySelectorAll("[data-fold]")[at]?.querySelector("button") || box).focus({ preventScroll: true });
        });
        return made;
      };
      // From the change on that is nearer to the reader: at the start of a file that is the one below.
      const more = button(`Show ${MORE} lines more`, () => (fold.from ? (fold.from += MORE) : (fold.to -= MORE)));
      const all = button(isLong ? "Show all" : "Show", () => (fold.from = fold.to));
      const row = note(make("span", { textContent: plural(count, "equal line") }), ...(isLong ? [more, all] : [all]));
      row.dataset.fold = "";
      return row;
    }

    function draw() {
      /** @type {Node[]} */
      const shown = [];
      let [at, left] = [0, most];
      for (const fold of [...folded.filter(({ from, to }) => from < to), { from: rows.length, to: rows.length }]) {
        const to = Math.min(fold.from, at + left);
        shown.push(...lines(at, to));
        left -= to - at;
        if (to < fold.from) {
          at = to;
          break;
        }
        if (fold.from < fold.to) shown.push(folder(fold, shown.filter((one) => /** @type {Found} */ (one).dataset.fold === "").length));
        at = fold.to;
      }
      if (at < rows.length) {
        const more = make("button", { type: "button", className: "button tiny", textContent: `Show ${ROWS} rows more` });
        more.addEventListener("click", function () {
          most += ROWS;
          draw();
          box.focus({ preventScroll: true });
        });
        shown.push(note(make("span", { textContent: plural(rows.length - at, "row") + " not shown" }), more));
      }
      body.replaceChildren(...shown);
    }

    draw();
    return box;
  }

  runpages.diffView = Object.assign(diffView, { folds, paired });
})();
