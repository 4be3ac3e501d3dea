// The field of long lists of names and values, such as parameters and packages: it leaves the rows and lines with all its words.
(function () {
  "use strict";
  const { make } = runpages;
  runpages.each(".columns > div:has(.more-of)", function (list) {
    const label = "Filter " + list.id;
    const field = /** @type {any} */ (make("input", { type: "search", placeholder: label, ariaLabel: label, autocomplete: "off", spellcheck: false }));
    field.dataset.state = "filter";
    list.querySelector("h2").after(make("label", { className: "field small" }, field));
    const lines = list.querySelector("pre");
    const all = lines && lines.textContent.split("\n");
    function filter() {
      const terms = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...list.querySelectorAll(".kv > div")];
      // A group stays with what is left in it, and what is in a group is found by its name.
      /** @type {string[]} */
      let path = [];
      const texts = rows.map(function (row) {
        path = path.slice(0, Number(row.querySelector("dt").className.slice(-1)) || 0);
        path.push(row.querySelector("dt").textContent);
        return path.join(".") + " " + row.querySelector("dd").textContent;
      });
      const holds = (/** @type {string} */ text) => terms.every((/** @type {string} */ term) => text.toLowerCase().includes(term));
      const hits = texts.filter(holds);
      rows.forEach(function (row, at) {
        const inner = texts[at].replace(/( group)?$/, ".");
        row.hidden = !hits.some((text) => text === texts[at] || text.startsWith(inner));
      });
      if (all) lines.textContent = all.filter(holds).join("\n");
      if (terms.length) list.querySelector(".more-of").open = true;
    }
    field.addEventListener("input", filter);
  });
})();
