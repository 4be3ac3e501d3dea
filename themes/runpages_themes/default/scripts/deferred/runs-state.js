// What the reader chose of the runs is in the address, by the names that a query has for columns:
// `#runs?runs.query=lr:0.1&runs.sort=-val/accuracy,seed&runs.columns=*lr,mse.last~120&runs.group=lr`; pinned and ticked
// runs by their ids.
(function () {
  "use strict";
  const { runFilter } = runpages;
  const { mask, unmask, parts } = runpages.addressList;
  const WIDEST = 2000;  // Pixels of a column, whatever an address asks for.
  const MOST = 100;  // Ticked runs that an address has: more would make it too long for what it is pasted into.
  const TITLE = "run:title";  // It is the first column, and written only with a width.

  /** @param {RunsModel} model */
  function names(model) {
    const { columns } = model;
    return {
      /** @param {RunNeed} need */
      of: ({ key, aggregate }) => mask(runFilter.nameOf(model.column(key), columns) + (aggregate === model.usual(key) ? "" : "." + aggregate)),
      // As in the settings, a metric may end with an aggregate: `loss.mean`.
      /** @param {string} text @returns {RunNeed | null} */
      need(text) {
        const name = unmask(text);
        const [, metric, aggregate] = /^(.*)\.(last|min|max|mean|best)$/s.exec(name) || [];
        const found = metric && !columns.some((one) => one.name === name) && runFilter.named(metric, columns);
        return found && model.column(found.key).aggregates?.[aggregate] ? { key: found.key, aggregate } : runFilter.named(name, columns);
      },
    };
  }

  /** @param {RunsModel} model */
  function reader(model) {
    const { need } = names(model);
    const asked = (/** @type {string} */ what) => runpages.urlState().get("runs." + what);
    return {
      query: () => asked("query") || "",
      sort: () => parts(asked("sort")).flatMap(function (one) {
        const found = need(one.replace(/^-/, ""));
        return found ? [{ ...found, down: one.startsWith("-") }] : [];
      }),
      group: () => parts(asked("group")).flatMap((one) => need(one)?.key || []),
      ids: (/** @type {"pinned" | "ticked"} */ what) => parts(asked(what)).map(unmask),
      columns() {
        const chosen = parts(asked("columns")).flatMap(function (one) {
          const [, pin, name, width] = /** @type {string[]} */ (/^(\*?)([^~]*)(?:~(\d+))?$/.exec(one) || []);
          const found = name && need(name);
          return found ? [{ ...found, isPinned: Boolean(pin), width: Math.min(Number(width || 0), WIDEST) }] : [];
        });
        const title = chosen.find(({ key }) => key === TITLE) || /** @type {RunShown} */ (model.parted(TITLE));
        return chosen.length ? [title, ...chosen.filter(({ key }) => key !== TITLE)] : model.usualColumns;
      },
    };
  }

  /** @param {RunsModel} model */
  function writer(model) {
    const { of } = names(model);
    const shown = (/** @type {RunShown[]} */ all) => all.filter(({ key, width }) => key !== TITLE || width).map((one) => (one.isPinned ? "*" : "") + of(one) + (one.width ? "~" + one.width : "")).join();
    const keep = (/** @type {string} */ what, /** @type {string} */ value) => runpages.urlState("runs." + what, value || null);
    const listed = (/** @type {number[]} */ rows) => rows.map((row) => mask(model.runs.id[row])).join();
    return {
      rows() {
        keep("query", model.query.trim());
        keep("pinned", listed(model.pinned));
        keep("sort", model.sort.map((one) => (one.down ? "-" : "") + of(one)).join());
      },
      columns: () => keep("columns", shown(model.chosen) === shown(model.usualColumns) ? "" : shown(model.chosen)),
      ticks: () => keep("ticked", model.ticked.size > MOST ? "" : listed([...model.ticked])),
      group: () => keep("group", model.groupBy.map((key) => of({ key, aggregate: model.usual(key) })).join()),
    };
  }

  // Whether a run may be among those that are not loaded. The first and last ids of their shards are those of Python,
  // which orders characters beyond U+D800 in another way.
  /** @param {RunsModel} model @param {string} id */
  function mayBeOlder({ runs, count, whole }, id) {
    return count < whole && runs.shards.some((/** @type {any} */ { ids: [least, most] }) => /[\ud800-\uffff]/.test(id) || (least <= id && id <= most));
  }

  // Give the model what the address asks for, now and when it changes, and keep in the address what is chosen.
  runpages.runsState = async function (model) {
    const [asks, keeps] = [reader(model), writer(model)];
    const text = (/** @type {any} */ value) => JSON.stringify(value);

    async function restore() {
      const [query, sort, group, columns, pins, ticks] = [asks.query(), asks.sort(), asks.group(), asks.columns(), asks.ids("pinned"), asks.ids("ticked")];
      const lost = () => [...pins, ...ticks].filter((id) => !model.runs.id.includes(id));
      let problem = "";
      if (lost().some((id) => mayBeOlder(model, id))) await model.complete().catch(({ message }) => { problem = message; });
      if (lost().length) runpages.announce(problem || "No run has the id " + lost().join(", "));
      const rows = (/** @type {string[]} */ ids) => ids.map((id) => model.runs.id.indexOf(id)).filter((row) => row >= 0);
      const [pinned, ticked] = [rows(pins), rows(ticks)];
      if (model.ticked.size <= MOST && text(ticked) !== text([...model.ticked])) {
        model.ticked.clear();
        model.tickAll(ticked, true);
      }
      if (text(columns) !== text(model.chosen)) model.setColumns(columns);
      if (text(group) !== text(model.groupBy)) model.setGroup(group);
      if (query !== model.query.trim() || text(sort) !== text(model.sort)) {
        model.pinned = pinned;
        await model.setRows(query, sort);
      } else if (text(pinned) !== text(model.pinned)) model.setPinned(pinned);
    }

    document.addEventListener("runs-shown", keeps.rows);
    document.addEventListener("runs-ticked", keeps.ticks);
    document.addEventListener("runs-columns", keeps.columns);
    document.addEventListener("runs-grouped", keeps.group);
    // The table shows what there is.
    const restored = () => restore().catch(function (error) {
      runpages.announce(error.message);
      model.setPinned(model.pinned);
    });
    addEventListener("statechange", restored);
    await restored();
  };
})();
