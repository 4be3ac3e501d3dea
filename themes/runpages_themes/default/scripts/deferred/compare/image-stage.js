// The places where images of runs are seen: one image, one behind a divider over the other, or their difference. All follow
// the zoom of their section, which its styles have; so do they the divider.
(function () {
  "use strict";
  const { make } = runpages;
  // How much larger than its thumbnail an image is shown before the whole file is loaded.
  const LARGER = 1.25;
  /** @type {WeakMap<Found, ImageShot>} */
  const shown = new WeakMap();

  const url = (/** @type {ImageShot} */ { base }, /** @type {string} */ src) => (src.startsWith("data:") ? src : base + src);

  // The address of what was logged, for its pixels; none where browsers can show a small copy only.
  /** @param {ImageShot} shot */
  function whole(shot) {
    const { src, full, href } = shot.item;
    return full ? url(shot, full) : src && (src === href || src.startsWith("data:")) ? url(shot, src) : "";
  }

  /** @param {ImageShot | null} shot */
  const size = (shot) => (shot && shot.item.width && shot.item.height ? shot.item.width + " × " + shot.item.height : "");

  /** @param {string} kind */
  function layer(kind) {
    const image = make("img", { decoding: "async", loading: "lazy", draggable: false, hidden: true });
    const made = make("div", { className: "shot-layer " + kind }, image, make("span", { className: "shot-lost", hidden: true }));
    image.addEventListener("load", () => sharpen(made, zoomOf(made)));
    image.addEventListener("error", function () {
      if (image.getAttribute("src")) lose(made, "Image cannot be shown");
    });
    return made;
  }

  /** @param {Found} made @param {string} why */
  function lose(made, why) {
    const [image, lost] = made.children;
    Object.assign(image, { hidden: true });
    Object.assign(lost, { hidden: false, textContent: why });
  }

  // Show an image, or why there is none. What is there stays until the next one has come.
  /** @param {Found} made @param {ImageShot | null} shot @param {string} why */
  function put(made, shot, why) {
    const image = made.firstElementChild;
    if (!shot || !shot.item.src) {
      shown.delete(image);
      image.removeAttribute("src");
      return lose(made, shot ? shot.item.note : why);
    }
    if (shown.get(image) === shot) return;
    shown.set(image, shot);
    made.querySelector("span").hidden = true;
    Object.assign(image, { hidden: false, alt: shot.item.alt, title: shot.item.title, src: url(shot, shot.item.src) });
  }

  // Pixels are seen as such where they are large, and the whole file comes where its thumbnail would be blurred.
  /** @param {Found} made @param {number} scale */
  function sharpen(made, scale) {
    const image = made.firstElementChild;
    const shot = shown.get(image);
    if (!shot || !image.naturalWidth) return;
    const width = image.clientWidth * scale;
    image.classList.toggle("pixelated", width >= 2 * (shot.item.width || image.naturalWidth));
    const full = shot.item.full ? url(shot, shot.item.full) : "";
    if (!full || image.getAttribute("src") === full || width * window.devicePixelRatio < LARGER * image.naturalWidth) return;
    Object.assign(new Image(), { src: full }).decode().then(function () {
      if (shown.get(image) === shot) image.src = full;
    }, () => {});
  }

  const zoomOf = (/** @type {Found} */ box) => Number(getComputedStyle(box).getPropertyValue("--zoom")) || 1;

  // After a zoom, or where boxes have another size. An image that comes later is sharpened as it loads.
  /** @param {Found} box */
  function sharpenAll(box) {
    const scale = zoomOf(box);
    for (const made of box.querySelectorAll(".shot-layer")) sharpen(made, scale);
  }

  /** @param {string} kind @param {...(Node | string)} inner */
  const stage = (kind, ...inner) => make("div", { className: "shot-stage " + kind }, ...inner);

  /** @param {(share: number) => void} move */
  function divider(move) {
    const input = make("input", { type: "range", min: 0, max: 100, step: 1, value: 50, className: "vh", ariaLabel: "Divider between A and B" });
    input.addEventListener("input", () => move(Number(input.value) / 100));
    return make("label", { className: "shot-divider" }, input, make("span", {}));
  }

  runpages.imageStage = { whole, size, layer, put, stage, divider, sharpenAll };
})();
