// What scripts find and make elements with, and how they tell a reader who hears the page.
(function () {
  "use strict";
  // Begin with each element that matches, also with those that come when the page is renewed or a section is filled.
  runpages.each = function (selector, begin) {
    const begun = new WeakSet();
    function look() {
      for (const node of document.querySelectorAll(selector)) {
        if (begun.has(node)) continue;
        begun.add(node);
        begin(node);
      }
    }
    for (const kind of ["renewed", "filled"]) addEventListener(kind, look);
    look();
  };
  runpages.make = function (tag, known, ...inner) {
    const made = /** @type {Found} */ (Object.assign(document.createElement(tag), known));
    made.append(...inner);
    return made;
  };
  runpages.announce = function (text) {
    document.getElementById("said").textContent = text;
  };
})();
