// Figures for papers: drawings that are small, and lines as a CSV that pgfplots reads.
(function () {
  "use strict";
  // Characters of a drawing: below 100 kB with some that are not ASCII.
  const MOST = 90000;
  // Parts of a path that stay at least.
  const FEWEST = 12;
  const TEXT = / fill="([^"]*)" font-family="([^"]*)" font-size="([^"]*)" font-weight="([^"]*)"/g;

  // --- drawings ---

  // Without the styles that say nothing: usual values, and fonts of what has no text.
  /** @param {string} drawing */
  const plain = (drawing) => drawing.replace(/(?:(?:fill-|stroke-)?opacity:1|stroke-dasharray:none|vector-effect:[\w-]+|transform:none|overflow:visible)(?:;|(?="))/g, "").replace(/(<(?:path|circle)[^>]* style="[^"]*?)font-family:.*?text-anchor:\w+;?/g, "$1");

  // Each style once, as a class.
  /** @param {string} drawing */
  function lean(drawing) {
    /** @type {Map<string, string>} */
    const styles = new Map();
    const classed = plain(drawing)
      .replace(TEXT, ' style="fill:$1;font-family:$2;font-size:$3px;font-weight:$4"')
      .replace(/ style="([^"]*)"/g, function (_, style) {
        if (style && !styles.has(style)) styles.set(style, "p" + styles.size);
        return style ? ' class="' + styles.get(style) + '"' : "";
      });
    const rules = [...styles].map(([style, name]) => "." + name + "{" + style + "}").join("");
    return rules ? classed.replace(/<svg[^>]*>/, "$&<style>" + rules.replaceAll("$", "$$$$") + "</style>") : classed;
  }

  // Every second point of lines that have many; the first and the last of each stretch stay.
  /** @param {string} path */
  function halved(path) {
    return path.replace(/M[^M]*/g, function (stretch) {
      const parts = stretch.match(/[ML][^L]*/g) || [];
      return parts.length < FEWEST ? stretch : parts.filter((_, at) => at % 2 === 0 || at === parts.length - 1).join("");
    });
  }

  // A drawing below 100 kB, as far as coarser lines help.
  /** @param {string} drawing */
  function small(drawing) {
    let found = lean(drawing);
    for (let before = Infinity; found.length > MOST && found.length < before;) {
      before = found.length;
      found = found.replace(/( d=")(M[ML\d. -]*)"/g, (_, start, path) => start + halved(path) + '"');
    }
    return found;
  }

  // --- tables ---

  // Names have no blanks and commas, and `nan` stands where a line has no value.
  const named = (/** @type {string} */ text) => text.replace(/[^\p{L}\p{N}._+-]+/gu, "-");
  const cell = (/** @type {any} */ value) => (value === undefined || value === null || Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf"));

  // A row for each x where the lines share them, else each line has a column of its own for them.
  /** @param {{ names: string[], x: number[], columns: number[][] }[]} lines @param {string} xName @param {boolean} isShared */
  function pgfplots(lines, xName, isShared) {
    const head = isShared ? [xName || "x", ...lines.flatMap(({ names }) => names)] : lines.flatMap(({ names }) => [xName + "-" + names[0], ...names]);
    const rows = isShared ? shared(lines) : Array.from({ length: Math.max(0, ...lines.map(({ x }) => x.length)) }, (_, at) => lines.flatMap(({ x, columns }) => [x[at], ...columns.map((values) => values[at])]));
    return [head.map(named), ...rows.map((row) => row.map(cell))];
  }

  /** @param {{ x: number[], columns: number[][] }[]} lines */
  function shared(lines) {
    const places = lines.map(({ x }) => new Map(x.map((one, at) => [one, at])));
    const all = [...new Set(lines.flatMap(({ x }) => x))].sort((one, other) => one - other);
    return all.map((one) => [one, ...lines.flatMap(({ columns }, line) => columns.map((values) => values[places[line].get(one) ?? -1]))]);
  }

  runpages.paper = { MOST, lean, small, pgfplots };
})();
