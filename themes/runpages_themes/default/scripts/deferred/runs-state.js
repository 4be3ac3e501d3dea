// What the reader chose of the runs is in the address, by the names that a query has for columns:
// `#runs?runs.query=lr:0.1&runs.sort=-val/accuracy,seed&runs.columns=*lr,mse.last~120&runs.group=lr`.
(function () {
  "use strict";
  const { runFilter } = runpages;
  const TITLE = "run:title";  // It is the first column, and written only with a width.

  // In a list of names a comma stands between two, `~` before a width, `-` before what goes down, `*` before what is pinned.
  const masked = (/** @type {string} */ name) => name.replace(/[%,~]|^[*-]/g, (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase());

  /** @param {string} text */
  function unmasked(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** @param {RunsModel} model */
  function names(model) {
    const { columns } = model;
    return {
      /** @param {RunNeed} need */
      of: ({ key, aggregate }) => masked(runFilter.nameOf(model.column(key), columns) + (aggregate === model.usual(key) ? "" : "." + aggregate)),
      // As in the settings, a metric may end with an aggregate: `loss.mean`.
      /** @param {string} text @returns {RunNeed | null} */
      need(text) {
        const name = unmasked(text);
        const [, metric, aggregate] = /^(.*)\.(last|min|max|mean|best)$/s.exec(name) || [];
        const found = metric && !columns.some((one) => one.name === name) && runFilter.named(metric, columns);
        return found && model.column(found.key).aggregates?.[aggregate] ? { key: found.key, aggregate } : runFilter.named(name, columns);
      },
    };
  }

  /** @param {string | null} text */
  const list = (text) => (text || "").split(",").filter(Boolean);

  /** @param {RunsModel} model */
  function reader(model) {
    const { need } = names(model);
    const asked = (/** @type {string} */ what) => runpages.urlState().get("runs." + what);
    return {
      query: () => asked("query") || "",
      sort: () => list(asked("sort")).flatMap(function (one) {
        const found = need(one.replace(/^-/, ""));
        return found ? [{ ...found, down: one.startsWith("-") }] : [];
      }),
      group: () => list(asked("group")).flatMap((one) => need(one)?.key || []),
      columns() {
        const chosen = list(asked("columns")).flatMap(function (one) {
          const [, pin, name, width] = /** @type {string[]} */ (/^(\*?)([^~]*)(?:~(\d+))?$/.exec(one) || []);
          const found = name && need(name);
          return found ? [{ ...found, isPinned: Boolean(pin), width: Number(width || 0) }] : [];
        });
        const title = chosen.find(({ key }) => key === TITLE) || { key: TITLE, aggregate: "", isPinned: false, width: 0 };
        return chosen.length ? [title, ...chosen.filter(({ key }) => key !== TITLE)] : model.usualColumns;
      },
    };
  }

  /** @param {RunsModel} model */
  function writer(model) {
    const { of } = names(model);
    const shown = (/** @type {RunShown[]} */ all) => all.filter(({ key, width }) => key !== TITLE || width).map((one) => (one.isPinned ? "*" : "") + of(one) + (one.width ? "~" + one.width : "")).join();
    const keep = (/** @type {string} */ what, /** @type {string} */ value) => runpages.urlState("runs." + what, value || null);
    return {
      rows() {
        keep("query", model.query.trim());
        keep("sort", model.sort.map((one) => (one.down ? "-" : "") + of(one)).join());
      },
      columns: () => keep("columns", shown(model.chosen) === shown(model.usualColumns) ? "" : shown(model.chosen)),
      group: () => keep("group", model.groupBy.map((key) => of({ key, aggregate: model.usual(key) })).join()),
    };
  }

  // Give the model what the address asks for, now and when it changes, and keep in the address what is chosen.
  runpages.runsState = async function (model) {
    const [asks, keeps] = [reader(model), writer(model)];
    const text = (/** @type {any} */ value) => JSON.stringify(value);

    async function restore() {
      const [query, sort, group, columns] = [asks.query(), asks.sort(), asks.group(), asks.columns()];
      if (text(columns) !== text(model.chosen)) model.setColumns(columns);
      if (text(group) !== text(model.groupBy)) model.setGroup(group);
      if (query !== model.query.trim() || text(sort) !== text(model.sort)) await model.setRows(query, sort);
    }

    document.addEventListener("runs-shown", keeps.rows);
    document.addEventListener("runs-columns", keeps.columns);
    document.addEventListener("runs-grouped", keeps.group);
    addEventListener("statechange", restore);
    await restore();
  };
})();
