// A document that the page has as JSON text becomes a tree with folds when it is opened. Values are shown as they are
// spelled, so nothing is rounded.
(function () {
  "use strict";
  const { make } = runpages;
  // What the reader opened, which stays open when the page is renewed.
  const open = new Set();

  /** @param {string} of @param {string} textContent */
  const word = (of, textContent) => make("span", { className: of, dir: "auto", textContent });
  const plain = (/** @type {string} */ text) => text.replace(/^"(.*)"$/s, "$1");
  const isNote = (/** @type {string} */ text) => /^"…/.test(text);

  /** @param {string} text */
  function leaf(text) {
    return word("k-" + (text[0] === '"' ? "string" : /^-?\d/.test(text) ? "number" : "keyword"), text);
  }

  // Nodes for what is in an object or a list; `next` gives the tokens after its bracket.
  /** @param {() => string} next @param {boolean} isList @param {string} above */
  function inner(next, isList, above) {
    /** @type {Node[]} */
    const rows = [];
    for (let token = next(), at = 0; !"}]".includes(token); token = next()) {
      if (token === ",") continue;
      const key = isList ? String(at) : token;
      const path = above + key + "/";
      if (!isList) next();
      const value = isList ? token : next();
      const name = word(isList ? "quiet" : "k-name", plain(key));
      if (isNote(key)) rows.push(make("div", { className: "k-comment", textContent: "… " + value + " more" }));
      else if (isNote(value) && isList) rows.push(make("div", { className: "k-comment", textContent: plain(value) }));
      else if ("{[".includes(value)) rows.push(branch(name, inner(next, value === "[", path), value === "[", path));
      else rows.push(make("div", {}, name, " ", leaf(value)));
      at++;
    }
    return rows;
  }

  /** @param {Node} name @param {Node[]} rows @param {boolean} isList @param {string} path */
  function branch(name, rows, isList, path) {
    if (!rows.length) return make("div", {}, name, " ", word("k-keyword", isList ? "[]" : "{}"));
    const last = /** @type {Found} */ (rows[rows.length - 1]);
    const more = last.className === "k-comment" ? Number(last.textContent.replace(/\D/g, "")) - 1 : 0;
    const count = (rows.length + more).toLocaleString("en-US") + (isList ? " item" : " key") + (rows.length + more === 1 ? "" : "s");
    const fold = make("details", { open: open.has(path) }, make("summary", {}, name, " ", word("quiet", count)), make("div", {}, ...rows));
    fold.addEventListener("toggle", () => (fold.open ? open.add(path) : open.delete(path)));
    return fold;
  }

  /** @param {Found} place */
  function draw(place) {
    const tokens = place.textContent.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
    let at = 1;
    place.replaceChildren(...inner(() => tokens[at++] ?? "}", false, ""));
  }

  runpages.each("pre.tree", function (place) {
    const fold = place.closest("details");
    if (fold.open) draw(place);
    else fold.addEventListener("toggle", () => draw(place), { once: true });
  });
})();
