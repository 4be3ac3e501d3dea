// Before the first paint: the reader's choice of theme, if there is one. Everything else waits.
(function () {
  "use strict";
  const root = document.documentElement;
  try {
    const choice = localStorage.getItem("runpages-" + root.dataset.site + ".theme");
    if (choice === "light" || choice === "dark") {
      root.dataset.theme = root.dataset.choice = choice;
    }
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
