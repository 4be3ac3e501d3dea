// What a card shows, as a text of the address: `points.box,val/loss,lr~log|opt:adam`. First the kind of chart with its
// options, then the columns by the names that a query has for them, each with its axis where that is chosen; after a bar
// the query of the card, if it has one.
(function () {
  "use strict";
  const { runFilter, runQuery } = runpages;
  /** @type {Record<string, { label: string, columns: string[], most?: number, flags: string[] }>} */
  const KINDS = {
    lines: { label: "Curves", columns: ["metric"], flags: ["time", "sd", "minmax"] },
    points: { label: "Metric over a value", columns: ["metric", "value"], flags: ["box"] },
    parallel: { label: "Parallel coordinates", columns: ["axis", "axis"], most: 12, flags: [] },
    grid: { label: "Grid of two parameters", columns: ["metric", "param", "param"], flags: [] },
    trend: { label: "Trend over time or commits", columns: ["metric"], flags: ["commit"] },
    association: { label: "Association with parameters", columns: ["metric"], flags: [] },
  };
  const RUNS = ["ticked", "all"];

  const masked = (/** @type {string} */ name) => name.replace(/[%,|]/g, encodeURIComponent).replace(/~/g, "%7E");

  /** @param {string} text */
  function unmasked(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  // The name that a query has for a column, or for a value of a metric: `last(val/loss)`.
  /** @param {RunNeed} need @param {RunsModel} model */
  function nameOf({ key, aggregate }, model) {
    const column = model.column(key);
    const [whole, name] = [runFilter.nameOf(column, model.columns), runQuery.spelled(column.name)];
    return aggregate === model.usual(key) ? whole : whole.slice(0, whole.length - name.length) + aggregate + "(" + name + ")";
  }

  /** @param {any} spec @param {RunsModel} model */
  function write({ kind, keys, flags, query }, model) {
    const known = [...KINDS[kind].flags, ...RUNS].filter((flag) => flags.has(flag));
    return [[kind, ...known].join("."), ...keys.map((/** @type {any} */ need) => masked(nameOf(need, model)) + (need.log ? "~" + need.log : ""))].join() + (query ? "|" + query : "");
  }

  // The card that a text asks for; null where it has no such columns.
  /** @param {string} text @param {RunsModel} model */
  function read(text, model) {
    const [chart] = text.split("|", 1);
    const [head, ...names] = chart.split(",");
    const [kind, ...flags] = head.split(".");
    const { columns, most = columns?.length } = KINDS[kind] || {};
    const keys = names.flatMap(function (one) {
      const [name, log] = one.split("~");
      const need = runFilter.named(unmasked(name), model.columns);
      return need ? [{ ...need, log: ["log", "linear"].includes(log) ? log : "" }] : [];
    });
    if (!columns || keys.length < columns.length || keys.length > (most || 0) || keys.length < names.length) return null;
    if (columns[0] === "metric" && !keys[0].key.startsWith("metric:")) return null;
    return { kind, keys, flags: new Set(flags), query: text.slice(chart.length + 1) };
  }

  runpages.runChartSpec = { KINDS, RUNS, nameOf, read, write };
})();
