// The runs of an experiment that a query leaves, which are compared as a group.
(function () {
  "use strict";
  const { runQuery, runFilter, runColumn, runShards } = runpages;
  const root = document.documentElement.dataset.root || "";

  // The addresses of their pages, from the root of the site, and what loads them and those of their ancestors that are not
  // among them. A broken promise says why there are none.
  runpages.compareGroup = async function (folder, query) {
    const base = root + "e/" + folder + "/";
    const [facts, newest] = await Promise.all([runpages.load(base + "columns.js"), runpages.load(base + "runs.js")]);
    const runs = newest.shards ? await runShards.whole(newest, base) : newest;
    const filter = runFilter.compiled(runQuery.parse(query).tree, facts.columns);
    const named = (/** @type {RunNeed} */ { key, aggregate }) => key + " " + aggregate;
    const columnOf = (/** @type {string} */ key) => facts.columns.find((/** @type {RunColumn} */ one) => one.key === key);
    const load = (/** @type {RunColumn} */ column, aggregate = "") => runColumn.load(column, aggregate, runs, base, () => {});
    const known = new Map(await Promise.all(runFilter.needs(filter).map(async function (need) {
      return /** @type {[string, RunValues]} */ ([named(need), await load(columnOf(need.key), need.aggregate)]);
    })));
    const hits = runFilter.hits(filter, facts.count, (need) => /** @type {RunValues} */ (known.get(named(need))));
    const rows = [...hits.keys()].filter((row) => hits[row]);
    const isRelated = columnOf("run:parent")?.count;
    const parents = isRelated ? runColumn.parents(runs.id, await load(columnOf("run:parent"))) : [];
    const above = new Set();
    for (const row of rows) for (let at = parents[row]; at >= 0; at = parents[at]) if (!hits[at]) above.add(at);
    const pages = (/** @type {number[]} */ found) => found.map((row) => runs.folder + runs.page[row]);
    const pairBy = columnOf(facts.pair_by)?.name ?? null;
    return {
      runs: pages(rows),
      async load(runOf) {
        const [runs, others] = await Promise.all([rows, [...above]].map((found) => Promise.all(pages(found).map(runOf))));
        return { pairBy, runs, above: others };
      },
    };
  };
})();
