// With which run the one of the page is compared: the run before, the run after, the best, or one to be chosen.
(function () {
  "use strict";
  const { make } = runpages;
  const main = document.getElementById("main");
  const root = document.documentElement.dataset.root;

  /** @param {any} runs @param {number} at */
  const keyOf = (runs, at) => (runs.folder + runs.page[at]).replace(/^e\//, "").replace(/\.html$/, "");

  runpages.each("button[data-member]", function (button) {
    const { compare, member } = button.dataset;
    const menu = make("div", { className: "menu run-choices", role: "group", ariaLabel: "Compare with" });

    // The newest run comes first in the index.
    /** @param {any} runs */
    function choices(runs) {
      const at = runs.page.indexOf(main.dataset.page);
      // The first tile has the main metric.
      const metric = document.querySelector("[data-metric]")?.dataset.metric || "";
      const [goal, , holder] = runs.best[metric] || ["", 0, at];
      const found = [{ name: "previous run", other: at + 1 }, { name: "next run", other: at - 1 }, { name: "best run: " + (goal === "min" ? "lowest " : "highest ") + metric, other: holder }];
      return found.filter(({ other }) => other >= 0 && other < runs.page.length && other !== at);
    }

    /** @param {string} name @param {string} title @param {string[]} keys */
    const item = (name, title, keys) => make("a", { className: "item", href: compare + "#runs=" + keys.join() }, make("bdi", { textContent: title }), make("span", { className: "note", textContent: name }));

    runpages.menu(button, menu, function () {
      const another = item("search for it there", "Another run…", [member]);
      menu.replaceChildren(another);
      runpages.load(root + main.dataset.runs).then(function (runs) {
        menu.replaceChildren(...choices(runs).map(({ name, other }) => item(name, runs.title[other], [member, keyOf(runs, other)])), another);
        menu.querySelector("a").focus();
      }, () => {});
    });
  });
})();
