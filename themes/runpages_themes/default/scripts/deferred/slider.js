// A slider over steps with its buttons. `show` gets each place that is chosen; `labels` gives, in time, what all are called.
// The step that was chosen is in the address, as `<id of the card>.step`.
(function () {
  "use strict";
  const short = (/** @type {string} */ label) => label.replace(/^step | of [^,]+/g, "");

  runpages.slider = function (card, show, labels) {
    const slider = card.querySelector(".steps input");
    const key = card.id + ".step";
    const usual = slider ? Number(slider.defaultValue) : 0;
    let at = usual;

    /** @type {any} */
    let shown;

    /** @param {number} to */
    async function paint(to) {
      try {
        await show(to);
        const label = (await labels())[to];
        if (at !== to) return;
        slider.value = to;
        slider.style.setProperty("--filled", (100 * to) / slider.max + "%");
        slider.setAttribute("aria-valuetext", label);
        card.querySelector(".steps output").textContent = label;
        runpages.urlState(key, to === usual ? null : short(label));
        // The page was renewed: the new card shows what was chosen.
        if (!card.isConnected) dispatchEvent(new Event("statechange"));
      } catch (error) {
        runpages.announce(error.message);
      }
    }

    // It is done when the place is shown.
    /** @param {number} wanted */
    function go(wanted) {
      const to = slider ? Math.max(0, Math.min(wanted, Number(slider.max))) : at;
      if (to !== at) {
        at = to;
        shown = paint(to);
      }
      return shown;
    }

    /** @param {any} [event] */
    async function restore(event) {
      // Going back waits for what was chosen to be written.
      if (event?.detail === false) await shown;
      const wanted = runpages.urlState().get(key);
      if (!card.isConnected || (wanted === null && at === usual)) return;
      try {
        const found = (await labels()).findIndex((label) => short(label) === wanted);
        go(wanted === null ? usual : found < 0 ? at : found);
      } catch (error) {
        runpages.announce(error.message);
      }
    }

    card.addEventListener("click", function (event) {
      const by = event.target.closest("[data-by]");
      if (by) go(at + Number(by.dataset.by));
    });
    if (slider) {
      slider.addEventListener("input", () => go(Number(slider.value)));
      addEventListener("statechange", restore);
      // It may have been moved before this script was there.
      if (Number(slider.value) === usual) restore();
      else go(Number(slider.value));
    }
    return { go, at: () => at };
  };
})();
