// Saved views of the runs, which the settings have, as tabs.
(function () {
  "use strict";
  const { make, runsTable } = runpages;
  const same = (/** @type {any} */ one, /** @type {any} */ other) => JSON.stringify(one) === JSON.stringify(other);

  // What a view asks of the model; what it leaves out is as usual.
  /** @param {any} state */
  function choices({ query = "", sort = [], columns = [], group = [] }) {
    const found = columns.flatMap((/** @type {string} */ key) => runsTable.parted(key) || []);
    const title = runsTable.parted("run:title");
    return {
      query,
      sort: sort.flatMap(function (/** @type {string} */ key) {
        const shown = runsTable.parted(key.replace(/^-/, ""));
        return shown ? [{ key: shown.key, aggregate: shown.aggregate, down: key.startsWith("-") }] : [];
      }),
      columns: found.length ? [title, ...found.filter((/** @type {RunShown} */ one) => one.key !== "run:title")] : runsTable.usualColumns,
      group,
    };
  }

  runpages.runsViews = function (table) {
    const place = table.section.querySelector(".run-views");
    const { views } = runsTable.facts;
    if (!views.length) return;
    const tabs = [{ name: "All runs", state: {} }, ...views].map(({ name, state }) => {
      const wanted = choices(state);
      const button = make("button", { type: "button", textContent: name });
      button.addEventListener("click", function () {
        runsTable.setColumns(wanted.columns);
        runsTable.setGroup(wanted.group);
        runsTable.setRows(wanted.query, wanted.sort);
      });
      return { button, wanted };
    });
    place.replaceChildren(...tabs.map(({ button }) => button));
    place.hidden = false;

    function mark() {
      const now = { query: runsTable.query.trim(), sort: runsTable.sort, columns: runsTable.chosen, group: runsTable.groupBy };
      for (const { button, wanted } of tabs) button.ariaPressed = String(same(now, wanted));
    }
    for (const kind of ["runs-shown", "runs-columns", "runs-grouped"]) document.addEventListener(kind, mark);
    mark();
  };
})();
