// A cell of a logged table, spelled as the page itself spells it.
(function () {
  "use strict";
  const TEXT = 300;
  const LONG = 24;
  const SAMPLE = 1000;
  const TEXTS = 200;
  const LETTERS = 80;

  const { make } = runpages;
  const { grouped, scientific } = runpages.digits;
  // Integers that are labels have no separators.
  const IS_LABEL = /(^|[^a-z])(id|step|epoch|year)$/i;

  /** @param {string} text @param {Column} column */
  function short(text, { name, decimals }) {
    const value = Number(text);
    const size = Math.abs(value);
    if (Number.isNaN(value)) return text.replace("-", "−");  // nan, inf, -inf
    let shown;
    if (/^-?\d+$/.test(text) && (decimals === 0 || size >= 1e7)) shown = size < 2 ** 60 ? grouped(text) : scientific(value);
    else if (size >= 1e7 || (size > 0 && size < 1e-4)) shown = scientific(value);
    else {
      // As in the rows of the page: 0.4 beside 20,000 is not 0.
      let places = decimals;
      while (places < 6 && Math.abs(Number(size.toFixed(places)) - size) > size / 100) places++;
      const [whole, part] = size.toFixed(places).split(".");
      shown = grouped(whole) + (part ? "." + part : "");
      if (value < 0 && /[1-9]/.test(shown)) shown = "-" + shown;
    }
    if (IS_LABEL.test(name)) shown = shown.replaceAll(",", "");
    return shown.replaceAll("-", "−");
  }

  /** @param {string} href @param {string} name */
  function picture(href, name) {
    const link = make("a", { className: "picture", href, title: name });
    link.append(make("img", { loading: "lazy", alt: name, src: href }));
    return link;
  }

  /** @param {Found} cell @param {Column} column @param {number} row */
  function paint(cell, column, row) {
    const missing = column.isMissing(row);
    const text = missing ? "" : column.text(row);
    const shown = missing ? "–" : column.isNumber ? short(text, column) : text.length > TEXT ? text.slice(0, TEXT) + "…" : text;
    cell.className = (column.isNumber ? "n" : "value") + (missing ? " none" : "");
    const title = column.isNumber ? text !== shown && text : text.length > LONG && text.slice(0, 10 * TEXT);
    if (title) cell.title = title;
    const href = !missing && !column.isNumber && column.pictures[column.places[row]];
    if (href) cell.replaceChildren(picture(href, text));
    else cell.textContent = shown;
    // Some scripts run from right to left, which takes the browser time to look for in every cell.
    if (/[^\0-\u058f]/.test(shown)) cell.dir = "auto";
  }

  // The row whose cell of a column is likely the widest: a figure by its signs, a text as it is drawn in `font`.
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  /** @param {Column} column @param {number} count @param {string} font */
  function widest(column, count, font) {
    pen.font = font;
    const wide = column.isNumber ? (/** @type {number} */ row) => short(column.text(row), column).length : (/** @type {number} */ row) => pen.measureText(column.text(row).slice(0, LETTERS)).width;
    const every = Math.max(1, Math.floor(count / (column.isNumber ? SAMPLE : TEXTS)));
    const rows = Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every);
    if (!column.isNumber && column.words.length) rows.push(longest(column));
    let [best, width] = [0, 0];
    for (const row of rows) {
      const size = column.isMissing(row) ? 0 : wide(row);
      if (size > width) [best, width] = [row, size];
    }
    return best;
  }

  /** @param {Column} column */
  function longest({ words, places }) {
    return places.indexOf(words.reduce((/** @type {any} */ best, /** @type {string} */ word, /** @type {number} */ at) => (word.length > words[best].length ? at : best), 0));
  }

  runpages.tableCell = { paint, widest };
})();
