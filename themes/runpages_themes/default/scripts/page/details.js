// What a link points at is never folded away, and paper has everything open.
(function () {
  "use strict";
  /** @type {Found[]} */
  let opened = [];

  function target() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // A hash that is no URL text is taken as it stands.
    }
    const found = id && document.getElementById(id);
    for (let fold = found && found.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
  }

  addEventListener("hashchange", target);
  addEventListener("beforeprint", function () {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", function () {
    for (const fold of opened) fold.open = false;
  });
  target();
})();
