// Logged tables of the same name joined by a key: the values of all runs beside each other, and what differs.
(function () {
  "use strict";
  const { make, compare, joined, runTables } = runpages;
  const { card, counted, few, named, runs, segments, select, state } = runpages.compareControls;
  // Runs up to which all columns can be beside each other.
  const MOST_RUNS = 10;
  const [ALL, BY_ROW] = ["all", "row number"];
  const collator = new Intl.Collator(undefined, { numeric: true });
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
    own.isTurned = own.tables.every((/** @type {Rows} */ { count }) => count === 1);
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
    own.tools = make("div", { className: "toolbar" });
    own.list = new runTables.Listed((/** @type {number} */ at) => (own.isTurned ? turnedRow : row)(own, own.shown[at]), own.name + ", joined");
    own.list.table.tHead.addEventListener("click", function (/** @type {Happening} */ event) {
      const by = event.target.closest("button")?.dataset.by;
      if (!by) return;
      // Up, down, and as it came.
      const asked = state(own.node.id + ".sort", "");
      runpages.urlState(own.node.id + ".sort", asked === by ? "-" + by : asked === "-" + by ? null : by);
      draw(own);
      own.list.table.tHead.querySelector(`[data-by="${CSS.escape(by)}"]`)?.focus();
    });
    own.foot = make("p", { className: "card-foot" });
    own.node.append(own.tools, own.list.region, own.foot);
  }

  // The controls, for the runs that have the table now.
  /** @param {any} own */
  function controls(own) {
    const { id } = own.node;
    const rows = segments(id + ".rows", "Rows", [["all", "All rows"], ["differ", "Only what differs"]], own.draw);
    if (own.isTurned) {
      if (!own.tools.firstChild || own.offered) own.tools.replaceChildren(rows);
      own.offered = "";
      return;
    }
    const names = joined.names(own.tables, own.keys[0] ?? null);
    const columns = [...(own.of.length > MOST_RUNS && names.length ? [] : [[ALL, "All columns"]]), ...names.map((/** @type {string} */ name) => [name, name])];
    own.usual = columns[0][0];
    const offered = JSON.stringify([own.keys, columns]);
    if (offered === own.offered) return; // So that the focus stays.
    own.offered = offered;
    own.tools.replaceChildren(
      select(id + ".key", "Joined by", [...own.keys.map((/** @type {string} */ key) => [key, key]), [BY_ROW, BY_ROW]], own.draw),
      ...(columns.length > 1 ? [select(id + ".column", "Column", columns, own.draw)] : []), rows);
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
    controls(own);
    if (own.isTurned) turn(own);
    else arrange(own);
    own.list.show(own.shown.length, own.isTurned ? 1 + own.of.length : 1 + own.names.length * own.of.length, "All rows are the same");
    own.foot.textContent = [
      ...(own.isTurned ? [] : notes(own)),
      own.without.length ? "Without " + own.name + ": " + few(own.without) + "." : "",
      own.of.length > 1 ? "Bold: differs from " + own.of[0].label + "." : "",
    ].filter(Boolean).join(" ");
  }

  // The rows of all tables by key, in the order that is asked for.
  /** @param {any} own */
  function arrange(own) {
    const { id } = own.node;
    const asked = state(id + ".key", own.keys[0] ?? BY_ROW);
    own.key = own.keys.includes(asked) ? asked : null;
    const all = joined.names(own.tables, own.key);
    const column = state(id + ".column", own.usual);
    own.names = column !== ALL && all.includes(column) ? [column] : all;
    if (own.of.length > MOST_RUNS) own.names = own.names.slice(0, 1);
    own.rows = joined.join(own.tables, own.key);
    const different = own.rows.filter((/** @type {any} */ one) => isDifferent(own, one));
    own.shown = state(id + ".rows", "all") === "differ" ? different : own.rows;
    sort(own, state(id + ".sort", ""));
    head(own);
    own.note.textContent = different.length ? different.length.toLocaleString("en") + " of " + counted(own.rows.length, "row") + " differ" : counted(own.rows.length, "row") + ", all the same";
  }

  // By the key, or by a column of a run, as `2.loss`; with `-` before it from the largest. What is missing comes last.
  /** @param {any} own @param {string} asked */
  function sort(own, asked) {
    const way = asked.startsWith("-") ? -1 : 1;
    const [, place, name] = /^-?(\d+)\.(.*)$/s.exec(asked) || [];
    const at = Number(place) - 1;
    const column = own.tables[at] && joined.columnOf(own.tables[at], name);
    own.sorted = column || /^-?key$/.test(asked) ? asked : "";
    if (!own.sorted) return;
    const valueOf = (/** @type {any} */ { key, rows }) => (column ? joined.cell(column, rows[at]) : key);
    const keyed = own.shown.map((/** @type {any} */ one) => ({ one, value: valueOf(one) }));
    keyed.sort((/** @type {any} */ a, /** @type {any} */ b) => (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0) || (a.value === null ? 0 : way * natural(a.value, b.value)));
    own.shown = keyed.map((/** @type {any} */ { one }) => one);
  }

  /** @param {string} one @param {string} other */
  function natural(one, other) {
    const way = Number(one) - Number(other);
    return Number.isNaN(way) ? collator.compare(one, other) : way;
  }

  /** @param {any} own */
  function notes({ tables, rows, names, key }) {
    const single = rows.filter((/** @type {any} */ one) => one.rows.includes(-1)).length;
    const missing = names.filter((/** @type {string} */ name) => tables.some((/** @type {Rows} */ table) => !joined.columnOf(table, name)));
    return [
      single ? counted(single, "row") + (single === 1 ? " is" : " are") + " not in all runs." : "",
      missing.length ? "Not in all runs: the columns " + few(missing) + "." : "",
      key === null ? "No key: rows go together by their number." : "",
    ];
  }

  /** @param {any} own @param {string} by @param {...(Node | string)} inner */
  function sorter({ sorted }, by, ...inner) {
    const made = make("button", { type: "button", className: "sort" }, ...inner, sorted === by ? " ▲" : sorted === "-" + by ? " ▼" : "");
    made.dataset.by = by;
    return made;
  }

  /** @param {any} own @param {string} by */
  const order = ({ sorted }, by) => (sorted === by ? { ariaSort: "ascending" } : sorted === "-" + by ? { ariaSort: "descending" } : {});

  /** @param {any} own */
  function head(own) {
    const { list, key, names, of, tables } = own;
    const top = make("tr", {}, make("th", { scope: "col", rowSpan: 2, ...order(own, "key") }, sorter(own, "key", key ?? "row")));
    const below = make("tr");
    for (const name of names) {
      const isNumber = tables.every((/** @type {Rows} */ table) => joined.columnOf(table, name)?.isNumber ?? true);
      top.append(make("th", { scope: "colgroup", colSpan: of.length, className: "bar" + (isNumber ? " n" : ""), textContent: name }));
      of.forEach(function (/** @type {ComparedRun} */ one, /** @type {number} */ at) {
        const by = at + 1 + "." + name;
        below.append(make("th", { scope: "col", className: (isNumber ? "n" : "") + (at ? "" : " bar"), ...order(own, by) }, sorter(own, by, named(one))));
      });
    }
    list.table.tHead.replaceChildren(top, below);
  }

  // The values of a column in all runs, each with what differs from the first.
  /** @param {Found} line @param {(Column | undefined)[]} columns @param {number[]} rows */
  function cells(line, columns, rows) {
    const first = joined.cell(columns[0], rows[0]);
    columns.forEach(function (column, at) {
      const cell = line.insertCell();
      const value = joined.cell(column, rows[at]);
      if (!column || value === null) Object.assign(cell, { className: "none" + (column?.isNumber ? " n" : ""), textContent: "–" });
      else runpages.tableCell.paint(cell, column, rows[at]);
      if (!at) cell.classList.add("bar");
      else if (!joined.isSame(first, value)) mark(cell, column, first, value);
    });
  }

  /** @param {any} own @param {{ key: string, rows: number[] }} of */
  function row({ names, tables, key }, { key: text, rows }) {
    const made = make("tr", {}, make("th", { scope: "row", className: key === null ? "n" : "", textContent: text }));
    for (const name of names) cells(made, tables.map((/** @type {Rows} */ table) => joined.columnOf(table, name)), rows);
    return made;
  }

  /** @param {Found} cell @param {Column | undefined} column @param {string | null} first @param {string | null} value */
  function mark(cell, column, first, value) {
    cell.classList.add("differs");
    const way = Number(value) - Number(first);
    if (!column?.isNumber || first === null || value === null || !Number.isFinite(way)) return;
    cell.prepend(make("span", { className: "delta-of", textContent: (way > 0 ? "+" : "−") + (Math.abs(way) >= 1e-4 && Math.abs(way) < 1e7 ? Math.abs(way).toFixed(Math.max(column.decimals, 0)) : runpages.axis.say(Math.abs(way))) }));
  }

  // --- tables of one row ---

  // Each of their columns is a row, with the values of the runs beside each other.
  /** @param {any} own */
  function turn(own) {
    own.names = joined.names(own.tables, null);
    const differ = own.names.filter((/** @type {string} */ name) => isDifferent({ ...own, names: [name] }, { rows: own.of.map(() => 0) }));
    own.shown = state(own.node.id + ".rows", "all") === "differ" ? differ : own.names;
    own.list.table.tHead.replaceChildren(make("tr", {}, make("th", { scope: "col", textContent: "column" }), ...own.of.map((/** @type {ComparedRun} */ one) => make("th", { scope: "col", className: "n bar" }, named(one)))));
    own.note.textContent = differ.length ? differ.length + " of " + counted(own.names.length, "column") + " differ" : counted(own.names.length, "column") + ", all the same";
  }

  /** @param {any} own @param {string} name */
  function turnedRow({ tables }, name) {
    const made = make("tr", {}, make("th", { scope: "row", textContent: name }));
    cells(made, tables.map((/** @type {Rows} */ table) => joined.columnOf(table, name)), tables.map(() => 0));
    return made;
  }

  // The rows that are shown, a column for each run and value.
  /** @param {any} own */
  function csv({ isTurned, key, names, of, shown, tables }) {
    const values = (/** @type {string} */ name, /** @type {number[]} */ rows) => tables.map((/** @type {Rows} */ table, /** @type {number} */ at) => joined.cell(joined.columnOf(table, name), rows[at]));
    const labels = of.map((/** @type {ComparedRun} */ { label }) => label);
    if (isTurned) return [["column", ...labels], ...shown.map((/** @type {string} */ name) => [name, ...values(name, tables.map(() => 0))])];
    const first = [key ?? "row", ...names.flatMap((/** @type {string} */ name) => labels.map((/** @type {string} */ label) => name + " " + label))];
    return [first, ...shown.map((/** @type {any} */ { key: text, rows }) => [text, ...names.flatMap((/** @type {string} */ name) => values(name, rows))])];
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
      Object.assign(own, { of: has, without: wanted.filter((one) => !has.includes(one)).map(({ label }) => label), isStale: true });
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
    if (compare.isPrinted) return Promise.all(shared.map((name) => fill(cards.get(name)))).then(() => true);
  });
})();
