// Keys of the table of runs: `j` and `k` go through the rows, `x` ticks, Enter opens.
(function () {
  "use strict";
  const { runsTable } = runpages;
  const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

  // Bring a row into view and give it the focus.
  /** @param {any} table @param {number} at */
  function focus(table, at) {
    const { region, rows } = table;
    // Groups are shown in its place.
    if (!region.clientHeight) return;
    table.current = Math.min(Math.max(at, 0), runsTable.shown.length - 1);
    const below = table.current * rows.height;
    if (!table.drawn(table.current)) {
      region.scrollTop = below;
      if (region.scrollHeight <= region.clientHeight + 1) scrollBy(0, region.getBoundingClientRect().top + below - innerHeight / 2);
      table.draw();
    }
    const node = table.drawn(table.current);
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: "nearest" });
  }

  runpages.runsKeys = function (table) {
    table.table.addEventListener("focusin", function (/** @type {Happening} */ event) {
      const index = event.target.closest("tbody tr")?.getAttribute("aria-rowindex");
      if (index) table.current = Number(index) - 2;
    });

    /** @type {Record<string, (event: Happening) => void>} */
    const acts = {
      j: () => focus(table, table.current + 1),
      k: () => focus(table, table.current - 1),
      x() {
        const row = runsTable.shown[table.current];
        if (row !== undefined) runsTable.tick(row, !runsTable.ticked.has(row));
      },
    };
    addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      if (event.key === "Enter" && event.target.matches(".runs tbody tr")) event.target.querySelector("th a").click();
      else if (acts[event.key] && runpages.stored("keys") !== "off" && !event.target.closest(FIELDS)) acts[event.key](event);
      else return;
      event.preventDefault();
    });
  };
})();
