// The table of a run's children: their status and metrics, which the index of the experiment has.
(function () {
  "use strict";
  const { make } = runpages;
  const root = document.documentElement.dataset.root;

  /** @param {any} runs @param {number} at */
  function state(runs, at) {
    const span = make("span", { className: "status" });
    const symbol = document.getElementById("i-" + runs.kind[at]);
    if (symbol) {
      const made = (/** @type {string} */ tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
      const svg = made("svg");
      svg.setAttribute("class", "i s " + runs.kind[at]);
      svg.appendChild(made("use")).setAttribute("href", "#" + symbol.id);
      span.append(svg);
    }
    span.append(runs.status[at]);
    return span;
  }

  /** @param {string} textContent */
  const cell = (textContent) => make("td", { className: "n", textContent });

  /** @param {string[]} names */
  function head([name, label]) {
    const parts = [make("bdi", { textContent: name }), make("span", { className: "sub", textContent: label })];
    return make("th", { scope: "col", className: "n" }, ...parts);
  }

  runpages.childRuns = function (runs, parent, show) {
    if (runs.shards) return runpages.runShards.around(runs, root + runs.folder, document.getElementById("main").dataset.page).then(show).catch(() => {});
    const table = runs.children[parent];
    const section = document.getElementById("children");
    for (const old of section.querySelectorAll("tbody tr, thead th:nth-child(n + 4), tfoot td")) old.remove();
    section.querySelector("thead tr").append(...table.heads.map(head));
    section.querySelector("tfoot tr").append(...table.means.map(cell));
    for (const [at, values] of table.rows) {
      const link = make("a", { href: root + runs.folder + runs.page[at], dir: "auto", textContent: runs.title[at] });
      const cells = [make("th", { scope: "row" }, link), make("td", {}, state(runs, at)), cell(runs.took[at])];
      section.querySelector("tbody").append(make("tr", {}, ...cells, ...values.map(cell)));
    }
    section.hidden = false;
    document.querySelector("#overview > .empty")?.remove();
    const entry = document.getElementById("rail-children");
    entry.hidden = false;
    section.querySelector(".count").textContent = table.rows.length + (table.rest && ", " + table.rest);
    entry.querySelector(".count").textContent = table.rows.length;
    return undefined;
  };
})();
