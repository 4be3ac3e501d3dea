// The rows of a table that are in view, between two spaces as high as the others.
(function () {
  "use strict";
  const { make } = runpages;

  runpages.VirtualRows = class {
    // `make` gives the row at a place of the list.
    /** @param {Found} table @param {(at: number) => Found} makeRow */
    constructor(table, makeRow) {
      this.makeRow = makeRow;
      this.body = table.tBodies[0];
      this.above = make("tbody", { ariaHidden: "true", hidden: true });
      this.below = make("tbody", { ariaHidden: "true", hidden: true });
      for (const space of [this.above, this.below]) space.insertRow().insertCell();
      this.body.before(this.above);
      this.body.after(this.below);
      this.height = 0;
      this.from = 0;
    }

    /** @param {number} columns */
    span(columns) {
      for (const space of [this.above, this.below]) space.rows[0].cells[0].colSpan = columns;
    }

    // Take the rows away; a space of their height stays, so that nothing moves, also if it is done twice.
    clear() {
      if (!this.body.rows.length) return;
      this.space(this.above, this.from + this.body.rows.length);
      this.body.replaceChildren();
    }

    // Draw the rows from `first` to before `end`; those that are there already stay as they are.
    /** @param {number} first @param {number} end @param {number} count */
    fill(first, end, count) {
      const { body } = this;
      while (body.rows.length && this.from < first) {
        body.rows[0].remove();
        this.from++;
      }
      while (body.rows.length && this.from + body.rows.length > end) body.rows[body.rows.length - 1].remove();
      if (!body.rows.length) this.from = first;
      const before = [];
      for (let at = first; at < Math.min(this.from, end); at++) before.push(this.makeRow(at));
      for (let at = this.from + body.rows.length; at < end; at++) body.append(this.makeRow(at));
      body.prepend(...before);
      this.from = first;
      this.space(this.above, first);
      this.space(this.below, count - end);
    }

    /** @param {Found} place @param {number} rows */
    space(place, rows) {
      place.hidden = rows <= 0;
      place.rows[0].cells[0].style.height = rows * this.height + "px";
    }

    // In place of rows: why there are none.
    /** @param {number} columns @param {...(Node | string)} inner */
    none(columns, ...inner) {
      const cell = this.body.insertRow().insertCell();
      Object.assign(cell, { colSpan: columns, className: "none" });
      cell.append(...inner);
    }
  };
})();
