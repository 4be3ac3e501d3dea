// The values that runs have, to filter by: a chip for each status, and a menu with those of tags and parameters.
(function () {
  "use strict";
  const { make, runsTable, runsTerms, runCells } = runpages;
  const MOST = 30;

  const isPressed = (/** @type {string} */ key, /** @type {string} */ value) => runsTerms.valuesOf(runsTable.query, key).some((one) => one.toLowerCase() === value.toLowerCase());
  const toggle = (/** @type {string} */ key, /** @type {string} */ value) => runsTable.setQuery(runsTerms.toggled(runsTable.query, key, value));

  /** @param {string} key */
  async function all(key) {
    await runsTable.complete();
    return runsTerms.counts(await runsTable.load(key), runsTable.count);
  }

  /** @param {string} key @param {string} value @param {number} count */
  function chip(key, value, count) {
    const made = make("button", { type: "button", className: "chip", ariaPressed: String(isPressed(key, value)) }, make("bdi", { textContent: value || "(empty)" }), " ", make("span", { className: "count", textContent: runCells.counted(count) }));
    made.addEventListener("click", () => {
      toggle(key, value);
      made.ariaPressed = String(made.ariaPressed !== "true");
    });
    return made;
  }

  // The values of a column, which are loaded when it is opened.
  /** @param {RunColumn} column */
  function facet(column) {
    const inner = make("div", { className: "chips" });
    const fold = make("details", {}, make("summary", {}, make("bdi", { textContent: runCells.nameOf(column) }), " ", make("span", { className: "quiet", textContent: column.kind === "tag" ? "tag" : "" })), inner);
    fold.addEventListener("toggle", async function () {
      if (!fold.open || inner.firstChild) return;
      inner.textContent = "Loading";
      const found = await all(column.key).catch((error) => runpages.announce(error.message));
      if (!found) return inner.replaceChildren();
      inner.replaceChildren(...found.slice(0, MOST).map(([value, count]) => chip(column.key, value, count)));
      if (found.length > MOST) inner.append(make("span", { className: "quiet", textContent: runCells.counted(found.length - MOST) + " further values: write " + column.name + ": in the filter" }));
    });
    return fold;
  }

  /** @param {any} table */
  function chips(table) {
    const all = [...table.section.querySelectorAll("[data-status]")];
    for (const one of all) one.addEventListener("click", () => toggle("run:status", one.dataset.status));
    return () => all.forEach(function (one) {
      const { status } = one.dataset;
      // While not all runs are loaded, the page says how many of all they are.
      if (runsTable.count === runsTable.whole) one.querySelector(".count").textContent = runCells.counted(runsTable.runs.status.reduce((/** @type {number} */ sum, /** @type {string} */ word) => sum + Number(word === status), 0));
      one.ariaPressed = String(isPressed("run:status", status));
    });
  }

  runpages.runsFacets = function (table) {
    const mark = chips(table);
    document.addEventListener("runs-shown", mark);
    mark();
    const button = table.section.querySelector("[data-runs-facets]");
    const menu = make("div", { className: "menu facets-menu", role: "group", ariaLabel: "Filter by tags and parameters" });
    const known = () => runsTable.columns.filter(({ kind, varies, count }) => kind === "tag" || (kind === "param" && (varies || count < runsTable.whole)));
    const offer = () => { button.hidden = !known().length; };
    document.addEventListener("runs-renewed", offer);
    offer();
    runpages.menu(button, menu, () => menu.replaceChildren(...known().map(facet)));
  };
})();
