// The zoom, one for all charts: from a drag, or from two fingers; back by a double click, Esc or the button in each head.
(function () {
  "use strict";
  const { make } = runpages;
  const LEAST = 24;

  // Two fingers pull a stretch of the axis apart or together; plotly hears of no finger at all.
  /** @param {Card} card @param {(range: any[]) => void} use */
  function pinch(card, use) {
    /** @type {Map<number, number>} */
    const fingers = new Map();
    /** @type {any[] | null} */
    let held = null;
    const axis = () => card.box._fullLayout.xaxis;
    const px = (/** @type {number} */ clientX) => clientX - card.box.getBoundingClientRect().left - axis()._offset;
    const places = () => [...fingers.values()].map(px).sort((one, other) => one - other);
    card.body.addEventListener("touchstart", (/** @type {Event} */ event) => { if (!/** @type {any} */ (event.target).closest(".card-tools")) event.stopPropagation(); }, { capture: true, passive: true });
    card.body.addEventListener("pointerdown", function (/** @type {Happening} */ event) {
      if (event.pointerType !== "touch" || !card.box) return;
      fingers.set(event.pointerId, event.clientX);
      if (fingers.size === 2) held = places().map((at) => axis().p2l(at));
    });
    card.body.addEventListener("pointermove", function (/** @type {Happening} */ event) {
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event.clientX);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      card.body.addEventListener(kind, function (/** @type {Happening} */ event) {
        if (fingers.size === 2 && held) {
          const [left, right] = places();
          if (right - left >= LEAST) {
            const scale = (held[1] - held[0]) / (right - left);
            const low = held[0] - left * scale;
            use([low, low + axis()._length * scale].map((at) => axis().l2r(at)));
          }
          held = null;
        }
        fingers.delete(event.pointerId);
      });
    }
  }

  // The scale in words, also on the button.
  /** @param {Card} card */
  function scale({ node, head, spec }) {
    if (!spec) return;
    let note = head.querySelector(".scale");
    if (!note && spec.notes.length) {
      note = make("span", { className: "note scale" });
      head.querySelector(".right").before(note);
    }
    if (note) note.textContent = note.title = spec.notes.join(" · ");
    node.querySelector("[data-act=log]")?.setAttribute("aria-pressed", String(spec.log));
  }

  runpages.chartZoom = {
    // `use` takes a range of the axis and, of a box, its heights; `reset` goes back.
    follow(card, use, reset) {
      if (!card.zooms) pinch(card, (range) => use(range, null));
      card.zooms = true;
      card.box.on("plotly_doubleclick", reset);
      card.box.on("plotly_relayout", function (/** @type {any} */ change) {
        if (!Object.keys(change).some((key) => key.startsWith("xaxis."))) return;
        use([...card.box.layout.xaxis.range], "yaxis.range[0]" in change ? [...card.box.layout.yaxis.range] : null);
      });
    },
    // How a chart is drawn, the stretch that it shows and the way back, in the head of its card.
    show(card, reset) {
      scale(card);
      const { zoom, xName, dates, x } = card.spec || {};
      if (!card.zoom && zoom) {
        const button = make("button", { type: "button", className: "button framed tiny", textContent: "Reset zoom" });
        button.addEventListener("click", reset);
        card.zoom = make("span", { className: "zoom" }, make("span", { className: "tag" }), button);
        card.head.querySelector(".right").before(card.zoom);
      }
      if (card.zoom) card.zoom.hidden = !zoom || !card.box;
      if (!zoom) return;
      const [from, to] = x.every(Number.isInteger) && !dates ? [Math.ceil(zoom[0]), Math.floor(zoom[1])] : zoom;
      card.zoom.firstChild.textContent = runpages.chartX.spelled(from, xName, dates) + " to " + runpages.chartX.spelled(to, "", dates).trim();
    },
  };
})();
