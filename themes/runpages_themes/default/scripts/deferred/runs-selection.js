// Ticked runs: boxes, a range with Shift, all that are shown; a bar says how many, and what can be done with them.
(function () {
  "use strict";
  const { make, runsTable } = runpages;
  const DOTS = 8;
  // That the page of comparisons takes.
  const MOST = 50;

  /** @param {any} table */
  function boxes(table) {
    const all = make("input", { type: "checkbox", ariaLabel: "Select all shown runs" });
    table.head.cells[0].replaceChildren(all);
    let anchor = -1;

    function mark() {
      const count = runsTable.shown.reduce((sum, row) => sum + Number(runsTable.ticked.has(row)), 0);
      all.checked = count > 0 && count === runsTable.shown.length;
      all.indeterminate = count > 0 && !all.checked;
    }
    all.addEventListener("change", () => runsTable.tickAll(runsTable.shown, all.checked));

    table.table.addEventListener("click", function (/** @type {Happening} */ event) {
      const row = event.target.closest(".tick") ? table.rowOf(event.target) : -1;
      if (row < 0) return;
      const on = !runsTable.ticked.has(row);
      const at = runsTable.shown.indexOf(row);
      const [from, end] = event.shiftKey && anchor >= 0 ? [Math.min(anchor, at), Math.max(anchor, at)] : [at, at];
      runsTable.tickAll(runsTable.shown.slice(from, end + 1), on);
      anchor = at;
    });
    for (const kind of ["runs-ticked", "runs-shown"]) document.addEventListener(kind, mark);
    mark();
  }

  /** @param {string} textContent @param {() => void} act */
  function button(textContent, act, className = "button framed") {
    const made = make("button", { type: "button", className, textContent });
    made.addEventListener("click", act);
    return made;
  }

  // In the order of the table, also those that the query hides.
  function ticked() {
    const shown = [...runsTable.shown].filter((row) => runsTable.ticked.has(row));
    const isShown = new Set(shown);
    return [...shown, ...[...runsTable.ticked].filter((row) => !isShown.has(row))];
  }

  // As the page of comparisons names a run: by its folders, which need no quoting.
  /** @param {number} row */
  const keyOf = (row) => (runsTable.runs.folder + runsTable.runs.page[row]).replace(/^e\//, "").replace(/\.html$/, "");

  async function copy() {
    try {
      await navigator.clipboard.writeText(ticked().map((row) => runsTable.runs.id[row]).join("\n"));
      runpages.announce("Copied");
    } catch {
      runpages.announce("Copying was not allowed");
    }
  }

  runpages.runsSelection = function (table) {
    boxes(table);
    const count = make("b");
    const dots = make("span", { className: "dots", ariaHidden: "true" });
    const isPinned = () => ticked().every((row) => runsTable.pinned.includes(row));
    const pin = button("Pin", () => runsTable.pinAll(ticked(), !isPinned()));
    const compare = make("a", { className: "button primary", textContent: "Compare" });
    Object.assign(compare.dataset, { key: "c", does: "Compare the selected runs" });
    const bar = make("div", { className: "selection", role: "region", ariaLabel: "Selected runs", hidden: true },
      make("span", {}, count, " selected"), dots,
      button("Clear", () => runsTable.tickAll([...runsTable.ticked], false), "button"),
      pin,
      button("Copy ids", copy),
      button("CSV", () => runpages.runsExport.save("csv", ticked())));
    bar.append(compare);

    function show() {
      const rows = ticked();
      bar.hidden = !rows.length;
      const selected = runpages.runCells.counted(rows.length);
      count.textContent = selected;
      pin.textContent = isPinned() ? "Unpin" : "Pin";
      dots.replaceChildren(...rows.slice(0, DOTS).map((row) => make("i", { className: "dot-key s" + runsTable.color(row).index })));
      compare.textContent = "Compare " + selected;
      compare.title = rows.length < 2 ? "Select two or more" : rows.length > MOST ? "Select at most " + MOST : "";
      if (compare.title) compare.removeAttribute("href");
      else compare.href = table.section.dataset.compare + "#runs=" + rows.map(keyOf).join();
    }
    // Below the table, or below the groups that take its place.
    function place() {
      const groups = runsTable.groupBy.length && document.getElementById("groups");
      (groups ? groups.querySelector(".groups-card") : table.section.querySelector(".runs-card")).after(bar);
    }
    for (const kind of ["runs-ticked", "runs-shown"]) document.addEventListener(kind, show);
    document.addEventListener("runs-grouped", place);
    place();
    show();
  };
})();
