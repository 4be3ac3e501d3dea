// The table of a run's children: their status and metrics, which the index of the experiment has.
(function () {
  "use strict";
  const { make } = runpages;
  const root = document.documentElement.dataset.root;

  // The shapes of statuses, as icons.html.jinja has them.
  /** @type {Record<string, string>} */
  const SHAPES = {
    completed: '<circle cx="8" cy="8" r="6.25"/><path d="m5.25 8.25 2 2 3.5-4"/>',
    running: '<path d="M8 1.75A6.25 6.25 0 1 1 1.75 8"/><circle class="dot" cx="8" cy="8" r="2"/>',
    queued: '<circle cx="8" cy="8" r="6.25"/><path d="M8 4.5V8l2.25 1.5"/>',
    failed: '<circle cx="8" cy="8" r="6.25"/><path d="m5.75 5.75 4.5 4.5m0-4.5-4.5 4.5"/>',
    canceled: '<circle cx="8" cy="8" r="6.25"/><path d="m12.25 3.75-8.5 8.5"/>',
    silent: '<path d="M8 2.25 14.25 13.5H1.75zM8 6.5v3.25"/><circle class="dot" cx="8" cy="11.6" r=".8"/>',
    unknown: '<circle cx="8" cy="8" r="6.25" stroke-dasharray="1.6 2.33"/>',
  };

  /** @param {string} kind @param {string} word */
  function state(kind, word) {
    const shape = SHAPES[kind];
    const made = make("span", { className: "status", innerHTML: shape ? runpages.icon(shape, "s " + kind) : "" });
    made.append(word);
    return made;
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
    const rows = table.rows.map(function (/** @type {[number, string[]]} */ [at, values]) {
      const link = make("a", { href: root + runs.folder + runs.page[at], dir: "auto", textContent: runs.title[at] });
      const cells = [make("th", { scope: "row" }, link), make("td", {}, state(runs.kind[at], runs.status[at])), cell(runs.took[at])];
      return make("tr", {}, ...cells, ...values.map(cell));
    });
    const column = (/** @type {string} */ textContent, look = "") => make("th", { scope: "col", className: look, textContent });
    const mean = make("th", { scope: "row", colSpan: 3, title: "Of completed child runs; the deviation divides by n − 1", textContent: "Mean ± standard deviation (n − 1)" });
    const count = make("span", { className: "count", textContent: table.rows.length + (table.rest && ", " + table.rest) });
    const card = make("div", { className: "card scroll", role: "group", tabIndex: 0 }, make("table", { className: "table" },
      make("thead", {}, make("tr", {}, column("Run"), column("Status"), column("Duration", "n"), ...table.heads.map(head))),
      make("tbody", {}, ...rows),
      make("tfoot", {}, make("tr", {}, mean, ...table.means.map(cell)))));
    for (const node of [section, card]) node.setAttribute("aria-labelledby", "h-children");
    section.replaceChildren(make("div", { className: "head" }, make("h2", { id: "h-children", textContent: "Child runs" }), count), card);
    section.hidden = false;
    document.querySelector("#overview > .empty")?.remove();
    const entry = document.getElementById("rail-children");
    entry.hidden = false;
    entry.querySelector(".count").textContent = table.rows.length;
    dispatchEvent(new Event("filled"));
    return undefined;
  };
})();
