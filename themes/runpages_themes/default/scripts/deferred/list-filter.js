// The field of long lists of names and values, such as parameters and packages: it leaves the rows and lines with all its words.
(function () {
  "use strict";
  const { make } = runpages;
  runpages.each(".columns > div:has(.more-of)", function (list) {
    const label = "Filter " + list.id;
    const field = /** @type {any} */ (make("input", { type: "search", placeholder: label, ariaLabel: label, autocomplete: "off", spellcheck: false }));
    field.dataset.state = "filter";
    list.querySelector("h2").after(make("label", { className: "field small" }, field));
    const lines = list.querySelector(".more-of > pre");
    const all = lines ? lines.textContent.split("\n") : [];
    function filter() {
      const terms = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...list.querySelectorAll(".kv > div")];
      const depth = (/** @type {any} */ row) => Number((row.querySelector("dt").className.match(/d(\d)/) || [0, 0])[1]);
      // A group stays with what is left in it, and what is in a group is found by its name.
      /** @type {string[]} */
      let path = [];
      const texts = rows.map(function (row) {
        path = path.slice(0, depth(row));
        path.push(row.querySelector("dt").textContent);
        return (path.join(".") + " " + row.querySelector("dd").textContent).toLowerCase();
      });
      const hit = texts.map((text) => terms.every((/** @type {string} */ term) => text.includes(term)));
      rows.forEach(function (row, at) {
        const end = rows.findIndex((other, place) => place > at && depth(other) <= depth(row));
        const inner = rows.slice(at + 1, end < 0 ? rows.length : end).some((_, place) => hit[at + 1 + place]);
        row.hidden = !hit[at] && !(row.querySelector("dt.group") && inner);
      });
      if (lines) lines.textContent = all.filter((/** @type {string} */ line) => terms.every((term) => line.toLowerCase().includes(term))).join("\n");
      if (terms.length) list.querySelector(".more-of").open = true;
    }
    field.addEventListener("input", filter);
  });
})();
