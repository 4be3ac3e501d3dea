// What scripts make elements with, and how they tell a reader who hears the page.
(function () {
  "use strict";
  runpages.make = function (tag, known, ...inner) {
    const made = Object.assign(document.createElement(tag), known);
    made.append(...inner);
    return made;
  };
  runpages.said = function (text) {
    document.getElementById("said").textContent = text;
  };
})();
