// The table of an experiment's runs as a model: its columns, which are loaded when they are asked for, which runs the
// query leaves and in which order, which are ticked, and which one is lifted in all charts at once.
(function () {
  "use strict";
  const { runQuery, runFilter, runColumn } = runpages;
  const { sorted } = runpages.ranks;
  const COLORS = 10;
  const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

  /** @param {string} kind @param {any} detail */
  const tell = (kind, detail = null) => document.dispatchEvent(new CustomEvent(kind, { detail }));

  class Model {
    /** @param {Found | null} section */
    constructor(section) {
      this.section = section;
      // How many runs are loaded, from the newest on, and how many there are.
      this.count = 0;
      this.whole = 0;
      /** @type {any} */
      this.facts = null;
      /** @type {RunColumn[]} */
      this.columns = [];
      /** @type {any} */
      this.runs = null;
      /** @type {Int32Array} */
      this.shown = new Int32Array();
      // How deep each run lies below a parent that is shown as well.
      this.depth = new Uint8Array();
      /** @type {Set<number>} */
      this.ticked = new Set();
      // The runs that come first, in whichever order.
      /** @type {number[]} */
      this.pinned = [];
      // How many of them are shown, before all others.
      this.leading = 0;
      this.lifted = -1;
      this.query = "";
      /** @type {any} */
      this.error = null;
      /** @type {RunSort[]} */
      this.sort = [];
      /** @type {RunShown[]} */
      this.usualColumns = [];
      // The columns of the table, in their order.
      /** @type {RunShown[]} */
      this.chosen = [];
      /** @type {string[]} */
      this.groupBy = [];
      /** @type {RunFilter | null} */
      this.filter = null;
      /** @type {Uint8Array | null} */
      this.hits = null;
      /** @type {Map<string, Promise<RunValues>>} */
      this.loading = new Map();
      /** @type {Map<string, RunValues>} */
      this.loaded = new Map();
      /** @type {Map<string, RunColumn>} */
      this.known = new Map();
      /** @type {Int32Array | null} */
      this.parents = null;
      this.turn = 0;
      /** @type {Promise<void>} */
      this.ready = Promise.resolve();
    }

    // The lists of the columns and the runs, by what loads a script.
    /** @param {(src: string) => Promise<any>} load */
    async read(load) {
      const { columns, runs } = /** @type {Found} */ (this.section).dataset;
      const [facts, index] = await Promise.all([load(columns), load(runs)]);
      if (facts.count !== (index.count ?? index.page.length)) throw new Error("These runs are being built");
      Object.assign(this, { facts, runs: index, count: index.page.length, whole: facts.count, columns: facts.columns });
      for (const column of this.columns) this.known.set(column.key, column);
      this.usualColumns = facts.default.map((/** @type {string} */ key) => this.parted(key)).filter(Boolean);
      this.chosen = this.usualColumns;
      await this.relate();
    }

    async begin() {
      await this.read((src) => runpages.load(src));
      this.shown = this.nested(this.all());
      if (this.count < this.whole) runpages.load(/** @type {Found} */ (this.section).dataset.shards, false);
      await runpages.runsState(this);
      runpages.runsLive.follow(/** @type {any} */ (this));
    }

    // Take in all runs, with the columns that are looked at; true if there were more. Until they are there, nothing changes.
    async complete() {
      if (this.count === this.whole) return false;
      await runpages.load(/** @type {Found} */ (this.section).dataset.shards, false);
      return runpages.runsGrowth.complete(this);
    }

    // What is loaded, and what the query and the order need.
    /** @returns {RunNeed[]} */
    used() {
      const needs = [...this.loaded.keys()].map((id) => ({ key: id.slice(0, id.lastIndexOf(" ")), aggregate: id.slice(id.lastIndexOf(" ") + 1) }));
      return [...needs, ...this.sort, ...this.needed];
    }

    /** @param {RunNeed[]} needs */
    loadAll(needs) {
      return Promise.all(needs.map(({ key, aggregate }) => this.load(key, aggregate)));
    }

    // Take in what was built since. What the reader chose stays, of the columns and runs that are still there.
    /** @returns {Promise<void>} */
    async renew() {
      const { turn } = this;
      const next = new Model(this.section);
      await next.read((src) => runpages.fresh(src.replace(/\?.*/, "")));
      const isThere = (/** @type {RunNeed} */ { key, aggregate }) => next.known.has(key) && (!aggregate || Boolean(next.column(key).aggregates?.[aggregate]));
      if (this.count === this.whole && next.count < next.whole) await runpages.runsGrowth.grow(next, next);
      next.compile(this.query, this.sort.filter(isThere));
      await next.loadAll([...this.used().filter(isThere), ...next.needed]);
      // The reader was faster.
      if (turn !== this.turn) return this.renew();
      const rows = new Map(next.runs.page.map((/** @type {string} */ page, /** @type {number} */ row) => [page, row]));
      const moved = (/** @type {number} */ row) => rows.get(this.runs.page[row]) ?? -1;
      const kept = (/** @type {Iterable<number>} */ old) => [...old].map(moved).filter((row) => row >= 0);
      Object.assign(next, {
        pinned: kept(this.pinned),
        ticked: new Set(kept(this.ticked)),
        lifted: moved(this.lifted),
        chosen: this.chosen === this.usualColumns ? next.usualColumns : this.chosen.filter(isThere),
        groupBy: this.groupBy.filter((key) => next.known.has(key)),
        ready: this.ready,
        turn: turn + 1,
      });
      next.order();
      const before = this.runs;
      Object.assign(this, next);
      tell("runs-renewed", (/** @type {number} */ row) => rows.get(before.page[row]) ?? -1);
      for (const kind of ["runs-columns", "runs-shown", "runs-ticked"]) tell(kind);
      return undefined;
    }

    // A column by its key, of a metric also by key and aggregate: `metric:loss.mean`; null where there is none.
    /** @param {string} key @returns {RunShown | null} */
    parted(key) {
      const usual = { isPinned: false, width: 0 };
      if (this.known.has(key)) return { key, aggregate: this.usual(key), ...usual };
      const [, metric, aggregate] = /^(.*)\.(\w+)$/s.exec(key) || [];
      return this.known.get(metric)?.aggregates?.[aggregate] ? { key: metric, aggregate, ...usual } : null;
    }

    /** @param {string} key */
    column(key) {
      return /** @type {RunColumn} */ (this.known.get(key));
    }

    // The aggregate of a metric that is shown where no other is chosen; none of other columns.
    /** @param {string} key */
    usual(key) {
      const { aggregates } = this.column(key);
      return aggregates ? (aggregates.best ? "best" : "last") : "";
    }

    // The values of a column, of a metric by its aggregate: one for each run. They are loaded once.
    /** @param {string} key @returns {Promise<RunValues>} */
    load(key, aggregate = this.usual(key)) {
      const { runs } = this;
      const column = this.column(key);
      const place = runColumn.place(column, aggregate);
      // The best is the lowest or the highest.
      const id = place.file + " " + place.at;
      let found = this.loading.get(id);
      if (!found) {
        found = runColumn.load(column, aggregate, runs, "", () => tell("runs-loaded"));
        this.loading.set(id, found);
        found.catch(() => this.loading.delete(id));
      }
      return found.then((values) => {
        // There are other runs by now.
        if (runs !== this.runs && this.known.has(key)) return this.load(key, aggregate);
        this.loaded.set(runFilter.idOf({ key, aggregate }), values);
        return values;
      });
    }

    // Values that were loaded before.
    /** @param {string} key @returns {RunValues} */
    values(key, aggregate = this.usual(key)) {
      return /** @type {RunValues} */ (this.loaded.get(runFilter.idOf({ key, aggregate })));
    }

    all() {
      return Int32Array.from({ length: this.count }, (_, row) => row);
    }

    async relate() {
      if (!this.known.get("run:parent")?.count) return;
      this.parents = runColumn.parents(this.runs.id, await this.load("run:parent"));
    }

    // --- which runs, and in which order ---

    // The rows in their order, each followed by those of its children; a pinned run stands by itself.
    /** @param {Int32Array} rows */
    nested(rows) {
      this.depth = new Uint8Array(this.count);
      const { parents, depth } = this;
      if (!parents) return rows;
      const isThere = new Uint8Array(this.count);
      for (const row of rows) isThere[row] = 1;
      /** @type {Map<number, number[]>} */
      const below = new Map();
      const roots = [];
      for (const row of rows) {
        const above = parents[row];
        if (above < 0 || !isThere[above] || this.pinned.includes(row) || this.pinned.includes(above)) roots.push(row);
        else below.set(above, [...(below.get(above) || []), row]);
      }
      const found = new Int32Array(rows.length);
      let at = 0;
      // The newest run comes first, but children in the order of their start.
      const order = (/** @type {number[]} */ children) => (this.sort.length ? children : children.toReversed());
      const put = (/** @type {number} */ row, /** @type {number} */ level) => {
        depth[row] = level;
        found[at++] = row;
        for (const child of order(below.get(row) || [])) put(child, level + 1);
      };
      for (const row of roots) put(row, 0);
      return found;
    }

    // What the rows are sorted by: an order is one of all runs, and by values that have come.
    get sorts() {
      return this.count === this.whole ? this.sort.filter(({ key, aggregate }) => this.values(key, aggregate)) : [];
    }

    // Failed runs come last on metrics, either way.
    /** @param {any} rows @param {RunSort} by */
    sorted(rows, { key, aggregate, down }) {
      const found = sorted(rows, this.values(key, aggregate).ranks, down);
      if (this.column(key).kind !== "metric") return found;
      const ranks = Uint32Array.from(this.runs.kind, (kind) => Number(kind === "failed"));
      return sorted(found, { ranks, last: 1 }, false);
    }

    // The runs that the query leaves, in their order.
    order() {
      this.hits = this.filter ? runFilter.hits(this.filter, this.count, ({ key, aggregate }) => this.values(key, aggregate)) : null;
      this.place();
    }

    place() {
      let rows = this.all();
      if (this.hits) rows = rows.filter((row) => this.hits?.[row]);
      for (const by of this.sorts.toReversed()) rows = this.sorted(rows, by);
      const pinned = this.pinned.filter((row) => !this.hits || this.hits[row]);
      this.leading = pinned.length;
      if (pinned.length) rows = Int32Array.from([...pinned, ...rows.filter((row) => !pinned.includes(row))]);
      this.shown = this.nested(rows);
    }

    arrange() {
      this.place();
      tell("runs-shown");
    }

    // Put the rows in order when what that needs is there: all runs, unless the newest come first; the last call counts.
    async arranged() {
      const turn = ++this.turn;
      if ((this.filter || this.sort.length) && (await this.complete())) return;
      await this.loadAll([...this.sort, ...this.needed]);
      if (turn !== this.turn) return;
      this.order();
      tell("runs-shown");
    }

    /** @param {RunSort[]} sort */
    setSort(sort) {
      return this.setRows(this.query, sort);
    }

    /** @param {string} query */
    setQuery(query) {
      return this.setRows(query, this.sort);
    }

    // Runs that come first as far as the query leaves them.
    /** @param {number[]} rows */
    setPinned(rows) {
      this.pinned = rows;
      this.arrange();
    }

    /** @param {Iterable<number>} rows @param {boolean} on */
    pinAll(rows, on) {
      const changed = new Set(rows);
      this.setPinned([...this.pinned.filter((row) => !changed.has(row)), ...(on ? changed : [])]);
    }

    /** @param {RunShown[]} chosen */
    setColumns(chosen) {
      this.chosen = chosen;
      tell("runs-columns");
    }

    // What the query needs, and the rows that it leaves.
    get needed() {
      return this.filter ? runFilter.needs(this.filter) : [];
    }

    // A mistake is in `error`. The other terms hold without it; what cannot be read at all leaves the rows as they are.
    /** @param {string} query @param {RunSort[]} sort */
    setRows(query, sort) {
      this.compile(query, sort);
      return this.arranged();
    }

    /** @param {string} query @param {RunSort[]} sort */
    compile(query, sort) {
      Object.assign(this, { query, sort, error: null });
      try {
        this.filter = query.trim() ? runFilter.compiled(runQuery.parse(query).tree, this.columns) : null;
      } catch (error) {
        if (!(error instanceof runQuery.QueryError)) throw error;
        this.error = error;
        this.filter = runFilter.without(query, error, this.columns) ?? this.filter;
      }
    }

    // The run with the best value of a metric, among those that completed and have no parent with a value.
    /** @param {RunNeed} need */
    best({ key, aggregate }) {
      const { goal, kind } = this.column(key);
      if (kind !== "metric" || !goal || !["best", goal].includes(aggregate) || this.count < 2) return -1;
      if (this.count < this.whole) return this.runs.best[this.column(key).name]?.[2] ?? -1;
      const { numbers } = this.values(key, aggregate);
      let best = -1;
      for (let row = 0; row < numbers.length; row++) {
        if (this.competes(numbers, row) && (best < 0 || (goal === "min" ? numbers[row] < numbers[best] : numbers[row] > numbers[best]))) best = row;
      }
      return best;
    }

    /** @param {any} numbers @param {number} row */
    competes(numbers, row) {
      const { parents, runs } = this;
      for (let at = parents ? parents[row] : -1; parents && at >= 0; at = parents[at]) if (numbers[at] === numbers[at]) return false;
      return numbers[row] === numbers[row] && ["completed", "none"].includes(runs.kind[row]);
    }

    // Whether the value of a run is that of the best one, or equals it.
    /** @param {RunNeed} need @param {number} row @param {number} best */
    isBest({ key, aggregate }, row, best) {
      const { numbers } = this.values(key, aggregate);
      return best >= 0 && (row === best || (numbers[row] === numbers[best] && this.competes(numbers, row)));
    }

    // --- what is marked ---

    /** @param {number} row @param {boolean} on */
    tick(row, on) {
      this.tickAll([row], on);
    }

    /** @param {Iterable<number>} rows @param {boolean} on */
    tickAll(rows, on) {
      for (const row of rows) {
        if (on) this.ticked.add(row);
        else this.ticked.delete(row);
      }
      tell("runs-ticked");
    }

    /** @param {number} row */
    lift(row) {
      if (row === this.lifted) return;
      this.lifted = row;
      tell("runs-lifted");
    }

    // By the number of the run in its experiment, as on all pages; one without a number counts from the oldest.
    /** @param {number} row */
    color(row) {
      const place = (this.runs.number[row] ?? this.whole - row) - 1;
      return { index: (((place % COLORS) + COLORS) % COLORS) + 1, dash: DASHES[Math.floor(Math.abs(place) / COLORS) % DASHES.length] };
    }

    // --- groups ---

    /** @param {string[]} keys */
    setGroup(keys) {
      this.groupBy = keys;
      if (keys.length && this.count < this.whole) this.complete().then(() => tell("runs-grouped"), (error) => runpages.announce(error.message));
      else tell("runs-grouped");
    }
  }

  const model = new Model(document.getElementById("runs-section"));
  model.ready = model.section ? model.begin() : new Promise(() => {});
  runpages.runsTable = /** @type {any} */ (model);
})();
