// A slider over steps with its buttons. `show` gets each place that is chosen, and gives, in time, what it is called.
(function () {
  "use strict";
  runpages.slider = function (card, show) {
    const slider = card.querySelector(".steps input");
    let at = slider ? Number(slider.defaultValue) : 0;

    /** @param {number} to */
    async function go(to) {
      if (!slider || to === at) return;
      at = Math.max(0, Math.min(to, Number(slider.max)));
      try {
        const text = await show(at);
        slider.value = at;
        slider.style.setProperty("--filled", (100 * at) / slider.max + "%");
        slider.setAttribute("aria-valuetext", text);
        card.querySelector(".steps output").textContent = text;
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
      // It may have been moved before this script was there.
      go(Number(slider.value));
    }
    return { go, at: () => at };
  };
})();
