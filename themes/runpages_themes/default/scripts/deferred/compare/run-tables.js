// Logged tables of runs that are compared, as they are needed, and lists of rows that may be long.
(function () {
  "use strict";
  const { make, compare } = runpages;
  // Rows beyond those in view, and most on paper.
  const [SPARE, PRINTED] = [4, 100];
  /** @type {Map<string, Promise<Rows>>} */
  const loaded = new Map();

  // A table of a run; its pictures are found from the page of the run.
  /** @param {CompareRun} run @param {string} name */
  async function read(run, name) {
    const data = await compare.script({ ...run, scripts: run.scripts.tables }, name);
    const folder = run.page.slice(0, run.page.lastIndexOf("/") + 1);
    const based = (/** @type {Record<number, string>} */ pictures) => pictures && Object.fromEntries(Object.entries(pictures).map(([place, href]) => [place, folder + href]));
    return runpages.rows({ ...data, columns: data.columns.map((/** @type {any} */ one) => ({ ...one, pictures: based(one.pictures) })) });
  }

  /** @param {CompareRun} run @param {string} name */
  function table(run, name) {
    const key = run.page + "\n" + name;
    const one = loaded.get(key) || read(run, name);
    loaded.set(key, one);
    one.catch(() => loaded.delete(key));
    return one;
  }

  // A table in a region that scrolls, of which the rows in view are drawn. Its columns are as wide as at the first drawing.
  class Listed {
    /** @param {(at: number) => Found} row @param {string} name */
    constructor(row, name) {
      this.table = make("table", { className: "table laid-out" }, make("thead"), make("tbody"));
      this.region = make("div", { className: "scroll data-rows", tabIndex: 0, role: "region", ariaLabel: name }, this.table);
      this.groups = make("colgroup");
      this.table.prepend(this.groups);
      this.count = 0;
      this.virtual = new runpages.VirtualRows(this.table, row);
      this.region.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()), { passive: true });
      new ResizeObserver(() => this.draw()).observe(this.region);
      addEventListener("beforeprint", () => this.count && this.virtual.fill(0, Math.min(this.count, PRINTED), this.count));
      addEventListener("afterprint", () => this.draw());
    }

    /** @param {number} count @param {number} columns @param {string} none */
    show(count, columns, none) {
      this.count = count;
      this.virtual.clear();
      this.virtual.span(columns);
      this.groups.replaceChildren();
      this.table.classList.remove("laid");
      this.region.scrollTop = 0;
      this.virtual.height = 0;
      if (!count) {
        this.virtual.fill(0, 0, 0);
        return this.virtual.none(columns, none);
      }
      this.virtual.fill(0, Math.min(count, 30), count);
      const [row] = this.virtual.body.rows;
      const widths = [...row.cells].map((cell) => Math.ceil(cell.getBoundingClientRect().width));
      this.virtual.height = row.getBoundingClientRect().height;
      for (const width of widths) this.groups.appendChild(make("col")).style.width = width + "px";
      this.table.style.minWidth = widths.reduce((sum, width) => sum + width, 0) + "px";
      this.table.classList.add("laid");
      this.draw();
    }

    draw() {
      const { height } = this.virtual;
      if (!this.region.clientHeight || !this.count || !height) return;
      const room = Math.ceil(this.region.clientHeight / height) + 2 * SPARE;
      const first = Math.max(0, Math.min(Math.floor(this.region.scrollTop / height) - SPARE, this.count - room));
      this.virtual.fill(first, Math.min(this.count, first + room), this.count);
    }
  }

  runpages.runTables = { Listed, table };
})();
