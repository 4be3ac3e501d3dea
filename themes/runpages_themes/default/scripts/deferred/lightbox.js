// The large view of pictures: choose, zoom and move, by pointer and by keys.
(function () {
  "use strict";
  const { icon } = runpages;
  const CLOSE = '<path d="m4 4 8 8m0-8-8 8"/>';
  const DOWNLOAD = '<path d="M8 1.75v8.5m-3.25-3.25L8 10.25 11.25 7M2.25 13.75h11.5"/>';
  document.body.insertAdjacentHTML("beforeend", `<dialog class="dialog lightbox" id="lightbox" aria-labelledby="h-lightbox">
<div class="lightbox-head"><h2 class="cut" id="h-lightbox" dir="auto"></h2><span class="note cut" data-about dir="auto"></span>
<fieldset class="segments"><legend class="vh">Size</legend><label><input type="radio" name="lightbox-size" value="fit" checked>Fit</label><label><input type="radio" name="lightbox-size" value="one">1:1</label></fieldset>
<a class="button" href="#lightbox" download title="Download">${icon(DOWNLOAD)}</a>
<button type="button" class="button" data-close title="Close">${icon(CLOSE)}</button></div>
<div class="lightbox-stage" tabindex="0" role="group" aria-label="Image: arrow keys, Home and End select; plus, minus and 0 zoom; Shift with arrow keys pans"><p class="lost" hidden></p></div>
<button type="button" class="button framed previous" title="Previous image">${icon("left")}</button>
<button type="button" class="button framed next" title="Next image">${icon("right")}</button>
<div class="steps"><button type="button" class="button" data-by="-1" title="Previous"></button><input type="range" min="0" max="1" value="0" autocomplete="off" aria-label="Image"><button type="button" class="button" data-by="1" title="Next"></button><output></output></div>
</dialog>`);
  const dialog = document.getElementById("lightbox");
  const [FINER, MOST, ROOM, WAY] = [1.25, 32, 24, 60];
  const stage = dialog.querySelector(".lightbox-stage");
  const image = Object.assign(new Image(), { draggable: false });
  const [lost, slider] = [stage.querySelector(".lost"), dialog.querySelector("input[type=range]")];
  const [fit, one] = dialog.querySelectorAll("input[type=radio]");
  const pointers = new Map();
  let [known, key, at, moved, closed] = /** @type {any[]} */ ([null, "", 0, null, null]);
  // The picture's size in pixels, how large a pixel is, and where the left upper corner lies. No scale: it fits.
  /** @type {Card} */
  const view = { width: 0, height: 0, scale: null, x: 0, y: 0 };

  stage.prepend(image);

  // --- size and place ---

  function fitting() {
    return Math.min((stage.clientWidth - ROOM) / view.width, (stage.clientHeight - ROOM) / view.height);
  }

  function scale() {
    return view.scale ?? fitting();
  }

  // A picture smaller than the stage lies in its middle, a larger one leaves no gap.
  /** @param {number} at @param {number} size @param {number} room */
  function within(at, size, room) {
    return size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at));
  }

  function place() {
    if (!view.width || !view.height) return;
    const [width, height] = [view.width * scale(), view.height * scale()];
    view.x = within(view.x, width, stage.clientWidth);
    view.y = within(view.y, height, stage.clientHeight);
    Object.assign(image.style, { width: width + "px", height: height + "px", transform: `translate(${view.x}px, ${view.y}px)` });
    image.classList.toggle("pixelated", scale() >= 2);
    stage.classList.toggle("moves", width > stage.clientWidth || height > stage.clientHeight);
    fit.checked = view.scale === null;
    one.checked = view.scale === 1;
  }

  // Zoom so that what is at a point of the stage stays there.
  /** @param {number | null} to */
  function zoom(to, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const before = scale();
    view.scale = to === null ? null : Math.max(Math.min(fitting(), 1) / 4, Math.min(to, MOST));
    const by = scale() / before;
    view.x = x - (x - view.x) * by;
    view.y = y - (y - view.y) * by;
    place();
  }

  /** @param {any} x @param {any} y */
  function move(x, y) {
    view.x += x;
    view.y += y;
    place();
  }

  // --- which picture ---

  /** @param {number} width @param {number} height */
  function sized(width, height) {
    Object.assign(view, { width, height });
    place();
  }

  /** @param {number} to */
  function show(to) {
    at = Math.max(0, Math.min(to, known.items.length - 1));
    const item = known.items[at];
    const size = item.width && item.height ? item.width + " × " + item.height : "";
    const text = "step " + item.step + (known.items.length > 1 ? ` · ${at + 1} of ${known.items.length}` : "");
    dialog.querySelector("[data-about]").textContent = [item.title === item.caption ? "" : "step " + item.step, item.caption, size].filter(Boolean).join(" · ");
    Object.assign(slider, { max: Math.max(known.items.length - 1, 1), value: at }).setAttribute("aria-valuetext", text);
    slider.style.setProperty("--filled", (100 * at) / slider.max + "%");
    dialog.querySelector("output").textContent = text;
    const file = dialog.querySelector("a[download]");
    file.hidden = !item.href;
    file.href = item.href || "#";
    image.hidden = !item.src;
    lost.hidden = Boolean(item.src);
    lost.textContent = item.note || "";
    Object.assign(view, { width: 0, height: 0, scale: null });
    if (item.src) load(item);
    for (const [name, end] of /** @type {[string, number][]} */ ([[".previous, [data-by='-1']", 0], [".next, [data-by='1']", known.items.length - 1]])) {
      for (const button of dialog.querySelectorAll(name)) button.setAttribute("aria-disabled", String(at === end));
    }
    runpages.urlState(key, String(at + 1));
    moved(at);
  }

  // The small picture first, then the whole one in its place.
  /** @param {any} item */
  function load(item) {
    Object.assign(image, { src: item.src, alt: item.alt });
    if (item.width && item.height) sized(item.width, item.height);
    if (!item.full) return;
    const whole = Object.assign(new Image(), { src: item.full });
    whole.decode().then(function () {
      if (known.items[at] === item) image.src = item.full;
    }, () => {});
  }

  image.addEventListener("load", function () {
    const item = known && known.items[at];
    if (!item || !item.src) return;
    // A camera's picture may lie on its side; the browser turns it.
    const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 150];
    const turned = item.width && (item.width > item.height) !== (width > height) && width !== height;
    if (!item.width || !item.height) sized(width, height);
    else if (turned) sized(item.height, item.width);
  });

  image.addEventListener("error", function () {
    if (!known || !known.items[at].src) return;
    image.hidden = true;
    Object.assign(lost, { hidden: false, textContent: "Image cannot be shown" });
  });

  // --- keys and pointers ---

  /** @type {Record<string, () => void>} */
  const KEYS = {
    ArrowLeft: () => show(at - 1), ArrowRight: () => show(at + 1), ArrowUp: () => show(at - 1), ArrowDown: () => show(at + 1),
    Home: () => show(0), End: () => show(known.items.length - 1),
    "+": () => zoom(scale() * FINER), "=": () => zoom(scale() * FINER), "-": () => zoom(scale() / FINER), 0: () => zoom(null), 1: () => zoom(1),
  };
  /** @type {Record<string, [number, number]>} */
  const MOVES = { ArrowLeft: [WAY, 0], ArrowRight: [-WAY, 0], ArrowUp: [0, WAY], ArrowDown: [0, -WAY] };

  dialog.addEventListener("keydown", function (event) {
    const own = event.target.matches("input") && !/^[-+=01]$/.test(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || own) return;
    const act = event.shiftKey && MOVES[event.key] ? () => move(...MOVES[event.key]) : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  stage.addEventListener("wheel", function (event) {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(scale() * FINER ** (event.deltaY < 0 ? 1 : -1), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  function spread() {
    const [a, b] = [...pointers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, way: Math.hypot(a.x - b.x, a.y - b.y) };
  }

  stage.addEventListener("pointerdown", function (event) {
    if (event.button) return;
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });

  stage.addEventListener("pointermove", function (event) {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    const two = pointers.size === 2 && spread();
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!two) return move(event.clientX - from.x, event.clientY - from.y);
    const [now, box] = [spread(), stage.getBoundingClientRect()];
    zoom((scale() * now.way) / two.way, now.x - box.left, now.y - box.top);
    move(now.x - two.x, now.y - two.y);
  });

  for (const kind of ["pointerup", "pointercancel"]) stage.addEventListener(kind, (event) => pointers.delete(event.pointerId));

  dialog.addEventListener("click", function (event) {
    const by = event.target.closest("[data-by], .previous, .next");
    if (by) show(at + (by.matches(".previous, [data-by='-1']") ? -1 : 1));
    else if (event.target === dialog) dialog.close();
  });
  slider.addEventListener("input", () => show(Number(slider.value)));
  fit.addEventListener("change", () => zoom(null));
  one.addEventListener("change", () => zoom(1));
  dialog.addEventListener("close", function () {
    pointers.clear();
    closed(at);
  });
  new ResizeObserver(place).observe(stage);

  // The address has the number of the picture as `name`; `onMoved` gets each one that is shown, `onClosed` the last one.
  runpages.lightbox = function (card, name, first, onMoved, onClosed) {
    [known, key, moved, closed] = [card, name, onMoved, onClosed];
    dialog.querySelector("h2").textContent = card.name;
    for (const part of dialog.querySelectorAll(".steps, .previous, .next")) part.hidden = card.items.length < 2;
    runpages.openDialog(dialog, key, String(first + 1));
    stage.focus();
    show(first);
  };
})();
