// All runs of an experiment in the place of the newest: they come shard by shard, and are there at once.
(function () {
  "use strict";
  const { runShards } = runpages;
  /** @param {string} kind @param {any} detail */
  const tell = (kind, detail = null) => document.dispatchEvent(new CustomEvent(kind, { detail }));

  // Make a model one of all runs of another.
  /** @param {RunsModel} model @param {RunsModel} of @param {(rows: number) => void} onCome */
  async function grow(model, { facts, runs, columns, known, whole }, onCome = () => {}) {
    Object.assign(model, { facts, columns, known, whole });
    model.runs = await runShards.whole(runs, "", onCome);
    model.count = whole;
    await model.relate();
  }

  // How many runs have come; 0 where none are to come.
  /** @param {RunsModel} model @param {number} rows @param {string} failure */
  function come(model, rows, failure = "") {
    Object.assign(runpages.runsGrowth, { coming: rows, failure });
    tell("runs-coming");
  }

  /** @param {RunsModel} model @returns {Promise<boolean>} */
  async function grown(model) {
    const { runs } = model;
    const next = new (/** @type {any} */ (model).constructor)(model.section);
    try {
      come(model, model.count);
      await grow(next, model, (rows) => come(model, rows));
      // More may be asked for meanwhile.
      for (let needs; (needs = model.used().filter(({ key, aggregate }) => !next.values(key, aggregate))).length;) await next.loadAll(needs);
    } catch (error) {
      come(model, 0, /** @type {Error} */ (error).message);
      throw error;
    }
    // The site was built anew.
    if (runs !== model.runs) return model.count === model.whole || grown(model);
    Object.assign(model, { runs: next.runs, count: next.count, loading: next.loading, loaded: next.loaded, parents: next.parents });
    model.order();
    come(model, 0);
    tell("runs-renewed", (/** @type {number} */ row) => row);
    tell("runs-shown");
    return true;
  }

  /** @type {Promise<boolean> | null} */
  let growing = null;
  runpages.runsGrowth = {
    coming: 0,
    failure: "",
    grow,
    complete(model) {
      growing ||= grown(model).finally(() => { growing = null; });
      return growing;
    },
  };
})();
