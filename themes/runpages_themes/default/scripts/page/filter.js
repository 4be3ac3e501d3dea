// Long lists of names and values, such as parameters and packages, get a field that leaves the rows with all its words.
(function () {
  "use strict";
  runpages.each(".columns > div .more-of", function (rest) {
    const list = rest.closest(".columns > div");
    if (list.querySelector("input")) return;
    const title = list.querySelector("h2").textContent;
    const ariaLabel = "Filter " + title.toLowerCase();
    const field = runpages.make("input", { type: "search", placeholder: ariaLabel, autocomplete: "off", spellcheck: false, ariaLabel });
    list.querySelector("h2").after(runpages.make("label", { className: "field small" }, field));
    field.addEventListener("input", function () {
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
      if (terms.length) rest.open = true;
    });
  });
})();
