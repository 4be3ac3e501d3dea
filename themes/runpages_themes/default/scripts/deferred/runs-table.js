// The table of runs: at the first touch it takes the place of the first rows, which the page has, and draws those rows and
// columns that are in view of all.
(function () {
  "use strict";
  const { make, runsTable, runCells, runsHead } = runpages;
  const { idOf } = runpages.runFilter;
  const [SPARE, TICK, NAME, MARGIN] = [1, 41, "run:title", 100];
  const PRINTED = 100;
  const UNKNOWN = 90;  // Pixels for a column that is still to come.
  const PHONE = matchMedia("(max-width: 699px)");

  const isPressed = (/** @type {Found} */ section) => section.querySelector("a:active");  // One that goes away is not followed.

  class Table {
    /** @param {Found} section */
    constructor(section) {
      this.section = section;
      this.region = section.querySelector(".inner");
      this.table = this.region.querySelector("table");
      this.head = this.table.tHead.rows[0];
      this.font = getComputedStyle(this.table).fontFamily;
      this.initial = this.measured();
      this.first = this.table.tBodies[0].rows.length;
      this.foot = section.querySelector(".table-foot");
      // The same runs for other programs.
      this.files = [...this.foot.querySelectorAll("span:has(a)")];
      this.best = this.foot.querySelector(".of-children") || "";
      this.counter = section.querySelector(".runs-count");
      this.groups = make("colgroup");
      this.rows = new runpages.VirtualRows(this.table, (at) => this.row(at + this.stuck));
      // The pinned runs, which stay in sight below the head, and how many of them: there must be room for the others.
      this.top = make("tbody", { className: "pinned-runs" });
      this.rows.above.before(this.top);
      this.stuck = 0;
      /** @type {RunShown[]} */
      this.shown = [];
      /** @type {string[]} */
      this.classes = [];
      /** @type {number[]} */
      this.widths = [];
      // The columns in view, from the first to before the second, beside the pinned ones.
      this.window = [0, 0];
      // Of the columns that stay at the left: how many they are, and where.
      this.pinned = 1;
      /** @type {number[]} */
      this.lefts = [];
      this.current = -1;
      // What waits for the next frame.
      this.waiting = "";
      /** @type {Map<string, number>} */
      this.holders = new Map();
    }

    // How wide the page has drawn the columns that it shows at first.
    measured() {
      const keys = [NAME, ...runsTable.usualColumns.map(({ key }) => key).filter((key) => key !== NAME)];
      const cells = [...this.head.cells].slice(1);
      return new Map(cells.length === keys.length ? keys.map((key, at) => [key, cells[at].getBoundingClientRect().width]) : []);
    }

    begin() {
      this.columns();
      this.table.prepend(this.groups);
      this.section.classList.add("live-runs");
      this.section.querySelector(".older")?.setAttribute("hidden", "");
      this.listen();
    }

    listen() {
      const on = (/** @type {string} */ kind, /** @type {() => void} */ act) => document.addEventListener(kind, act);
      on("runs-shown", () => this.arrange());
      on("runs-columns", () => this.columns());
      on("runs-loaded", () => this.later(true));
      on("runs-ticked", () => this.mark());
      on("runs-lifted", () => this.mark());
      document.addEventListener("runs-renewed", (/** @type {any} */ { detail }) => this.renewed(detail));
      addEventListener("scroll", () => this.later(), { passive: true, capture: true });
      addEventListener("resize", () => this.later());
      new ResizeObserver(() => {
        this.size();
        this.later();
      }).observe(this.region);
      PHONE.addEventListener("change", () => {
        this.rows.height = 0;
        this.lay();
      });
      this.table.addEventListener("pointerover", (/** @type {Happening} */ event) => runsTable.lift(this.rowOf(event.target)));
      this.table.addEventListener("pointerleave", () => runsTable.lift(-1));
      this.table.addEventListener("click", (/** @type {Happening} */ event) => {
        const row = event.target.closest(".pin-run") ? this.rowOf(event.target) : -1;
        if (row >= 0) runsTable.pinAll([row], !runsTable.pinned.includes(row));
      });
      addEventListener("beforeprint", () => this.fill(0, Math.min(PRINTED, runsTable.shown.length - this.stuck)));
      addEventListener("afterprint", () => this.redraw());
    }

    rowOf = (/** @type {Found} */ node) => Number(node.closest("tr")?.dataset.row ?? -1);

    // --- columns ---

    // Draw the columns that are there, and the others as they come.
    columns() {
      const { chosen } = runsTable;
      this.lay();
      const load = async (/** @type {RunShown} */ { key, aggregate }) => {
        if (runsTable.values(key, aggregate)) return;
        await runsTable.load(key, aggregate);
        if (chosen === runsTable.chosen) this.later(true);
      };
      return Promise.all(chosen.map(load)).catch((error) => runpages.announce(error.message));
    }

    // Draw once for all that happens before the next frame, with other columns where some have come.
    later(isLaid = false) {
      if (!this.waiting) requestAnimationFrame(this.act);
      if (isLaid || !this.waiting) this.waiting = isLaid ? "lay" : "draw";
    }

    act = () => {
      const isLaid = this.waiting === "lay";
      if (isLaid && isPressed(this.section)) return void requestAnimationFrame(this.act);
      this.waiting = "";
      return isLaid ? this.lay() : this.draw();
    };

    lay() {
      const others = runsTable.chosen.filter(({ key }) => key !== NAME);
      const name = runsTable.chosen.find(({ key }) => key === NAME) || /** @type {RunShown} */ (runsTable.parted(NAME));
      this.shown = [name, ...others.filter((one) => one.isPinned), ...others.filter((one) => !one.isPinned)];
      this.pinned = 1 + others.filter((one) => one.isPinned).length;
      this.classes = this.shown.map((one, at) => this.classOf(one, at));
      this.widths = this.fitting(this.shown.map((one) => one.width || this.usualWidth(one)));
      for (const one of this.shown) {
        const id = idOf(one);
        if (!this.holders.has(id) && runsTable.values(one.key, one.aggregate)) this.holders.set(id, runsTable.best(one));
      }
      const [ticks] = this.head.cells;
      this.head.replaceChildren(ticks, ...this.shown.map((one, at) => runsHead.headOf(this, one, this.classes[at])));
      this.rows.span(this.shown.length + 1);
      this.table.classList.add("laid-runs");
      this.table.setAttribute("aria-colcount", String(this.shown.length + 1));
      this.size();
      this.stay();
      // On a phone it has its lines when their columns have come.
      if (!this.rows.height || PHONE.matches) this.measure();
      this.arrange();
    }

    // Where some came out wider than the page has drawn them, others give the room that they have left over.
    /** @param {number[]} widths */
    fitting(widths) {
      const over = widths.reduce((sum, width) => sum + width, TICK) - this.region.clientWidth;
      if (over <= 0) return widths;
      const spare = this.shown.map((one, at) => (one.width || !runsTable.values(one.key, one.aggregate) ? 0 : Math.max(widths[at] - runCells.width(one, this.font), 0)));
      const all = spare.reduce((sum, one) => sum + one, 0);
      return widths.map((width, at) => width - spare[at] * Math.min(over / (all || 1), 1));
    }

    // As the page has drawn it; wider where rows come with numbers that the page does not have.
    /** @param {RunShown} shown */
    usualWidth(shown) {
      const initial = this.initial.get(shown.key) || 0;
      if (!runsTable.values(shown.key, shown.aggregate)) return initial || UNKNOWN;
      const isKept = initial && (runsTable.count <= this.first || runsTable.column(shown.key).type === "words");
      return isKept ? initial : Math.max(initial, runCells.width(shown, this.font));
    }

    /** @param {RunShown} shown @param {number} at */
    classOf({ key }, at) {
      const { kind } = runsTable.column(key);
      const before = at ? this.shown[at - 1].key : "";
      const kindBefore = before === "run:spark" ? "metric" : before && runsTable.column(before).kind;
      const isMain = key === this.leading();
      const isBar = at > 1 && key !== "run:spark" && (kind !== kindBefore || isMain);
      const own = /** @type {Record<string, string>} */ ({ [NAME]: "name", "run:status": "state", "run:spark": "spark-cell", "run:started": "start", "run:duration": "took", "run:host": "second" });
      const usual = kind === "metric" || runCells.isNumber(runsTable.column(key)) ? "n" : "";
      return (own[key] || usual) + (isBar ? " bar" : "") + (isMain ? " main" : "") + (at && at < this.pinned ? " pinned" : "");
    }

    // The metric beside the name on a phone: what the rows are sorted by, else the first. Of all runs each has its own.
    leading() {
      if (this.table.matches(".across")) return undefined;
      const metrics = runsTable.chosen.filter(({ key }) => runsTable.column(key).kind === "metric");
      const sorted = PHONE.matches && metrics.find(({ key }) => key === runsTable.sort[0]?.key);
      return (sorted || metrics[0])?.key;
    }

    placeOf = (/** @type {RunShown} */ shown) => this.shown.findIndex((one) => idOf(one) === idOf(shown));
    widthOf = (/** @type {RunShown} */ shown) => this.widths[this.placeOf(shown)];

    /** @param {RunShown} shown @param {number} width */
    preview(shown, width) {
      this.widths[this.placeOf(shown)] = width;
      this.size();
    }

    size() {
      const whole = this.widths.reduce((sum, width) => sum + width, TICK);
      // What is left over is for all but the boxes.
      const more = Math.max((this.region.clientWidth - TICK) / (whole - TICK), 1);
      this.groups.replaceChildren(...[TICK, ...this.widths.map((width) => width * more)].map((width) => {
        const column = make("col");
        column.style.width = width + "px";
        return column;
      }));
      this.table.style.minWidth = whole + "px";
      this.region.classList.toggle("fits", whole <= this.region.clientWidth + 1);
    }

    // Where pinned columns stay, from the left.
    stay() {
      let left = TICK;
      this.lefts = this.widths.slice(0, this.pinned).map((width) => (left += width) - width);
      for (let at = 0; at < this.pinned; at++) this.head.cells[at + 1].style.left = this.lefts[at] + "px";
    }

    // --- rows ---

    order() {
      const names = runsTable.sorts.map(({ key, aggregate }) => {
        const name = runCells.nameOf(runsTable.column(key));
        return aggregate === runsTable.usual(key) ? name : runCells.labelOf(runsTable.column(key), aggregate) + " " + name;
      });
      return names.length ? "Sorted by " + names.join(", then ") : "Newest first";
    }

    arrange() {
      const { shown, count, whole } = runsTable;
      const [figure, rest, all] = runCells.counts(runsTable);
      if (count === whole) this.counter.replaceChildren(make("b", { textContent: figure }), rest);
      this.foot.replaceChildren(make("span", { textContent: all }), make("span", {}, this.best, this.order()), ...this.files);
      this.table.setAttribute("aria-rowcount", String(shown.length + 1));
      runsHead.mark(this.head);
      this.current = Math.min(this.current, shown.length - 1);
      this.stick();
      this.redraw();
    }

    // As many of the pinned runs as leave half of the height to the others.
    stick() {
      const room = Math.min(this.region.clientHeight, innerHeight) / 2;
      this.stuck = Math.min(runsTable.leading, Math.floor(room / this.rows.height) || 0);
      // On a phone the head scrolls away.
      const head = PHONE.matches ? 0 : this.table.tHead.offsetHeight;
      const heights = { "--head": head, "--stuck": head + this.stuck * this.rows.height };
      for (const [name, height] of Object.entries(heights)) this.table.style.setProperty(name, height + "px");
    }

    // The row at a place, where it is drawn.
    /** @param {number} at @returns {Found} */
    drawn(at) { return at < this.stuck ? this.top.rows[at] : this.rows.body.rows[at - this.stuck - this.rows.from]; }

    // What has the focus in a row keeps it.
    redraw() {
      const active = document.activeElement;
      const at = Number(active?.closest(".runs tbody tr[data-row]")?.getAttribute("aria-rowindex")) - 2;
      this.rows.clear();
      this.top.replaceChildren();
      this.window = [0, 0];
      this.draw();
      if (at >= 0) this.refocus(at, active?.localName);
    }

    /** @param {number} at @param {string} [tag] */
    refocus(at, tag = "tr") {
      const row = this.drawn(at);
      (tag === "tr" ? row : row?.querySelector(tag))?.focus({ preventScroll: true });
    }

    // Other runs are there, and `moved` gives the row of each: those in sight, and what has the focus, stay where they are.
    /** @param {(row: number) => number} moved */
    renewed(moved) {
      const { body, height } = this.rows;
      const placeOf = (/** @type {Found} */ row) => runsTable.shown.indexOf(moved(Number(row.dataset.row)));
      const top = Math.max(this.region.getBoundingClientRect().top, 0) + this.stuck * height;
      const first = [...body.rows].find((row) => row.dataset.row && row.getBoundingClientRect().bottom > top);
      const [before, after] = first ? [Number(first.getAttribute("aria-rowindex")) - 2, placeOf(first)] : [0, 0];
      const active = document.activeElement;
      const row = active?.closest(".runs tbody tr[data-row]");
      if (row) row.setAttribute("aria-rowindex", String((this.current = placeOf(row)) + 2));
      this.holders.clear();
      this.lay();
      if (before <= this.stuck || after < 0) return;
      (this.region.scrollHeight > this.region.clientHeight + 1 ? this.region : window).scrollBy(0, (after - before) * height);
      this.draw();
      if (row) this.refocus(this.current, active?.localName);
    }

    // Draw the rows and columns between the edges of the region; of one that is higher than the window, those in it.
    draw() {
      const box = this.region.getBoundingClientRect();
      if (!box.height) return;
      this.across(box);
      const { body, above, height } = this.rows;
      const first = (above.hidden ? body : above).getBoundingClientRect().top;
      const count = runsTable.shown.length - this.stuck;
      const [top, bottom] = box.height <= innerHeight ? [box.top, box.bottom] : [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      const end = Math.min(Math.ceil((bottom - first) / height) + SPARE, count);
      const start = Math.max(Math.floor((top - first) / height) - SPARE, 0);
      if (end > start) this.fill(start, end);
      else if (start >= count) this.fill(Math.max(count - 2 * SPARE, 0), count);
      else this.fill(0, Math.min(2 * SPARE, count));
    }

    // By a row with all its lines, below another one.
    measure() {
      this.across(this.region.getBoundingClientRect());
      const two = [this.row(0), this.row(0)];
      this.rows.body.append(...two);
      this.rows.height = two[1].getBoundingClientRect().height;
      for (const row of two) row.remove();
    }

    // Columns that the region has scrolled away are one cell.
    /** @param {any} box */
    across(box) {
      const left = this.region.scrollLeft - MARGIN;
      const right = left + box.width + 2 * MARGIN;
      let [at, first, end] = [TICK, this.pinned, this.shown.length];
      this.widths.forEach((width, place) => {
        if (place >= this.pinned && at + width < left) first = place + 1;
        if (at > right) end = Math.min(end, place);
        at += width;
      });
      if (PHONE.matches) [first, end] = [this.pinned, this.shown.length];
      if (first === this.window[0] && end === this.window[1]) return;
      this.window = [first, Math.max(first, end)];
      this.rows.clear();
      this.top.replaceChildren();
    }

    /** @param {number} first @param {number} end */
    fill(first, end) {
      if (!this.top.rows.length) for (let at = 0; at < this.stuck; at++) this.top.append(this.row(at));
      this.rows.fill(first, end, runsTable.shown.length - this.stuck);
      if (runsTable.shown.length) return;
      const clear = make("button", { type: "button", className: "linklike", textContent: "Clear the filter" });
      clear.addEventListener("click", () => runsTable.setQuery(""));
      this.rows.none(this.shown.length + 1, "No run matches. ", clear);
    }

    /** @param {number} at */
    row(at) {
      const row = runsTable.shown[at] ?? 0;
      const node = make("tr", { tabIndex: -1 });
      node.dataset.row = String(row);
      node.setAttribute("aria-rowindex", String(at + 2));
      node.append(runCells.tick(row), runCells.name(row));
      for (let place = 1; place < this.pinned; place++) node.append(this.cell(place, row));
      const [first, end] = this.window;
      this.gap(node, first - this.pinned);
      for (let place = first; place < end; place++) node.append(this.cell(place, row));
      this.gap(node, this.shown.length - end);
      this.state(node);
      return node;
    }

    /** @param {Found} node @param {number} columns */
    gap(node, columns) {
      if (columns > 0) node.append(make("td", { colSpan: columns, className: "gap" }));
    }

    /** @param {number} place @param {number} row */
    cell(place, row) {
      const shown = this.shown[place];
      const cell = make("td", { className: this.classes[place] });
      const { kind, name } = runsTable.column(shown.key);
      if (kind === "metric") cell.dataset.name = name;
      if (place < this.pinned) cell.style.left = this.lefts[place] + "px";
      if (this.window[0] > this.pinned) cell.setAttribute("aria-colindex", String(place + 2));
      if (runsTable.values(shown.key, shown.aggregate)) runCells.paint(cell, shown, row, runsTable.isBest(shown, row, this.holders.get(idOf(shown)) ?? -1));
      return cell;
    }

    /** @param {Found} node */
    state(node) {
      const row = Number(node.dataset.row);
      const isTicked = runsTable.ticked.has(row);
      node.classList.toggle("ticked", isTicked);
      node.classList.toggle("lifted", runsTable.lifted === row);
      node.querySelector("input").checked = isTicked;
    }

    // Which rows are ticked, and which one is lifted.
    mark() {
      for (const node of [...this.top.rows, ...this.rows.body.rows]) if (node.dataset.row) this.state(node);
    }
  }

  /** @param {Found} section */
  async function begin(section) {
    await runsTable.ready;
    while (isPressed(section)) await new Promise(requestAnimationFrame);
    const table = new Table(section);
    table.begin();
    for (const part of [runpages.runsSelection, runpages.runsKeys, runpages.runsQueryBox, runpages.runsFacets, runpages.runsViews, runsHead.menuButton, runpages.runsExport]) part(table);
  }

  runpages.each("#runs-section", (section) => { section.ready = begin(section).catch(({ message }) => runpages.announce(message)); });
})();
