// The controls over the images that are compared: one slider for all of them, how they are seen, and which two.
(function () {
  "use strict";
  const { make } = runpages;
  const { labeled, spelled } = runpages.imageSeries;
  /** @type {[string, string][]} */
  const MODES = [["beside", "Side by side"], ["pair", "Before / after"], ["difference", "Difference"], ["grid", "All steps"]];
  // How much darker differences are drawn than they are.
  const GAINS = [1, 4, 16];
  const HOLD = 350;

  /** @param {string} label @param {[string, string][]} choices @param {(value: string) => void} use */
  function select(label, choices, use) {
    const node = make("select", { ariaLabel: label }, ...choices.map(([value, text]) => make("option", { value, textContent: text })));
    node.addEventListener("change", () => use(node.value));
    return node;
  }

  /** @param {string} text @param {Found} field */
  const labelled = (text, field) => make("label", { className: "image-choice" }, text + " ", field);

  // Other options of a field, and which one is chosen.
  /** @param {Found} field @param {[string, string][]} choices @param {string} chosen */
  function offer(field, choices, chosen) {
    field.replaceChildren(...choices.map(([value, text]) => make("option", { value, textContent: text })));
    field.value = chosen;
  }

  // A press shows the other one, until the next press; while it is held for long, until it is let go.
  /** @param {(side: "next" | "back") => void} flip */
  function flipButton(flip) {
    const button = make("button", { type: "button", className: "button framed", textContent: "Flip", title: "Press or hold: A and B in turn" });
    Object.assign(button.dataset, { key: "b", does: "Images: A and B in turn" });
    let [since, isPointer, isKey] = [0, false, false];
    const down = () => {
      since = Date.now();
      flip("next");
    };
    const up = () => {
      if (since && Date.now() - since > HOLD) flip("back");
      since = 0;
    };
    button.addEventListener("pointerdown", function (event) {
      isPointer = !event.button;
      if (isPointer) down();
    });
    for (const kind of ["pointerup", "pointercancel"]) button.addEventListener(kind, up);
    button.addEventListener("click", function () {
      if (!isPointer) down();
      if (!isKey) since = 0;
      isPointer = false;
    });
    // The single key comes as a click from the page; within a dialog it does not.
    document.addEventListener("keydown", function (event) {
      const isSingle = event.key === "b" && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!isSingle && !(event.target === button && event.key === "Enter")) return;
      if (event.repeat && since) return event.preventDefault();
      isKey = true;
      if (isSingle && button.closest("dialog") && button.checkVisibility() && runpages.stored("keys") !== "off") button.click();
    });
    document.addEventListener("keyup", function (event) {
      if (!isKey || !["b", "Enter"].includes(event.key)) return;
      isKey = false;
      up();
    });
    return button;
  }

  /** @param {ImageActs} acts */
  function tools(acts) {
    const slider = make("input", { type: "range", min: 0, autocomplete: "off" });
    const output = make("output", {});
    const button = (/** @type {number} */ by, /** @type {string} */ name) => {
      const made = make("button", { type: "button", className: "button", ariaLabel: name, title: name });
      made.dataset.by = String(by);
      made.addEventListener("click", () => acts.move(by));
      return made;
    };
    slider.addEventListener("input", () => acts.go(Number(slider.value)));
    const by = select("Order of the slider", [], (value) => acts.set("by", value));
    const modes = make("fieldset", { className: "segments" }, make("legend", { className: "vh", textContent: "View" }), ...MODES.map(([value, text]) => {
      const radio = make("input", { type: "radio", name: "images-view", value });
      radio.addEventListener("change", () => acts.set("view", value));
      return make("label", {}, radio, text);
    }));
    const [a, b] = ["a", "b"].map((name) => select("Run " + name.toUpperCase(), [], (value) => acts.set(name, value)));
    const gain = select("Strength of differences", GAINS.map((one) => [String(one), one + " ×"]), (value) => acts.set("gain", value));
    const part = select("Image of a step", [], (value) => acts.set("part", value));
    const flip = flipButton(acts.flip);
    const groups = { order: labelled("by", by), a: labelled("A", a), b: labelled("B", b), flip, gain: labelled("strength", gain), part: labelled("image", part) };
    const more = make("div", { className: "image-pair" }, groups.part, groups.a, groups.b, groups.flip, groups.gain);
    const head = make("div", { className: "image-row" }, make("div", { className: "steps" }, button(-1, "Previous"), slider, button(1, "Next")), output, make("span", { className: "room" }), groups.order, modes);

    /** @param {ImageView} view @param {{ stops: number[], axes: ImageAxis[], parts: number }} known */
    function show(view, { stops, axes, parts }) {
      const at = stops.indexOf(view.stop);
      const last = Math.max(stops.length - 1, 0);
      Object.assign(slider, { max: last, value: at, disabled: !last, ariaLabel: "Images by " + view.by }).setAttribute("aria-valuetext", labeled(view.by, view.stop));
      slider.style.setProperty("--filled", (last ? (100 * at) / last : 100) + "%");
      const [unit, value] = view.by === "time" ? ["", spelled("time", view.stop)] : [view.by + " ", spelled(view.by, view.stop)];
      output.replaceChildren(unit, make("b", { textContent: value }), ` of ${spelled(view.by, stops[last])}`, make("span", { className: "quiet", textContent: "all series, all runs" }));
      offer(by, axes.map((one) => [one, one]), view.by);
      offer(part, Array.from({ length: parts }, (_, k) => [String(k + 1), k + 1 + " of " + parts]), String(view.part + 1));
      const runs = /** @type {[string, string][]} */ (view.sources.map(({ key, label }) => [key, label]));
      offer(a, runs, view.sources[view.a].key);
      offer(b, runs, view.sources[view.b].key);
      gain.value = String(view.gain);
      for (const label of modes.querySelectorAll("label")) {
        const radio = label.firstElementChild;
        radio.checked = radio.value === view.mode;
        label.hidden = view.sources.length < 2 && radio.value !== "beside" && radio.value !== "grid";
      }
      groups.order.hidden = axes.length < 2;
      groups.part.hidden = parts < 2;
      for (const name of /** @type {const} */ (["a", "b", "flip"])) groups[name].hidden = view.mode !== "pair";
      groups.gain.hidden = !["pair", "difference"].includes(view.mode);
      flip.ariaPressed = String(Boolean(view.side));
      flip.textContent = view.side ? "Flip: " + view.side.toUpperCase() : "Flip";
      more.hidden = [...more.children].every((one) => /** @type {any} */ (one).hidden);
    }

    return { head, more, show };
  }

  runpages.imageTools = { tools, MODES: MODES.map(([value]) => value), GAINS };
})();
