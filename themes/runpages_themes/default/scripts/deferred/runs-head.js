// The heads of the table of runs: a press sorts, best first; they are dragged or moved by keys to another place, and to
// another width.
(function () {
  "use strict";
  const { make, runsTable, runCells } = runpages;
  const { idOf } = runpages.runFilter;
  const STEP = 8;
  const NARROWEST = 40;
  const ENDS = ["pointerup", "pointercancel"];
  const FAR = 5;  // Pixels from which a press is a drag.

  // The direction of a first press: the best first, else the newest time, the largest number of a metric, the first text.
  /** @param {RunShown} shown */
  function isDown({ key, aggregate }) {
    const { goal } = runsTable.column(key);
    if (goal && ["best", "last", "mean", goal].includes(aggregate)) return goal === "max";
    return key === "run:started" || aggregate === "max";
  }

  // A press sorts, another turns, a third takes the order away. With Shift the column is a further one.
  /** @param {RunShown} shown @param {boolean} isFurther */
  function sort(shown, isFurther) {
    const { key, aggregate } = shown;
    const first = isDown(shown);
    const before = runsTable.sort.find((one) => idOf(one) === idOf(shown));
    const others = isFurther ? runsTable.sort : [];
    const next = !before ? [{ key, aggregate, down: first }] : before.down === first ? [{ ...before, down: !first }] : [];
    if (!isFurther) return runsTable.setSort(next);
    return runsTable.setSort(before ? others.flatMap((one) => (one === before ? next : [one])) : [...others, ...next]);
  }

  // The columns with one of them before another.
  /** @param {number} from @param {number} to */
  function moved(from, to) {
    const chosen = [...runsTable.chosen];
    chosen.splice(to, 0, ...chosen.splice(from, 1));
    return chosen;
  }

  /** @param {RunShown} shown */
  const placeOf = (shown) => runsTable.chosen.findIndex((one) => idOf(one) === idOf(shown));

  /** @param {RunShown} shown @param {number} by */
  function move(shown, by) {
    const from = placeOf(shown);
    const to = Math.min(Math.max(from + by, 1), runsTable.chosen.length - 1);
    if (to === from) return;
    runsTable.setColumns(moved(from, to));
    runpages.announce(runCells.nameOf(runsTable.column(shown.key)) + " is column " + (to + 1));
  }

  /** @param {RunShown} shown @param {number} width */
  function resize(shown, width) {
    runsTable.setColumns(runsTable.chosen.map((one) => (placeOf(one) === placeOf(shown) ? { ...one, width: Math.round(Math.max(width, NARROWEST)) } : one)));
  }

  /** @param {any} table @param {RunShown} shown @param {Happening} event */
  function pressed(table, shown, event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !(event.altKey || event.shiftKey)) return;
    event.preventDefault();
    if (event.altKey) move(shown, way);
    else resize(shown, table.widthOf(shown) + way * STEP);
    table.head.querySelector(`[data-column="${CSS.escape(idOf(shown))}"] .sort`)?.focus();
  }

  // Follow the pointer from a press until it is let go.
  /** @param {Found} node @param {(by: number, event: Happening) => void} onMove @param {() => void} onEnd */
  function drag(node, onMove, onEnd) {
    node.addEventListener("pointerdown", function (event) {
      if (event.button || (event.target.matches(".edge") && event.target !== node)) return;
      const from = event.clientX;
      const follow = (/** @type {Happening} */ next) => onMove(next.clientX - from, next);
      const end = () => {
        removeEventListener("pointermove", /** @type {any} */ (follow));
        for (const kind of ENDS) removeEventListener(kind, end);
        onEnd();
      };
      addEventListener("pointermove", follow);
      for (const kind of ENDS) addEventListener(kind, end);
    });
  }

  /** @param {any} table @param {RunShown} shown @param {Found} head */
  function grip(table, shown, head) {
    const edge = make("span", { className: "edge" });
    let [width, was] = [0, 0];
    drag(edge, function (by) {
      was ||= table.widthOf(shown);
      width = Math.max(was + by, NARROWEST);
      table.preview(shown, width);
    }, function () {
      if (width) resize(shown, width);
      [width, was] = [0, 0];
    });
    edge.addEventListener("dblclick", () => resize(shown, runCells.width(shown, table.font)));
    head.append(edge);
  }

  const halt = (/** @type {Event} */ event) => event.stopPropagation();

  // A head that is dragged over another goes to its place.
  /** @param {any} table @param {RunShown} shown @param {Found} head */
  function draggable(table, shown, head) {
    let isDragged = false;
    /** @type {Found | null} */
    let over = null;
    drag(head, function (by, event) {
      isDragged ||= Math.abs(by) > FAR;
      if (!isDragged) return;
      head.classList.add("dragged");
      over?.classList.remove("over");
      over = document.elementFromPoint(event.clientX, event.clientY)?.closest("th[data-column]") || null;
      if (over === head || !table.head.contains(over)) over = null;
      over?.classList.add("over");
    }, function () {
      head.classList.remove("dragged");
      over?.classList.remove("over");
      const to = over && runsTable.chosen.findIndex((one) => idOf(one) === over?.dataset.column);
      if (to !== null && to >= 0) runsTable.setColumns(moved(placeOf(shown), to));
      // The press that ends a drag sorts nothing.
      if (isDragged) {
        addEventListener("click", halt, true);
        setTimeout(() => removeEventListener("click", halt, true));
      }
      [isDragged, over] = [false, null];
    });
  }

  /** @param {any} table @param {RunShown} shown @param {string} className */
  function headOf(table, shown, className) {
    const column = runsTable.column(shown.key);
    const [name, label] = [runCells.nameOf(column), runCells.labelOf(column, shown.aggregate)];
    const head = make("th", { scope: "col", className, title: name + (label && " " + label) });
    head.dataset.column = idOf(shown);
    if (column.type === "sparks") {
      head.append(make("span", { className: "vh", textContent: name }));
    } else {
      const button = make("button", { type: "button", className: "sort" }, make("bdi", { textContent: name }));
      button.setAttribute("aria-keyshortcuts", "Alt+ArrowLeft Alt+ArrowRight Shift+ArrowLeft Shift+ArrowRight");
      button.addEventListener("keydown", (event) => pressed(table, shown, event));
      head.append(button);
      // A press beside the name sorts as well.
      head.addEventListener("click", (event) => event.target.matches(".edge") || sort(shown, event.shiftKey));
      if (label) head.append(make("span", { className: "sub", textContent: label }));
    }
    if (shown.key !== "run:title") draggable(table, shown, head);
    grip(table, shown, head);
    return head;
  }

  // Tell by the heads what the rows are sorted by: the first column by `aria-sort`, further ones by their number.
  /** @param {Found} row */
  function mark(row) {
    for (const head of row.querySelectorAll("[data-column]")) {
      const at = runsTable.sorts.findIndex((one) => idOf(one) === head.dataset.column);
      const button = head.querySelector(".sort");
      if (button && at >= 0) button.dataset.sorted = (runsTable.sorts[at].down ? "↓" : "↑") + (runsTable.sorts.length > 1 ? at + 1 : "");
      head.classList.toggle("sorted", at >= 0);
      if (at === 0) head.ariaSort = runsTable.sorts[0].down ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    }
  }

  // The menu of columns comes with the first press of its button.
  /** @param {any} table */
  function menuButton(table) {
    const button = table.section.querySelector("[data-runs-columns]");
    const count = () => { button.querySelector(".count").textContent = String(runsTable.chosen.filter(({ key }) => key !== "run:title").length); };
    const open = () => runpages.load(button.dataset.runsColumns, false).then(function () {
      runpages.runsColumns(table);
      button.click();
    }, (error) => {
      runpages.announce(error.message);
      arm();
    });
    const arm = () => button.addEventListener("click", open, { once: true });
    document.addEventListener("runs-columns", count);
    count();
    arm();
  }

  runpages.runsHead = { headOf, mark, menuButton };
})();
