// A table that fits needs no scrolling region: it leaves the tab order, and its head sticks to the window.
(function () {
  "use strict";
  /** @param {Found} region */
  function fit(region) {
    const table = region.firstElementChild;
    const fits = table.scrollWidth <= region.clientWidth + 1;
    region.classList.toggle("fits", fits);
    if (fits && region.matches(".card")) region.removeAttribute("tabindex");
    else region.tabIndex = 0;
  }

  const observer = new ResizeObserver(function (entries) {
    for (const entry of entries) fit(/** @type {any} */ (entry.target));
  });
  runpages.each(".scroll.card", (region) => observer.observe(region));
})();
