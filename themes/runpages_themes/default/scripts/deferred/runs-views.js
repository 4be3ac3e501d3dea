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

  // The charts of a view are in the address, where the cards find them.
  /** @param {string[]} charts */
  function showCharts(charts) {
    charts.forEach((text, at) => runpages.urlState("charts." + (at + 1), text));
    document.dispatchEvent(new CustomEvent("statechange", { bubbles: true }));
  }

  runpages.runsViews = function (table) {
    const place = table.section.querySelector(".run-views");
    const { views } = runsTable.facts;
    if (!views.length) return;
    const tabs = [{ name: "All runs", state: {} }, ...views].map(({ name, state }) => {
      const wanted = choices(state);
      const button = make("button", { type: "button", textContent: name });
      button.addEventListener("click", async function () {
        runsTable.setColumns(wanted.columns);
        runsTable.setGroup(wanted.group);
        await runsTable.setRows(wanted.query, wanted.sort);
        if (state.charts) showCharts(state.charts);
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
