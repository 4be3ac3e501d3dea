// The runs of an experiment that a query leaves, which are compared as a group.
(function () {
  "use strict";
  const { runQuery, runFilter, runColumn } = runpages;
  const root = document.documentElement.dataset.root || "";

  // The addresses of their pages, from the root of the site. A broken promise says why there are none.
  runpages.compareGroup = async function (folder, query) {
    const base = root + "e/" + folder + "/";
    const [facts, runs] = await Promise.all([runpages.load(base + "columns.js"), runpages.load(base + "runs.js")]);
    const filter = runFilter.compiled(runQuery.parse(query).tree, facts.columns);
    const named = (/** @type {RunNeed} */ { key, aggregate }) => key + " " + aggregate;
    const known = new Map(await Promise.all(runFilter.needs(filter).map(async function (need) {
      const column = facts.columns.find((/** @type {RunColumn} */ one) => one.key === need.key);
      const values = await runColumn.load(column, runColumn.place(column, need.aggregate), runs, base, () => {});
      return /** @type {[string, RunValues]} */ ([named(need), values]);
    })));
    const hits = runFilter.hits(filter, facts.count, (need) => /** @type {RunValues} */ (known.get(named(need))));
    const pages = runs.page.filter((/** @type {string} */ _, /** @type {number} */ row) => hits[row]);
    const pair = facts.columns.find((/** @type {RunColumn} */ { key }) => key === facts.pair_by);
    return { runs: pages.map((/** @type {string} */ page) => runs.folder + page), pairBy: pair ? pair.name : null };
  };
})();
