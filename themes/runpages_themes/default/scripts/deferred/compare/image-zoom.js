// One zoom for all images of a section, in shares of an image, so that it is the same part of each, whatever its size.
(function () {
  "use strict";
  const MOST = 64;
  const FINER = 1.25;
  const WAY = 0.1;
  // What a wheel turns at a notch, at least; two fingers on a touchpad turn it less.
  const NOTCH = 50;

  // `x` and `y` are how far the image is moved, in its own widths and heights; it leaves no gap at its sides.
  /** @param {ImageZoom} zoom @returns {ImageZoom} */
  function within({ scale, x, y }) {
    const most = (1 - 1 / scale) / 2;
    const cut = (/** @type {number} */ at) => Math.max(-most, Math.min(most, at)) + 0;
    return { scale, x: cut(x), y: cut(y) };
  }

  // Zoom so that a point stays where it is: `px` and `py` are its place in the box, from −0.5 to 0.5.
  /** @param {ImageZoom} zoom @param {number} by */
  function scaled({ scale, x, y }, by, px = 0, py = 0) {
    const next = Math.max(1, Math.min(MOST, scale * by));
    return within({ scale: next, x: x + px / next - px / scale, y: y + py / next - py / scale });
  }

  // Move by shares of the box.
  /** @param {ImageZoom} zoom @param {number} x @param {number} y */
  const moved = ({ scale, x: ax, y: ay }, x, y) => within({ scale, x: ax + x / scale, y: ay + y / scale });

  /** @param {ImageZoom} zoom */
  const spelled = ({ scale, x, y }) => (scale === 1 ? null : [scale, x, y].map((one) => String(Number(one.toFixed(3)))).join("~"));

  /** @param {string | null} text @returns {ImageZoom} */
  function parsed(text) {
    const [scale, x, y] = (text || "1").split("~").map(Number);
    return scale >= 1 && scale <= MOST ? within({ scale, x: x || 0, y: y || 0 }) : { scale: 1, x: 0, y: 0 };
  }

  /** @type {Record<string, (zoom: ImageZoom) => ImageZoom>} */
  const KEYS = {
    "+": (zoom) => scaled(zoom, FINER),
    "=": (zoom) => scaled(zoom, FINER),
    "-": (zoom) => scaled(zoom, 1 / FINER),
    0: () => parsed(null),
  };
  /** @type {Record<string, (zoom: ImageZoom) => ImageZoom>} */
  const SHIFTED = {
    ArrowLeft: (zoom) => moved(zoom, WAY, 0),
    ArrowRight: (zoom) => moved(zoom, -WAY, 0),
    ArrowUp: (zoom) => moved(zoom, 0, WAY),
    ArrowDown: (zoom) => moved(zoom, 0, -WAY),
  };

  // Pointers on the stages in a box. `drag` gets where a single pointer is in its stage, from 0 to 1, while nothing is
  // zoomed or where the handle was taken; it gives whether that meant something to it.
  /** @param {Found} box @param {() => ImageZoom} get @param {(zoom: ImageZoom) => void} set @param {(stage: Found, x: number) => void} drag */
  function follow(box, get, set, drag) {
    /** @type {Map<number, { x: number, y: number }>} */
    const pointers = new Map();
    /** @type {{ stage: Found, isHandle: boolean } | null} */
    let held = null;

    /** @param {Found} stage @param {number} clientX @param {number} clientY */
    function place(stage, clientX, clientY) {
      const { left, top, width, height } = stage.getBoundingClientRect();
      return { x: (clientX - left) / width - 0.5, y: (clientY - top) / height - 0.5 };
    }

    /** @param {Found} stage */
    function spread(stage) {
      const [a, b] = [...pointers.values()];
      const { width, height } = stage.getBoundingClientRect();
      return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, way: Math.hypot((a.x - b.x) * width, (a.y - b.y) * height) };
    }

    box.addEventListener("pointerdown", function (event) {
      const stage = event.target.closest(".shot-stage");
      if (!stage || event.button || (held && held.stage !== stage)) return;
      held = held || { stage, isHandle: Boolean(event.target.closest(".shot-divider")) };
      pointers.set(event.pointerId, place(stage, event.clientX, event.clientY));
      stage.setPointerCapture(event.pointerId);
      if (event.pointerType === "mouse") event.preventDefault();
      stage.closest("[tabindex]")?.focus({ preventScroll: true });
    });

    box.addEventListener("pointermove", function (event) {
      const from = pointers.get(event.pointerId);
      if (!held || !from) return;
      const { stage, isHandle } = held;
      const two = pointers.size === 2 && spread(stage);
      const to = place(stage, event.clientX, event.clientY);
      pointers.set(event.pointerId, to);
      if (two) {
        const now = spread(stage);
        return set(moved(scaled(get(), now.way / two.way, now.x, now.y), now.x - two.x, now.y - two.y));
      }
      if (isHandle || get().scale === 1) return drag(stage, to.x + 0.5);
      set(moved(get(), to.x - from.x, to.y - from.y));
    });

    for (const kind of ["pointerup", "pointercancel"]) {
      box.addEventListener(kind, function (event) {
        pointers.delete(event.pointerId);
        if (!pointers.size) held = null;
      });
    }

    // Whether a large view shows all it has, so that a wheel has nothing to scroll.
    const stands = (/** @type {Found | null} */ dialog) => dialog && dialog.scrollHeight <= dialog.clientHeight;

    // The page scrolls unless images are zoomed or Ctrl is down, as it is when fingers pinch a touchpad.
    box.addEventListener("wheel", function (event) {
      const stage = event.target.closest(".shot-stage");
      if (!stage || !(event.ctrlKey || event.metaKey || get().scale > 1 || stands(stage.closest("dialog")))) return;
      event.preventDefault();
      const { x, y } = place(stage, event.clientX, event.clientY);
      set(scaled(get(), FINER ** Math.max(-1, Math.min(1, -event.deltaY / NOTCH)), x, y));
    }, { passive: false });

    box.addEventListener("dblclick", function (event) {
      if (event.target.closest(".shot-stage")) set(parsed(null));
    });
  }

  /** @param {Happening} event @param {ImageZoom} zoom */
  const keyed = (event, zoom) => (event.shiftKey && SHIFTED[event.key] ? SHIFTED : KEYS)[event.key]?.(zoom) || null;

  runpages.imageZoom = { scaled, moved, spelled, parsed, keyed, follow };
})();
