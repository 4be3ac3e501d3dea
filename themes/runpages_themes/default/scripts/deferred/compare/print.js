// Paper has all sections whole, also those that were never in view. Data is loaded for that, which a browser does not wait
// for, so the usual key prints when all is there.
(function () {
  "use strict";
  const { compare: comparison } = runpages;

  async function whole() {
    comparison.isPrinted = true;
    const sections = /** @type {NodeListOf<Found>} */ (document.querySelectorAll(".compare-section:not([hidden])"));
    await Promise.all([...sections].map(comparison.draw));
  }

  matchMedia("print").addEventListener("change", function ({ matches }) {
    if (!matches) comparison.isPrinted = false;
    else if (!comparison.isPrinted) whole();
  });
  addEventListener("keydown", async function (event) {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    await whole();
    globalThis.print();
  });
})();
