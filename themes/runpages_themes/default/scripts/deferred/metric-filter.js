// The filter of metrics: leaves those whose names have all its words. Gives what filters again, for a renewed page.
(function () {
  "use strict";
  runpages.metricFilter = function (section) {
    const field = section.querySelector("[data-filter]");
    function filter() {
      const terms = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const hit = (/** @type {Found} */ node) => terms.every((/** @type {string} */ term) => node.dataset.name.toLowerCase().includes(term));
      let count = 0;
      for (const node of section.querySelectorAll("[data-name]")) {
        node.hidden = !hit(node);
        count += Number(!node.hidden);
      }
      for (const group of section.querySelectorAll("[data-group]")) {
        group.hidden = Boolean(terms.length) && !group.querySelector("[data-name]:not([hidden])");
      }
      section.querySelector("[data-none]").hidden = count > 0;
      runpages.announce(terms.length ? count + " metrics" : "");
    }
    const again = () => { if (field.value) filter(); };
    field.addEventListener("input", filter);
    again();
    return again;
  };
})();
