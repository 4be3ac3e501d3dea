// The tools of cards that hold a drawing, a matrix or a table: what they show as a file, and a large view. Charts of metrics
// have tools of their own, which redraw them.
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const LOOK = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "overflow", "vector-effect", "font-family", "font-size", "font-weight", "text-anchor", "transform"];
  const SHARP = 2;  // Pixels of a picture for each of the page.
  const LEFT_OUT = ".tools, .toolbar, .segments, .choice, .steps, .card-head .right, .points, .vh, input, select, button";
  const { make, announce } = runpages;
  const dialog = document.getElementById("large");

  // --- the picture of a card ---

  /** @param {string} tag @param {Record<string, string | number>} known */
  function shape(tag, known) {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(known)) made.setAttribute(name, String(value));
    return made;
  }

  // A drawing with its styles in it, at the place of its content box. Strokes that do not scale are as wide as `scale` makes
  // all else.
  /** @param {Found} svg @param {DOMRect} origin @param {number} scale */
  function drawing(svg, origin, scale) {
    const copy = /** @type {any} */ (svg.cloneNode(true));
    const copies = [copy, ...copy.querySelectorAll("*")];
    [svg, ...svg.querySelectorAll("*")].forEach(function (node, at) {
      const style = getComputedStyle(node);
      copies[at].removeAttribute("class");
      const factor = style.getPropertyValue("vector-effect") === "none" ? 1 : scale;
      const value = (/** @type {string} */ name) => style.getPropertyValue(name).replace(/[\d.]+/g, (number) => String(name.match(/width|dash/) ? Number(number) * factor : number));
      copies[at].setAttribute("style", style.display === "none" ? "display:none" : LOOK.map((name) => name + ":" + value(name)).join(";"));
    });
    const [box, style] = [svg.getBoundingClientRect(), getComputedStyle(svg)];
    const [left, right, below] = ["left", "right", "bottom"].map((side) => parseFloat(style.getPropertyValue("padding-" + side)));
    const place = { x: box.left - origin.left + left, y: box.top - origin.top, width: box.width - left - right, height: box.height - below, overflow: "visible" };
    for (const [name, value] of Object.entries(place)) copy.setAttribute(name, value);
    return copy;
  }

  // The lines of a text as they stand on the page.
  /** @param {Text} node @param {DOMRect} origin @param {Element} root */
  function lines(node, origin, root) {
    const style = getComputedStyle(/** @type {Element} */ (node.parentElement));
    const size = parseFloat(style.fontSize);
    const range = document.createRange();
    /** @type {any} */
    let line = null;
    for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const { left, top, height } = range.getBoundingClientRect();
      if (line && line.top === top) line.made.textContent += " " + word;
      else {
        const made = shape("text", { x: left - origin.left, y: top + height / 2 + size * 0.35 - origin.top, fill: style.color, "font-family": style.fontFamily, "font-size": size, "font-weight": style.fontWeight });
        made.textContent = word;
        root.append(made);
        line = { made, top };
      }
    }
  }

  /** @param {Found} node @param {DOMRect} origin @param {Element} root @param {number} scale */
  function paint(node, origin, root, scale) {
    if (node.matches(LEFT_OUT) || !node.checkVisibility()) return;
    if (node.matches("svg")) return root.append(drawing(node, origin, scale));
    const { backgroundColor: fill, color } = getComputedStyle(node);
    if (fill !== "rgba(0, 0, 0, 0)" && color !== fill) {
      const box = node.getBoundingClientRect();
      root.append(shape("rect", { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height, rx: 3, fill }));
    }
    if (color === "rgba(0, 0, 0, 0)") return;  // The zeros of a matrix.
    for (const inner of node.childNodes) {
      if (inner instanceof Text) lines(inner, origin, root);
      else if (inner instanceof Element) paint(/** @type {any} */ (inner), origin, root, scale);
    }
  }

  /** @param {Found} card @param {number} scale */
  function picture(card, scale) {
    const box = card.getBoundingClientRect();
    const root = shape("svg", { xmlns: NS, width: box.width, height: box.height, viewBox: "0 0 " + box.width + " " + box.height });
    root.append(shape("rect", { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor }));
    paint(card, box, root, scale);
    return { text: new XMLSerializer().serializeToString(root), width: box.width, height: box.height };
  }

  // --- files ---

  const name = (/** @type {Found} */ card) => card.querySelector("h3").textContent;

  // A card may have a `drawing` of its own, or `lines` of a CSV.
  /** @param {Found} card */
  function svg(card) {
    const draw = () => picture(card, 1).text;
    runpages.save(name(card), ".svg", new Blob([(card.drawing || draw)(draw)], { type: "image/svg+xml" }));
  }

  /** @param {Found} card */
  async function png(card) {
    const { text, width, height } = picture(card, SHARP);
    const image = new Image();
    image.src = "data:image/svg+xml," + encodeURIComponent(text);
    await image.decode();
    const canvas = /** @type {any} */ (make("canvas", { width: SHARP * width, height: SHARP * height }));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done));
    runpages.save(name(card), ".png", blob);
  }

  const field = (/** @type {any} */ text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  /** @param {Found} table */
  function rows(table) {
    return [...table.rows].map((row) => [...row.cells].map((cell) => cell.dataset.n ?? (cell.title || cell.textContent).trim()).map(field).join());
  }

  // The counts of a matrix; of others, their data.
  /** @param {Found} card */
  async function csv(card) {
    const large = card.querySelector(".cells-of");
    const more = large && (await runpages.load(document.getElementById("charts").dataset.diagnostics))[large.dataset.more];
    const known = card.lines?.() || (more && [["", ...more.labels], ...more.counts.map((/** @type {number[]} */ counts, /** @type {number} */ at) => [more.labels[at], ...counts])].map((row) => row.map(field).join()));
    if (known) return runpages.saveCsv(name(card), known);
    const sheets = [...card.querySelectorAll(card.querySelector(".matrix") ? ".matrix" : ".points table, .rows, .data-rows table")];
    const parts = sheets.map(function (sheet) {
      const heading = sheet.parentElement.previousElementSibling;
      const title = sheets.length > 1 && heading?.matches("h4") ? [field(heading.textContent)] : [];
      return [...title, ...(sheet.matches("table") ? rows(sheet) : sheet.textContent.trim().split("\n").map((/** @type {string} */ line) => line.split("\t").map(field).join()))];
    });
    runpages.saveCsv(name(card), parts.flatMap((part, at) => (at ? ["", ...part] : part)));
  }

  // --- the large view ---

  /** @param {Found} card */
  function enlarge(card) {
    const home = document.createComment("");
    card.replaceWith(home);
    dialog.querySelector(".large-body").append(card);
    dialog.querySelector("h2").textContent = name(card);
    runpages.openDialog(dialog, card.id + ".large", "open");
    dialog.addEventListener("close", function () {
      home.replaceWith(card);
      card.querySelector("[data-do=enlarge]").focus({ preventScroll: true });
    }, { once: true });
  }

  /** @type {Record<string, (card: Found) => Promise<void> | void>} */
  const ACTS = { csv, png, svg, enlarge };

  /** @param {Found} card */
  function arm(card) {
    if (card.querySelector(".card-tools")) return;
    const has = (/** @type {string} */ selector) => card.querySelector(selector);
    const kinds = [...((card.lines || has("table, .rows, .cells")) && !has("[data-csv]") ? ["csv"] : []), ...(has(".chart, .cells, .matrix") ? ["png", "svg"] : []), "enlarge"];
    const tools = make("span", { className: "card-tools", role: "group", ariaLabel: "Files and large view of " + name(card) }, ...kinds.map(function (act) {
      const made = make("button", { type: "button", className: "button tiny", textContent: act === "enlarge" ? "Enlarge" : act.toUpperCase() });
      made.dataset.do = act;
      return made;
    }));
    tools.addEventListener("click", function (event) {
      const act = event.target.closest("button")?.dataset.do;
      if (act) Promise.resolve(ACTS[act](card)).catch((error) => announce(error.message));
    });
    card.querySelector(".card-head").append(tools);
  }

  // Tools for a card. Gives what opens its large view where the address asks for it.
  runpages.cardTools = function (card) {
    const wake = () => arm(card);
    for (const kind of ["pointerenter", "focusin"]) card.addEventListener(kind, wake, { once: true });
    if (card.matches(":hover, :focus-within") || matchMedia("(hover: none)").matches) wake();
    function restore() {
      if (!runpages.urlState().has(card.id + ".large") || document.querySelector("dialog[open]") || !card.isConnected) return;
      wake();
      enlarge(card);
    }
    addEventListener("statechange", restore);
    restore();
    return restore;
  };
  runpages.each("#charts .card:has(.chart, .cells, .matrix), .logged", runpages.cardTools);
})();
