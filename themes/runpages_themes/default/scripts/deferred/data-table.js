// Logged tables: at the first touch all rows come, of which those in view are drawn; heads sort, a field filters.
(function () {
  "use strict";
  const SPARE = 4;  // Rows drawn above and below those in view.
  const COLUMNS = 50;
  const PRINTED = 100;
  const LONG = 24;
  const DOWN = ":desc";

  const { make, announce } = runpages;
  const counted = (/** @type {number} */ count) => runpages.digits.grouped(String(count));
  const plural = (/** @type {number} */ count, /** @type {string} */ word) => counted(count) + " " + word + (count === 1 ? "" : "s");

  // --- a table with all its rows ---

  const views = new Map();

  class View {
    /** @param {Card} card @param {any} data */
    constructor(card, data) {
      this.card = card;
      this.rows = runpages.rows(data);
      this.first = this.rows.columns.slice(0, COLUMNS);
      this.shown = this.first;
      this.region = card.querySelector(".data-rows");
      this.field = card.querySelector("[data-rows]");
      this.table = this.region.querySelector("table");
      this.head = this.table.tHead.rows[0];
      this.body = this.table.tBodies[0];
      this.virtual = new runpages.VirtualRows(this.table, (at) => this.row(at));
      this.groups = make("colgroup");
      this.table.prepend(this.groups);
      this.foot = card.querySelector(".card-foot") || card.appendChild(make("p", { className: "card-foot" }));
      /** @type {{ column: Column | null, down: boolean }} */
      this.sorted = { column: null, down: false };
      /** @type {Uint8Array | null} */
      this.hits = null;
      /** @type {any} */
      this.list = new Uint32Array();
      const was = views.get(card.id);
      views.set(card.id, this);
      this.restore();
      if (this.field && this.field.value) this.sift();
      // A table that has more rows is at the same place.
      if (was) this.region.scrollTo(was.left, was.top);
      this.draw();
      let waits = false;
      this.region.addEventListener("scroll", () => {
        if (waits) return;
        waits = true;
        requestAnimationFrame(() => { waits = false; this.draw(); });
      }, { passive: true });
      new ResizeObserver(() => this.draw()).observe(this.region);
      addEventListener("beforeprint", () => this.fill(0, Math.min(PRINTED, this.list.length)));
      addEventListener("afterprint", () => this.redraw());
    }

    // The order of the rows and the columns are those of the address: `sort=loss:desc` and `columns=step,loss`.
    restore() {
      const asked = (/** @type {string} */ what) => runpages.urlState().get(this.card.id + what) || "";
      const named = (/** @type {string} */ name) => this.rows.columns.find((one) => one.name === name) || null;
      const sort = asked(".sort");
      const down = !named(sort) && sort.endsWith(DOWN);
      this.sorted = { column: named(down ? sort.slice(0, -DOWN.length) : sort), down };
      const names = asked(".columns").split(",").map((name) => name.replaceAll("%2C", ","));
      const chosen = this.rows.columns.filter(({ name }) => names.includes(name));
      this.show(new Set(chosen.length ? chosen : this.first));
    }

    /** @param {string} what @param {string | null} value */
    keep(what, value) {
      runpages.urlState(this.card.id + what, value);
    }

    // Do what takes the rows away for a moment, and leave the reader at the same place.
    /** @param {() => void} act */
    still(act) {
      const { region } = this;
      const top = region.scrollTop;
      region.style.minHeight = region.offsetHeight + "px";
      act();
      region.style.minHeight = "";
      region.scrollTop = top;
      this.draw();
    }

    // Columns are as wide as their widest cell, so that nothing moves while rows come and go.
    lay() {
      const { table, shown } = this;
      this.groups.replaceChildren();
      table.classList.remove("laid");
      Object.assign(table.style, { width: "auto", minWidth: "" });
      const row = make("tr");
      const { font } = getComputedStyle(table);
      for (const column of shown) runpages.tableCell.paint(row.insertCell(), column, runpages.tableCell.widest(column, this.rows.count, font));
      this.body.replaceChildren(row);
      this.virtual.span(shown.length);
      const widths = [...this.head.cells].map((head) => Math.ceil(head.getBoundingClientRect().width) + 2);
      this.virtual.height = row.getBoundingClientRect().height;
      for (const width of widths) this.groups.appendChild(make("col")).style.width = width + "px";
      Object.assign(table.style, { width: "", minWidth: widths.reduce((sum, width) => sum + width, 0) + "px" });
      table.classList.add("laid");
    }

    /** @param {Column} column */
    headOf(column) {
      const head = make("th", { scope: "col", className: column.isNumber ? "n" : "", title: column.name.length > LONG ? column.name : "" });
      head.append(sorter(column.name));
      return head;
    }

    /** @param {number} at */
    sort(at) {
      const column = this.shown[at];
      const again = this.sorted.column === column;
      if (again && this.sorted.down) this.sorted = { column: null, down: false };
      else this.sorted = { column, down: again };
      this.keep(".sort", this.sorted.column && column.name + (again ? DOWN : ""));
      this.mark();
      this.region.scrollTop = 0;
      this.arrange();
      announce(this.order());
    }

    // Tell by the heads which column the rows are sorted by.
    mark() {
      this.shown.forEach((column, at) => {
        const head = this.head.cells[at];
        if (column === this.sorted.column) head.ariaSort = this.sorted.down ? "descending" : "ascending";
        else head.removeAttribute("aria-sort");
      });
    }

    order() {
      const { column, down } = this.sorted;
      return column ? "sorted by " + column.name + (down ? ", descending" : "") : "as logged";
    }

    filter() {
      this.region.scrollTop = 0;
      announce(this.sift() || this.count());
    }

    // Leave the rows that the field asks for; gives what is wrong with it.
    sift() {
      const found = /** @type {any} */ (this.rows.find(this.field.value));
      const wrong = typeof found === "string" ? found : "";
      this.field.setAttribute("aria-invalid", String(Boolean(wrong)));
      if (!wrong) this.hits = found.includes(0) ? found : null;
      this.arrange(wrong);
      return wrong;
    }

    count() {
      const { count } = this.rows;
      return this.hits ? counted(this.list.length) + " of " + plural(count, "row") : plural(count, "row");
    }

    arrange(wrong = "") {
      const { column, down } = this.sorted;
      const order = this.rows.order(column, down);
      this.list = this.hits ? order.filter((row) => this.hits?.[row]) : order;
      this.table.setAttribute("aria-rowcount", this.list.length + 1);
      const [rows, columns] = this.rows.total;
      const parts = [this.count()];
      if (this.shown.length < columns) parts[0] += ", " + this.shown.length + " of " + plural(columns, "column");
      if (this.rows.count < rows) parts.push("the first of " + plural(rows, "row") + ", which the file has");
      if (column) parts.push(this.order());
      this.foot.textContent = wrong || parts.join(" · ");
      this.foot.classList.toggle("wrong", Boolean(wrong));
      this.redraw();
    }

    redraw() {
      this.virtual.clear();
      this.draw();
    }

    draw() {
      if (!this.region.clientHeight) return;
      const { height } = this.virtual;
      const top = Math.floor(this.region.scrollTop / height) - SPARE;
      const room = Math.ceil(this.region.clientHeight / height) + 2 * SPARE;
      const first = Math.max(0, Math.min(top, this.list.length - room));
      this.fill(first, Math.min(this.list.length, first + room));
    }

    /** @param {number} first @param {number} end */
    fill(first, end) {
      this.virtual.fill(first, end, this.list.length);
      if (!this.list.length) this.virtual.none(this.shown.length, "No matching rows");
    }

    /** @param {number} at */
    row(at) {
      const row = make("tr");
      row.setAttribute("aria-rowindex", String(at + 2));
      for (const column of this.shown) runpages.tableCell.paint(row.insertCell(), column, this.list[at]);
      return row;
    }

    /** @param {Set<Column>} columns */
    choose(columns) {
      this.show(columns);
      const isUsual = String(this.shown.map(({ name }) => name)) === String(this.first.map(({ name }) => name));
      this.keep(".columns", isUsual ? null : this.shown.map(({ name }) => name.replaceAll(",", "%2C")).join());
    }

    /** @param {Set<Column>} columns */
    show(columns) {
      const shown = this.rows.columns.filter((column) => columns.has(column));
      // A head that is pressed stays.
      if (shown.some((column, at) => column !== this.shown[at]) || shown.length !== this.shown.length) {
        this.head.replaceChildren(...shown.map((column) => this.headOf(column)));
      }
      this.shown = shown;
      this.mark();
      this.relay();
    }

    relay() {
      this.still(() => {
        this.lay();
        this.arrange();
      });
    }

    csv() {
      const rows = [...this.list].map((row) => this.shown.map((column) => column.text(row)));
      runpages.saveCsv(this.card.querySelector("h3").textContent, [this.shown.map(({ name }) => name), ...rows]);
    }
  }

  /** @param {string} name */
  function sorter(name) {
    return make("button", { type: "button", className: "sort" }, make("bdi", { textContent: name }));
  }

  // --- the first touch ---

  /** @param {Card} card */
  function ready(card) {
    card.view ??= runpages.load(card.node.dataset.table).then((data) => new View(card.node, data));
    return card.view.catch(function (/** @type {Error} */ error) {
      card.view = null;
      announce(error.message);
    });
  }

  /** @param {Card} card @param {any} what */
  async function act(card, what) {
    const view = await ready(card);
    if (view) what(view);
  }

  // What is copied of a single figure has all its digits.
  /** @param {Happening} event */
  function copied(event) {
    const chosen = /** @type {any} */ (getSelection());
    const cell = chosen.anchorNode && chosen.anchorNode.parentElement.closest("td.n[title]");
    if (!cell || !cell.title || String(chosen).trim() !== cell.textContent) return;
    event.clipboardData.setData("text/plain", cell.title);
    event.preventDefault();
  }

  /** @param {Card} card */
  function arm(card) {
    const { node } = card;
    const table = node.querySelector(".data-rows table");
    for (const head of table.tHead.rows[0].cells) head.replaceChildren(sorter(head.textContent));
    table.tHead.addEventListener("click", function (/** @type {Happening} */ event) {
      const at = event.target.closest("th")?.cellIndex;
      if (at >= 0) act(card, (/** @type {any} */ view) => view.sort(at));
    });
    const region = table.parentElement;
    region.addEventListener("scroll", () => ready(card), { once: true, passive: true });
    region.addEventListener("copy", copied);
    if (region.scrollTop) ready(card);
    const field = node.querySelector("[data-rows]");
    if (!field) return;
    field.addEventListener("focus", () => ready(card), { once: true });
    field.addEventListener("input", () => act(card, (/** @type {any} */ view) => view.filter()));
    node.querySelector("[data-csv]").addEventListener("click", () => act(card, (/** @type {any} */ view) => view.csv()));
    const columns = node.querySelector("[data-columns]");
    if (columns) columns.addEventListener("click", () => act(card, (/** @type {any} */ view) => choose(view, columns)));
    if (field === document.activeElement) ready(card);
    if (field.value && !views.has(node.id)) act(card, (/** @type {any} */ view) => view.filter());
  }

  /** @param {any} view @param {Found} button */
  function choose(view, button) {
    view.chooser ??= new runpages.ColumnPicker(view, button);
    if (button.ariaExpanded === "true") view.chooser.close();
    else view.chooser.open();
  }

  /** @param {Found} node */
  function begin(node) {
    const card = { node, view: null };
    let armed = false;
    const wake = function () {
      if (!armed) arm(card);
      armed = true;
    };
    for (const kind of ["pointerenter", "focusin"]) node.addEventListener(kind, wake, { once: true });
    // The touch that this script was loaded for.
    if (node.matches(":hover, :focus-within")) wake();
    function restore() {
      const isAsked = [...runpages.urlState().keys()].some((key) => key.startsWith(node.id + "."));
      if (!node.isConnected || !(isAsked || views.has(node.id))) return;
      wake();
      act(card, (/** @type {any} */ view) => view.restore());
    }
    addEventListener("statechange", restore);
    restore();
  }

  addEventListener("renewing", () => views.forEach((view) => Object.assign(view, { left: view.region.scrollLeft, top: view.region.scrollTop })));
  runpages.each("[data-table]", begin);
})();
