// The menu of columns: which are shown, which value of a metric, which are pinned, and in which order.
(function () {
  "use strict";
  const { make, runsTable, runCells } = runpages;
  const MOST = 60;  // Names in a group at once; the field finds the others.
  const GROUPS = [["shown", "Shown"], ["metric", "Metrics"], ["param", "Parameters"], ["tag", "Tags"], ["run", "Run"]];
  const HIDDEN = ["run:title", "run:parent"];

  /** @param {string} key */
  const shownOf = (key) => runsTable.chosen.find((one) => one.key === key);

  // A column joins the last of its kind.
  /** @param {RunShown} shown */
  function add(shown) {
    const { kind } = runsTable.column(shown.key);
    const chosen = [...runsTable.chosen];
    const last = chosen.findLastIndex(({ key }) => runsTable.column(key).kind === kind && key !== "run:spark");
    chosen.splice(last < 0 || kind === "run" ? chosen.length : last + 1, 0, shown);
    runsTable.setColumns(chosen);
  }

  /** @param {string} key @param {Partial<RunShown>} more */
  function change(key, more) {
    runsTable.setColumns(runsTable.chosen.map((one) => (one.key === key ? { ...one, ...more } : one)));
  }

  /** @param {RunColumn} column */
  function aggregates(column) {
    const { aggregates: known, key, goal } = column;
    if (!known) return [];
    const now = shownOf(key)?.aggregate || runsTable.usual(key);
    // The best is the lowest or the highest, and named once.
    const names = Object.keys(known).filter((name) => name !== (known.best ? goal : ""));
    const options = names.map((name) => make("option", { value: name, textContent: name, selected: name === now }));
    const select = make("select", { ariaLabel: "Value of " + column.name }, ...options);
    select.addEventListener("change", () => shownOf(key) && change(key, { aggregate: select.value }));
    return [select];
  }

  /** @param {RunColumn} column */
  function pin(column) {
    const made = make("button", { type: "button", className: "button tiny pin", textContent: "Pin", ariaLabel: "Pin " + runCells.nameOf(column) });
    made.ariaPressed = String(Boolean(shownOf(column.key)?.isPinned));
    made.hidden = !shownOf(column.key);
    made.addEventListener("click", () => {
      const isPinned = !shownOf(column.key)?.isPinned;
      change(column.key, { isPinned });
      made.ariaPressed = String(isPinned);
    });
    return made;
  }

  /** @param {RunColumn} column @param {() => void} onChange */
  function item(column, onChange) {
    const { key } = column;
    const box = make("input", { type: "checkbox", checked: Boolean(shownOf(key)) });
    const chosen = aggregates(column);
    const pinned = pin(column);
    box.addEventListener("change", () => {
      if (box.checked) add({ .../** @type {RunShown} */ (runsTable.parted(key)), aggregate: chosen[0]?.value || runsTable.usual(key) });
      else runsTable.setColumns(runsTable.chosen.filter((one) => one.key !== key));
      pinned.hidden = !box.checked;
      onChange();
    });
    const name = runCells.nameOf(column);
    const made = make("li", {}, make("label", { title: name }, box, make("bdi", { textContent: name })), pinned, ...chosen);
    if (!box.checked) return made;
    box.setAttribute("aria-keyshortcuts", "Alt+ArrowUp Alt+ArrowDown");
    const grip = make("button", { type: "button", className: "grip", title: "Move " + name, ariaLabel: "Move " + name });
    grip.setAttribute("aria-keyshortcuts", "ArrowUp ArrowDown");
    made.append(grip);
    made.dataset.column = key;
    return made;
  }

  // The columns that are shown, but for the first, in the order in which the table has them.
  const shownColumns = () => runsTable.chosen.filter(({ key }) => !HIDDEN.includes(key)).sort((one, other) => Number(other.isPinned) - Number(one.isPinned));

  // Put the column of an item at another place among those that are shown.
  /** @param {Found} item @param {number} to */
  function moved(item, to) {
    const shown = shownColumns();
    const from = shown.findIndex(({ key }) => key === item.dataset.column);
    if (from < 0) return;
    shown.splice(to, 0, ...shown.splice(from, 1));
    runsTable.setColumns([...runsTable.chosen.filter(({ key }) => HIDDEN.includes(key)), ...shown]);
    runpages.announce(runCells.nameOf(runsTable.column(item.dataset.column)) + " is column " + (to + 2));
  }

  runpages.runsColumns = function (table) {
    const button = table.section.querySelector("[data-runs-columns]");
    const find = make("input", { type: "search", placeholder: "Find a column", ariaLabel: "Find a column" });
    const list = make("div", { className: "choices groups" });
    const count = make("span");
    const reset = make("button", { type: "button", className: "linklike", textContent: "Reset to default" });
    const menu = make("div", { className: "menu columns-menu", role: "group", ariaLabel: "Columns" },
      make("label", { className: "field" }, find), list, make("p", { className: "choice-foot" }, reset, count));
    const known = runsTable.columns.filter(({ key }) => !HIDDEN.includes(key));
    /** @type {Set<string>} */
    const unfolded = new Set();

    function tell() {
      const shown = runsTable.chosen.filter(({ key }) => !HIDDEN.includes(key)).length;
      count.textContent = shown + " of " + known.length + " shown";
    }

    // What all runs have in common is folded, until it is looked for.
    /** @param {string[]} group */
    function section([kind, label]) {
      const term = find.value.toLowerCase();
      const of = kind === "shown" ? shownColumns().map(({ key }) => runsTable.column(key)) : known.filter((one) => one.kind === kind && !shownOf(one.key));
      const found = of.filter((one) => runCells.nameOf(one).toLowerCase().includes(term));
      const isFolded = (/** @type {RunColumn} */ one) => !term && !one.varies && kind !== "shown" && !unfolded.has(kind);
      const rest = found.filter(isFolded).length;
      const items = found.filter((one) => !isFolded(one)).slice(0, MOST).map((one) => item(one, tell));
      if (rest) {
        const more = make("button", { type: "button", className: "linklike", textContent: rest + " with one value for all runs" });
        more.addEventListener("click", () => {
          unfolded.add(kind);
          show();
          list.querySelector("#columns-" + kind + " + ul input")?.focus();
        });
        items.push(make("li", {}, more));
      }
      if (!items.length) return [];
      const inner = make("ul", {}, ...items);
      if (kind === "shown" && !term) runpages.columnOrder(inner, moved);
      return [make("h3", { textContent: label, id: "columns-" + kind }), inner];
    }

    function show() {
      list.replaceChildren(...GROUPS.flatMap(section));
      list.classList.toggle("found-columns", Boolean(find.value));
      tell();
    }

    find.addEventListener("input", show);
    reset.addEventListener("click", () => {
      runsTable.setColumns(runsTable.usualColumns);
      show();
    });
    runpages.menu(button, menu, show);
    document.addEventListener("runs-columns", tell);
  };
})();
