// A card as a picture: what is drawn and written in it, with its styles, as SVG and as PNG.
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const LOOK = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "paint-order", "opacity", "overflow", "vector-effect", "font-family", "font-size", "font-weight", "text-anchor", "transform"];
  const SHARP = 2;  // Pixels of a picture for each of the page.
  const LEFT_OUT = ".toolbar, .segments, .choice, .steps, .card-head .right, .points, .vh, .cursor, .tip, .run-tip, form, input, select, button";
  const { make } = runpages;

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
    if (node.matches(LEFT_OUT) || !node.checkVisibility({ visibilityProperty: true })) return;
    if (node.matches("svg")) return root.append(drawing(node, origin, scale));
    const { backgroundColor: fill, color, textOverflow } = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    if (fill !== "rgba(0, 0, 0, 0)" && (color !== fill || !node.textContent)) {
      root.append(shape("rect", { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height, rx: 3, fill }));
    }
    if (color === "rgba(0, 0, 0, 0)") return;  // The zeros of a matrix.
    if (textOverflow === "ellipsis" && node.scrollWidth > node.clientWidth) {
      const part = shape("svg", { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height });
      root.append(part);
      [root, origin] = [part, box];
    }
    for (const inner of node.childNodes) {
      if (inner instanceof Text) lines(inner, origin, root);
      else if (inner instanceof Element) paint(/** @type {any} */ (inner), origin, root, scale);
    }
  }

  /** @param {Found} card @param {number} scale */
  function picture(card, scale) {
    // The head is whole, without the tools.
    card.classList.add("is-pictured");
    const box = card.getBoundingClientRect();
    const root = shape("svg", { xmlns: NS, width: box.width, height: box.height, viewBox: "0 0 " + box.width + " " + box.height });
    root.append(shape("rect", { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor }));
    paint(card, box, root, scale);
    card.classList.remove("is-pictured");
    return { text: new XMLSerializer().serializeToString(root), width: box.width, height: box.height };
  }

  const name = (/** @type {Found} */ card) => card.querySelector("h3, h4").textContent;

  /** @param {Found} card */
  function svg(card) {
    runpages.save(name(card), ".svg", new Blob([picture(card, 1).text], { type: "image/svg+xml" }));
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

  runpages.cardPicture = { drawing: (card) => picture(card, 1).text, svg, png };
})();
