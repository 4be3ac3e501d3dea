// What a link points at is never folded away, and paper has everything open.
(function () {
  "use strict";
  /** @type {Found[]} */
  let opened = [];

  /** @param {boolean} isNew */
  function target(isNew) {
    let [id, query] = location.hash.slice(1).split("?");
    try {
      id = decodeURIComponent(id);
    } catch {
      // A hash that is no URL text is taken as it stands.
    }
    const found = id && document.getElementById(id);
    if (!found) return;
    for (let fold = found.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    // The browser scrolls to a place without a state only, and knows where the reader was before.
    if (isNew && query) found.scrollIntoView();
  }

  addEventListener("statechange", (event) => target(event.detail));
  addEventListener("beforeprint", function () {
    opened = [...document.querySelectorAll("details:not([open], [data-shown])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", function () {
    for (const fold of opened) fold.open = false;
  });
  // On a phone large groups of charts come folded, where the address has no other ones.
  const isPhone = matchMedia("(max-width: 699px)").matches;
  runpages.each("#metrics .group[open]", function (group) {
    if (isPhone && !runpages.urlState().has("fold")) group.open = group.querySelectorAll(".metric").length <= 12;
  });
  target(!history.state);
  history.replaceState(history.state || {}, "");
})();
