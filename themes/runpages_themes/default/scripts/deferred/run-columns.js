// Where the values of a column of an experiment's runs are, and the values: one for each run.
(function () {
  "use strict";
  const { runValues, runCurves } = runpages;
  /** @type {Record<string, string>} */
  const IN_RUNS = { "run:title": "title", "run:id": "id", "run:status": "status", "run:number": "number", "run:started": "began" };

  const DEEPEST = 20;

  runpages.runColumn = {
    // The row of each child's parent; -1 for a run that is no child, or would be its own ancestor.
    parents(ids, parent) {
      const rows = new Map(ids.map((id, row) => /** @type {[string, number]} */ ([id, row])).reverse());
      const above = Int32Array.from(ids, (_, row) => (parent.missing(row) ? -1 : rows.get(parent.text(row)) ?? -1));
      const isLoop = (/** @type {number} */ row) => {
        let [at, steps] = [above[row], 0];
        while (at >= 0 && at !== row && steps++ < DEEPEST) at = above[at];
        return at >= 0;
      };
      return above.map((at, row) => (at >= 0 && isLoop(row) ? -1 : at));
    },

    place: (column, aggregate) => /** @type {RunPlace} */ (column.aggregates ? column.aggregates[aggregate] : column),

    // What the list of runs has as well comes from there. `base` is the folder of the experiment, from the page, and
    // `onCome` is called when there are more curves.
    async load(column, aggregate, runs, base, onCome) {
      const { key, type, floats, pieces, rows } = column;
      const { file, at } = this.place(column, aggregate);
      if (type === "sparks" && runs.older) return runpages.runShards.curves(column, runs, onCome);
      if (pieces) return new runCurves(pieces, rows, onCome);
      const own = runs[IN_RUNS[key]];
      if (!own) {
        const newest = new runValues((await runpages.load(base + file))[at], floats);
        return runs.older ? runpages.runShards.values(newest, column, aggregate, runs, base) : newest;
      }
      if (key === "run:number" || key === "run:started") return new runValues({ numbers: own });
      const known = new Map();
      const isNone = (/** @type {number} */ row) => key === "run:status" && runs.kind[row] === "none";
      const places = Int32Array.from(own, (word, row) => {
        if (isNone(row)) return -1;
        if (!known.has(word)) known.set(word, known.size);
        return known.get(word);
      });
      return new runValues({ words: [...known.keys()], places });
    },
  };
})();
