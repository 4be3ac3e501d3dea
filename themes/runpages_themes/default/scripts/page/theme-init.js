// Before the first paint: the reader's choice of theme, if there is one. Everything else waits.
(function () {
  "use strict";
  const root = document.documentElement;
  const key = "runpages-" + root.dataset.site + ".theme";

  function kept() {
    // Firefox has a store for each file of a disk, but one jar of cookies for all of them.
    const cookie = location.protocol === "file:" && document.cookie.split("; ").find((one) => one.startsWith(key + "="));
    return cookie ? cookie.slice(key.length + 1) : localStorage.getItem(key);
  }

  try {
    const choice = kept();
    if (choice === "light" || choice === "dark") {
      root.dataset.theme = root.dataset.choice = choice;
    }
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
