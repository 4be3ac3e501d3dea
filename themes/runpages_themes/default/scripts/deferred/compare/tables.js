// Logged tables of the same name joined by a key: the values of all runs beside each other, and what differs.
(function () {
  "use strict";
  const { make, compare, joined, runTables } = runpages;
  const { card, counted, few, named, runs, segments, select, state } = runpages.compareControls;
  const MOST_RUNS = 10;
  const BY_ROW = "row number";
  /** @type {Map<string, any>} */
  const cards = new Map();

  const observer = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) {
      const own = cards.get(/** @type {any} */ (target).dataset.name);
      if (isIntersecting && own?.isStale) fill(own).catch((error) => runpages.announce(error.message));
    }
  }, { rootMargin: "200px" });

  // --- a table ---

  /** @param {any} own */
  async function fill(own) {
    own.isStale = false;
    const { of, name } = own;
    own.tables = await Promise.all(of.map((/** @type {ComparedRun} */ { run }) => runTables.table(run, name)));
    for (const name of joined.names(own.tables, null)) level(own.tables.map((/** @type {Rows} */ table) => joined.columnOf(table, name)));
    own.keys = joined.keys(own.tables);
    if (!own.tools) begin(own);
    own.draw();
  }

  // Numbers beside each other have the same decimals.
  /** @param {(Column | undefined)[]} columns */
  function level(columns) {
    const known = columns.filter((column) => column?.isNumber);
    const most = Math.max(...known.map((column) => column?.decimals ?? 0));
    for (const column of known) if (column) column.decimals = most;
  }

  /** @param {any} own */
  function begin(own) {
    const { id } = own.node;
    const options = [...own.keys.map((/** @type {string} */ key) => [key, key]), [BY_ROW, BY_ROW]];
    own.tools = make("div", { className: "toolbar" },
      select(id + ".key", "Joined by", options, own.draw),
      segments(id + ".rows", "Rows", [["all", "All rows"], ["differ", "Only what differs"]], own.draw));
    own.list = new runTables.Listed((/** @type {number} */ at) => row(own, own.shown[at]), own.name + ", joined");
    own.foot = make("p", { className: "card-foot" });
    own.node.append(own.tools, own.list.region, own.foot);
  }

  // Whether a row has other values in a run than in the first one that has it, by column.
  /** @param {any} own @param {{ rows: number[] }} of */
  function isDifferent({ tables, names }, { rows }) {
    return rows.includes(-1) || names.some((/** @type {string} */ name) => {
      const cells = tables.map((/** @type {Rows} */ table, /** @type {number} */ at) => joined.cell(joined.columnOf(table, name), rows[at]));
      return cells.some((/** @type {string | null} */ cell) => !joined.isSame(cells[0], cell));
    });
  }

  /** @param {any} own */
  function draw(own) {
    const { id } = own.node;
    const asked = state(id + ".key", own.keys[0] ?? BY_ROW);
    const key = own.keys.includes(asked) ? asked : null;
    own.key = key;
    own.names = joined.names(own.tables, key);
    own.rows = joined.join(own.tables, key);
    const different = own.rows.filter((/** @type {any} */ one) => isDifferent(own, one));
    own.shown = state(id + ".rows", "all") === "differ" ? different : own.rows;
    head(own);
    own.list.show(own.shown.length, 1 + own.names.length * own.of.length, "All rows are the same");
    own.note.textContent = different.length ? different.length.toLocaleString("en") + " of " + counted(own.rows.length, "row") + " differ" : counted(own.rows.length, "row") + ", all the same";
    const single = own.rows.filter((/** @type {any} */ { rows }) => rows.includes(-1)).length;
    const missing = own.names.filter((/** @type {string} */ name) => own.tables.some((/** @type {Rows} */ table) => !joined.columnOf(table, name)));
    own.foot.textContent = [
      single ? counted(single, "row") + (single === 1 ? " is" : " are") + " not in all runs." : "",
      missing.length ? "Not in all runs: the columns " + few(missing) + "." : "",
      key === null ? "No key: rows go together by their number." : "",
      own.hidden ? "The first " + MOST_RUNS + " of " + (own.hidden + MOST_RUNS) + " runs." : "",
      own.without.length ? "Without " + own.name + ": " + few(own.without) + "." : "",
      own.of.length > 1 ? "Bold: differs from " + own.of[0].label + "." : "",
    ].filter(Boolean).join(" ");
  }

  /** @param {any} own */
  function head({ list, key, names, of, tables }) {
    const top = make("tr", {}, make("th", { scope: "col", rowSpan: 2, textContent: key ?? "row" }));
    const below = make("tr");
    for (const name of names) {
      const isNumber = tables.every((/** @type {Rows} */ table) => joined.columnOf(table, name)?.isNumber ?? true);
      top.append(make("th", { scope: "colgroup", colSpan: of.length, className: "bar" + (isNumber ? " n" : ""), textContent: name }));
      of.forEach((/** @type {ComparedRun} */ one, /** @type {number} */ at) => below.append(make("th", { scope: "col", className: (isNumber ? "n" : "") + (at ? "" : " bar") }, named(one))));
    }
    list.table.tHead.replaceChildren(top, below);
  }

  /** @param {any} own @param {{ key: string, rows: number[] }} of */
  function row({ names, tables, key }, { key: text, rows }) {
    const made = make("tr", {}, make("th", { scope: "row", className: key === null ? "n" : "", textContent: text }));
    for (const name of names) {
      const columns = tables.map((/** @type {Rows} */ table) => joined.columnOf(table, name));
      const first = joined.cell(columns[0], rows[0]);
      columns.forEach(function (/** @type {Column | undefined} */ column, /** @type {number} */ at) {
        const cell = made.insertCell();
        const value = joined.cell(column, rows[at]);
        if (!column || value === null) Object.assign(cell, { className: "none" + (column?.isNumber ? " n" : ""), textContent: "–" });
        else runpages.tableCell.paint(cell, column, rows[at]);
        if (!at) cell.classList.add("bar");
        else if (!joined.isSame(first, value)) mark(cell, column, first, value);
      });
    }
    return made;
  }

  /** @param {Found} cell @param {Column | undefined} column @param {string | null} first @param {string | null} value */
  function mark(cell, column, first, value) {
    cell.classList.add("differs");
    const way = Number(value) - Number(first);
    if (!column?.isNumber || first === null || value === null || !Number.isFinite(way)) return;
    cell.prepend(make("span", { className: "delta-of", textContent: (way > 0 ? "+" : "−") + (Math.abs(way) >= 1e-4 && Math.abs(way) < 1e7 ? Math.abs(way).toFixed(Math.max(column.decimals, 0)) : runpages.axis.say(Math.abs(way))) }));
  }

  // The rows that are shown, a column for each run and value.
  /** @param {any} own */
  function csv({ key, names, of, shown, tables }) {
    const first = [key ?? "row", ...names.flatMap((/** @type {string} */ name) => of.map((/** @type {ComparedRun} */ { label }) => name + " " + label))];
    return [first, ...shown.map((/** @type {any} */ { key: text, rows }) => [text, ...names.flatMap((/** @type {string} */ name) => tables.map((/** @type {Rows} */ table, /** @type {number} */ at) => joined.cell(joined.columnOf(table, name), rows[at])))])];
  }

  // --- the section ---

  /** @param {string} name */
  function create(name) {
    /** @type {any} */
    const own = { name };
    Object.assign(own, card("tables", name, { lines: () => csv(own) }));
    own.node.dataset.name = name;
    own.node.classList.add("wide", "logged");
    own.draw = () => draw(own);
    observer.observe(own.node);
    return own;
  }

  compare.section("tables", function (box) {
    const wanted = /** @type {ComparedRun[]} */ (runs(compare));
    const names = [...new Set(wanted.flatMap(({ run }) => Object.keys(run.scripts.tables || {})))];
    const of = (/** @type {string} */ name) => wanted.filter(({ run }) => run.scripts.tables?.[name]);
    const shared = names.filter((name) => of(name).length > 1);
    const single = names.filter((name) => of(name).length === 1);
    if (!names.length) return false;
    for (const name of shared) {
      const own = cards.get(name) || create(name);
      cards.set(name, own);
      const has = of(name);
      Object.assign(own, { of: has.slice(0, MOST_RUNS), hidden: Math.max(has.length - MOST_RUNS, 0), without: wanted.filter((one) => !has.includes(one)).map(({ label }) => label), isStale: true });
    }
    const note = make("p", { className: "note", hidden: !single.length, textContent: "In one run only: " + single.map((name) => name + " (" + of(name)[0].label + ")").join(", ") });
    box.replaceChildren(make("div", { className: "cards" }, ...shared.map((name) => cards.get(name).node)), note);
    box.closest("section").querySelector(".count").textContent = counted(shared.length, "table") + (shared.length ? ", joined by key" : "");
    for (const name of shared) {
      const own = cards.get(name);
      observer.unobserve(own.node);
      observer.observe(own.node);
      own.restore();
    }
  });
})();
