// Adds to what is compared: a run that the search finds or that lies near, or a group by its query.
(function () {
  "use strict";
  const { make, compare: comparison } = runpages;
  const { MOST, parted } = runpages.compareMembers;
  const root = document.documentElement.dataset.root || "";

  runpages.addMembers = function (/** @type {Found} */ input) {
    const list = make("ul", { className: "found", id: "add-found", role: "listbox", ariaLabel: "Runs", hidden: true });
    input.setAttribute("aria-controls", "add-found");
    input.after(list);

    /** @param {string} key */
    async function add(key) {
      input.value = "";
      list.hidden = true;
      if (comparison.asked.includes(key)) return runpages.announce("It is compared already");
      if (comparison.asked.length >= MOST) return runpages.announce("At most " + MOST + " are compared");
      await comparison.set([...comparison.asked, key], comparison.reference?.key);
      runpages.announce("Added " + comparison.all.at(-1)?.title);
      input.focus();
    }

    // What is found is added in place of being opened: a run, or an experiment, whose group needs a query.
    list.addEventListener("mousedown", (/** @type {Happening} */ event) => event.preventDefault());
    list.addEventListener("click", function (/** @type {Happening} */ event) {
      const link = event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      const key = String(link.getAttribute("href")).slice(root.length).replace(/^e\//, "").replace(/\.html$/, "");
      if (!key.endsWith("/index")) return add(key);
      input.value = key.replace(/\/index$/, "?");
      list.hidden = true;
      runpages.announce("Write a query after the question mark, and press Enter");
    });
    // A group is written as in the address.
    input.addEventListener("keydown", function (event) {
      const typed = parted(input.value.trim());
      if (event.key !== "Enter" || !typed?.query) return;
      event.stopImmediatePropagation();
      add(typed.key);
    });

    runpages.searchField(input, list);
    input.dispatchEvent(new Event("input"));
  };

  // A run alone is compared with the run before, the run after, or the best.
  /** @param {CompareMember} member @param {any} box */
  runpages.offerMembers = async function ({ key, runs: [run] }, box) {
    const base = root + run.page.replace(/[^/]+$/, "");
    const newest = await runpages.load(base + "runs.js");
    const page = run.page.slice(newest.folder.length);
    const runs = newest.shards ? await runpages.runShards.around(newest, base, page) : newest;
    const at = runs.page.indexOf(page);
    const metric = Object.keys(run.metrics).find((name) => runs.best[name]) || "";
    const [goal, , best] = runs.best[metric] || ["", 0, at];
    // The newest run comes first.
    const found = [[at + 1, "previous run"], [at - 1, "next run"], [best, "best run: " + (goal === "min" ? "lowest " : "highest ") + metric]];
    for (const [other, words] of found) {
      if (other < 0 || other >= runs.page.length || other === at) continue;
      const button = make("button", { type: "button", className: "button framed" }, make("bdi", { textContent: runs.title[other] }), " ", make("span", { className: "quiet", textContent: words }));
      button.addEventListener("click", () => comparison.set([key, (runs.folder + runs.page[other]).replace(/^e\/|\.html$/g, "")]));
      box.append(" ", button);
    }
  };
})();
