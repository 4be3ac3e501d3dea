// The cells of the table of runs, spelled as the page itself spells them.
(function () {
  "use strict";
  const { make, digits, fixed, runsTable, runValues } = runpages;
  const SVG = "http://www.w3.org/2000/svg";
  const LONG = 24;
  const DEEPEST = 3;
  const TEXT = 300;
  const DIGITS = 6;
  const FLOAT = /^-?\d+(\.\d+(e[+-]\d+)?|e[+-]\d+)$/;
  const [WIDTH, HEIGHT, EDGE] = [256, 64, 8];  // Of a curve, in quarters of a pixel.
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const WORDS = /** @type {Record<string, string>} */ ({ min: "lowest", max: "highest", last: "last", mean: "mean" });
  const LABELS = /** @type {Record<string, string>} */ ({ title: "Run", status: "Status", started: "Started", duration: "Duration", host: "Host", spark: "Curve", id: "Id", number: "Number", parent: "Parent", note: "Note" });

  // --- what is shown of a column ---

  /** @param {RunColumn} column */
  const nameOf = ({ kind, name }) => (kind === "run" ? LABELS[name] || name : name);

  // Which value of a metric: `lowest`, `highest (assumed)`, `mean`.
  /** @param {RunColumn} column @param {string} aggregate */
  function labelOf({ goal, assumed }, aggregate) {
    const which = aggregate === "best" ? goal : aggregate;
    return which ? WORDS[which] + (aggregate === "best" && assumed ? " (assumed)" : "") : "";
  }

  /** @param {RunColumn} column */
  const isNumber = ({ key, type }) => type === "numbers" && !["run:started", "run:duration"].includes(key);

  const counted = (/** @type {number} */ count) => digits.grouped(String(count));

  // How many runs are shown: of what, and of how many that are loaded. Of all, as the page itself says it.
  /** @param {RunsModel} model */
  function counts({ shown, count, whole, parents }) {
    const plural = (/** @type {number} */ one, word = "run") => counted(one) + " " + word + (one === 1 ? "" : "s");
    if (shown.length < whole) {
      const some = counted(shown.length);
      return [some, " of " + plural(whole) + (parents ? " and child runs" : ""), count < whole ? some + " of " + plural(whole) : plural(shown.length)];
    }
    const own = parents ? parents.filter((above) => above < 0).length : count;
    const all = plural(own) + (own < count ? " and " + plural(count - own, "child run") : "");
    return [counted(own), all.replace(/^\S+/, ""), all];
  }

  // --- texts ---

  // A number with at most six digits, as logged if it has no more.
  /** @param {number} value @param {boolean} isFloat */
  function rounded(value, isFloat) {
    const short = Number(value.toPrecision(DIGITS));
    return runValues.spelled(Number.isInteger(value) ? value : short, isFloat);
  }

  /** @param {number} seconds */
  function moment(seconds) {
    const at = new Date(seconds * 1000);
    return at.getUTCDate() + " " + MONTHS[at.getUTCMonth()] + " " + at.getUTCFullYear() + ", " + at.toISOString().slice(11, 19) + " UTC";
  }

  // The text of a cell, and what it is exactly.
  /** @param {RunShown} shown @param {number} row @returns {string} */
  function text({ key, aggregate }, row) {
    const column = runsTable.column(key);
    const values = runsTable.values(key, aggregate);
    if (key === "run:duration") return runsTable.runs.took[row];
    if (values.missing(row)) return "–";
    const number = column.type === "numbers" ? values.numbers[row] : NaN;
    if (key === "run:started") return runpages.age(Date.now() / 1000 - number) || moment(number).split(",")[0];
    if (column.kind === "metric" && number === number) return fixed(number, column.decimals || 0);
    if (number === number) return rounded(number, Boolean(column.floats));
    const logged = values.text(row);
    if (column.type === "numbers") return logged.replace("-", "−");
    // As it is rounded where all runs have a number.
    if (column.kind === "param" && FLOAT.test(logged) && Number.isFinite(Number(logged))) return rounded(Number(logged), true);
    return (column.kind === "tag" && !logged ? "✓" : logged).slice(0, TEXT);
  }

  /** @param {RunShown} shown @param {number} row */
  function exact({ key, aggregate }, row) {
    const values = runsTable.values(key, aggregate);
    if (key !== "run:started") return values.text(row);
    return values.missing(row) ? "" : moment(values.numbers[row]);
  }

  // --- cells ---

  /** @param {string} tag @param {Record<string, any>} known */
  function drawn(tag, known) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(known)) made.setAttribute(name, value);
    return made;
  }

  /** @param {string} kind */
  function symbol(kind) {
    const svg = drawn("svg", { class: "i s " + kind, "aria-hidden": "true" });
    svg.append(drawn("use", { href: "#i-" + kind }));
    return svg;
  }

  function pin() {
    const svg = drawn("svg", { class: "i", viewBox: "0 0 16 16", "aria-hidden": "true" });
    svg.append(drawn("path", { d: "M5.75 2.25h4.5m-3.75 0v4L4.5 9h7L9.5 6.25v-4M8 9v4.75" }));
    return svg;
  }

  // The course of the main metric: levels from 0 to 1,000, evenly apart, with gaps.
  /** @param {(number | null)[]} levels */
  function curve(levels) {
    const isFlat = levels.every((level) => !level);
    const across = (/** @type {number} */ at) => (levels.length > 1 ? EDGE + (at * (WIDTH - 2 * EDGE)) / (levels.length - 1) : WIDTH / 2);
    const up = (/** @type {number} */ level) => (isFlat ? HEIGHT / 2 : HEIGHT - EDGE - (level * (HEIGHT - 2 * EDGE)) / 1000);
    let [line, last, isOn] = ["", "", false];
    levels.forEach((level, at) => {
      if (level !== null) line += (isOn ? "L" : "M") + (last = Math.round(across(at)) + " " + Math.round(up(level)));
      isOn = level !== null;
    });
    const svg = drawn("svg", { class: "spark", "aria-hidden": "true", viewBox: "0 0 256 64" });
    if (last) svg.append(drawn("path", { d: line }), drawn("path", { d: "M" + last + "h0" }));
    return svg;
  }

  /** @param {number} row */
  function status(row) {
    const { kind, status: words } = runsTable.runs;
    if (kind[row] === "none") return [make("span", { className: "none", textContent: words[row] })];
    return [symbol(kind[row]), words[row]];
  }

  /** @param {RunShown} shown @param {number} row */
  function started(shown, row) {
    const values = runsTable.values(shown.key);
    if (values.missing(row)) return [make("span", { className: "none", textContent: "–" })];
    const time = make("time", { dateTime: new Date(values.numbers[row] * 1000).toISOString(), textContent: text(shown, row), title: exact(shown, row) });
    time.dataset.age = "";
    return [time];
  }

  // Paint what is no status, time or curve. A run that diverged after its best value says so.
  /** @param {Found} cell @param {RunShown} shown @param {number} row @param {boolean} isBest */
  function value(cell, shown, row, isBest) {
    const column = runsTable.column(shown.key);
    const [said, logged] = [text(shown, row), exact(shown, row)];
    const isMissing = runsTable.values(shown.key, shown.aggregate).missing(row);
    if (isBest) cell.append(make("span", { className: "vh", textContent: "best " }));
    const ends = shown.aggregate === "best" && column.ends?.[row];
    if (ends) cell.append(make("span", { className: "quiet small", textContent: "ends " + ends.replace("-", "−") }), " ");
    cell.append(said);
    cell.classList.toggle("best", isBest);
    cell.classList.toggle("none", isMissing);
    const title = isMissing ? "" : column.type === "numbers" ? logged !== said && logged : logged.length > LONG && logged;
    if (title && shown.key !== "run:duration") cell.title = title.slice(0, 10 * TEXT);
    // Some scripts run from right to left, which takes the browser time to look for in every cell.
    if (/[^\0-\u058f]/.test(said)) cell.dir = "auto";
  }

  /** @param {Found} cell @param {RunShown} shown @param {number} row @param {boolean} isBest */
  function paint(cell, shown, row, isBest) {
    const { key } = shown;
    if (key === "run:status") cell.append(...status(row));
    else if (key === "run:started") cell.append(...started(shown, row));
    else if (key === "run:spark") {
      const values = runsTable.values(key);
      const levels = values.spark(row);
      if (levels) cell.append(curve(levels));
    } else value(cell, shown, row, isBest);
  }

  /** @param {number} row */
  function tick(row) {
    const box = make("input", { type: "checkbox", ariaLabel: "Select " + runsTable.runs.title[row], tabIndex: 0 });
    return make("td", { className: "tick" }, box);
  }

  /** @param {number} row */
  function name(row) {
    const { runs, depth, pinned } = runsTable;
    const level = Math.min(depth[row], DEEPEST);
    const isPinned = pinned.includes(row);
    const title = runs.title[row];
    const cell = make("th", { scope: "row", className: "name s" + runsTable.color(row).index + (level ? " below-" + level : "") });
    if (level) cell.append(make("span", { className: "vh", textContent: "child run " }));
    cell.append(make("a", { href: runs.page[row], textContent: title, dir: "auto", title }));
    if (runs.damaged.includes(row)) cell.append(" ", make("span", { title: "Damaged" }, symbol("damaged"), make("span", { className: "vh", textContent: "damaged" })));
    const label = (isPinned ? "Unpin " : "Pin ") + title;
    // By keys, and where nothing hovers, ticked runs are pinned.
    cell.append(make("button", { type: "button", className: "pin-run", tabIndex: -1, title: label, ariaLabel: label, ariaPressed: String(isPinned) }, pin()));
    return cell;
  }

  // How wide a column should be, by its head and a sample of its rows.
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  const [SAMPLE, SPACE, NARROWEST, WIDEST, CURVE, STATUS, DOT] = [200, 21, 56, 260, 84, 41, 34];
  /** @param {RunShown} shown @param {string} font the family */
  function width(shown, font) {
    if (shown.key === "run:spark") return CURVE;
    const column = runsTable.column(shown.key);
    const { count } = runsTable;
    let widest = 0;
    const measure = (/** @type {string} */ kind, /** @type {string} */ written) => {
      pen.font = kind + " " + font;
      widest = Math.max(widest, pen.measureText(written).width);
    };
    measure("600 12px", nameOf(column));
    measure("11px", labelOf(column, shown.aggregate));
    for (let row = 0; row < count; row += Math.ceil(count / SAMPLE)) measure("13px", text(shown, row));
    return Math.ceil(Math.min(Math.max(widest + ({ "run:status": STATUS, "run:title": DOT }[shown.key] || SPACE), NARROWEST), WIDEST));
  }

  runpages.runCells = { nameOf, labelOf, isNumber, counted, counts, text, exact, paint, symbol, tick, name, width };
})();
