// Where two models disagree: their predictions of the same examples, with the picture, and how sure the difference is.
(function () {
  "use strict";
  const { make, compare, joined, runTables } = runpages;
  const { card, counted, dot, headed, runs, select, state } = runpages.compareControls;
  const { plot, round, shape } = runpages.runDrawing;
  /** @type {[string, string, (kind: string) => boolean][]} */
  const FILTERS = [
    ["differ", "Differ", (kind) => ["a", "b", "neither"].includes(kind)],
    ["a", "A right", (kind) => kind === "a"],
    ["b", "B right", (kind) => kind === "b"],
    ["neither", "Neither", (kind) => kind === "neither"],
    ["alike", "Both wrong alike", (kind) => kind === "alike"],
  ];
  /** @type {Record<string, [string, string]>} */
  const RIGHT = { a: ["ok", "A"], b: ["ok", "B"], neither: ["bad", "neither"], alike: ["bad", "neither"] };
  const ORDER = ["a", "b", "neither", "alike"];
  const [PLOT, LABELS] = [72, 30];
  const natural = new Intl.Collator(undefined, { numeric: true }).compare;
  /** @type {any} */
  let own = null;

  // --- the data ---

  // The examples of two tables, where they are of the same ones: by a key, or in the same order with the same truths.
  /** @param {Rows[]} tables */
  function matched(tables) {
    const of = tables.map(joined.roles);
    if (of.includes(null)) return null;
    const key = joined.keys(tables).find((/** @type {string} */ name) => {
      const { isNumber, decimals } = joined.columnOf(tables[0], name);
      return !(isNumber && decimals) && !Object.values(of[0]).includes(name);
    }) ?? null;
    const rows = joined.join(tables, key);
    const examples = joined.judged(tables, rows, of);
    if (!examples.length || (key === null && examples.length < rows.length)) return null;
    const both = rows.filter((/** @type {any} */ one) => !one.rows.includes(-1)).length;
    return { key, of, examples, dropped: both - examples.length };
  }

  // The first picture of an example in either table.
  /** @param {Rows[]} tables @param {number[]} rows */
  function picture(tables, rows) {
    for (const [at, table] of tables.entries()) {
      for (const column of table.columns) {
        const href = !column.isNumber && rows[at] >= 0 && !column.isMissing(rows[at]) && column.pictures[column.places[rows[at]]];
        if (href) return href;
      }
    }
    return "";
  }

  // --- the list ---

  /** @param {any} example @param {number} at */
  function model(example, at) {
    const { data, pair } = own;
    const text = example.predicted[at] ?? "–";
    const role = data.of[at].probability;
    const share = role ? Number(joined.cell(joined.columnOf(data.tables[at], role), example.rows[at]) ?? NaN) : NaN;
    const cell = make("td", { className: "bar" }, make(joined.isSame(example.predicted[at], example.truth) ? "b" : "span", { className: "predicted", textContent: text }));
    if (!Number.isFinite(share)) return cell;
    const bar = make("i", { className: "probability s" + pair[at].slot, ariaHidden: "true" });
    bar.style.setProperty("--share", Math.min(Math.max(share, 0), 1) * 100 + "%");
    cell.append(bar, make("span", { className: "second", textContent: share.toFixed(3) }));
    return cell;
  }

  /** @param {any} example */
  function row(example) {
    const { data } = own;
    const href = data.hasPictures && picture(data.tables, example.rows);
    const [kind, word] = RIGHT[example.kind];
    const made = make("tr", {}, make("th", { scope: "row", className: "n", textContent: example.key }));
    if (data.hasPictures) made.append(make("td", {}, ...(href ? [make("a", { className: "example", href }, make("img", { src: href, alt: "example " + example.key, loading: "lazy" }))] : [])));
    made.append(make("td", { className: "n" }, make("b", { textContent: example.truth })), model(example, 0), model(example, 1), make("td", { className: "bar" }, make("span", { className: kind === "ok" ? "better" : "worse", textContent: kind === "ok" ? "✓ " : "✕ " }), word));
    return made;
  }

  function head() {
    const { data, pair, list } = own;
    const of = (/** @type {number} */ at) => make("th", { scope: "col", className: "bar" }, make("span", { className: "compare-run" }, dot(pair[at]), "AB"[at] + " ", make("bdi", { textContent: pair[at].label })), make("span", { className: "sub", textContent: data.of[at].probability ? "predicted, probability" : "predicted" }));
    const cells = [make("th", { scope: "col", className: "n", textContent: data.key ?? "row" }), ...(data.hasPictures ? [make("th", { scope: "col", textContent: "Picture" })] : []), make("th", { scope: "col", className: "n", textContent: "True" }), of(0), of(1), make("th", { scope: "col", className: "bar", textContent: "Right" })];
    list.table.tHead.replaceChildren(make("tr", {}, ...cells));
    return cells.length;
  }

  // --- how sure ---

  const points = (/** @type {number} */ share) => (share > 0 ? "+" : share < 0 ? "−" : "") + Math.abs(100 * share).toFixed(1);

  /** @param {{ mean: number, low: number, high: number }} interval */
  function drawing({ mean, low, high }) {
    const width = 312;
    const x = runpages.runScale.numbers([Math.min(low, 0) * 100, Math.max(high, 0) * 100], { log: false, limit: 7 });
    const area = plot({ width, height: PLOT, x, y: { ticks: [], at: () => 0 } });
    const at = (/** @type {number} */ share) => round(area.across(100 * share));
    const middle = area.top + 16;
    return shape("svg", { class: "chart is-drawn accuracy-interval", role: "img", width, height: PLOT, "aria-label": "Accuracy of A minus that of B: " + points(mean) + " points, 95 % from " + points(low) + " to " + points(high) },
      ...area.frame,
      shape("path", { class: "zero-line", d: "M" + at(0) + " " + area.top + "V" + area.bottom }),
      shape("path", { class: "whisker", d: "M" + at(low) + " " + middle + "H" + at(high) + "M" + at(low) + " " + (middle - 5) + "v10M" + at(high) + " " + (middle - 5) + "v10" }),
      shape("circle", { class: "middle", cx: at(mean), cy: middle, r: 4 }));
  }

  function accuracy() {
    const { examples } = own.data;
    const right = (/** @type {any} */ { kind }, /** @type {string} */ which) => Number(kind === "both" || kind === which);
    const share = (/** @type {string} */ which) => (100 * examples.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + right(one, which), 0)) / examples.length;
    const interval = joined.bootstrap(examples.map((/** @type {any} */ one) => right(one, "a") - right(one, "b")));
    return [
      make("h3", { textContent: "Accuracy, A − B" }),
      make("p", {}, make("b", { className: "accuracy", textContent: points(interval.mean) + " points" }), make("span", { className: "second", textContent: " 95 % " + points(interval.low) + " to " + points(interval.high) })),
      drawing(interval),
      make("p", { className: "note", textContent: "A " + share("a").toFixed(1) + " %, B " + share("b").toFixed(1) + " %. Bootstrap over the " + counted(examples.length, "example") + ", " + interval.draws.toLocaleString("en") + " draws: noise of the test set, not of the seed." }),
    ];
  }

  // By true label, which of the two is right where they differ.
  function labels() {
    const { data, pair } = own;
    const differ = data.examples.filter((/** @type {any} */ { kind }) => FILTERS[0][2](kind));
    const all = [...new Set(/** @type {string[]} */ (data.examples.map((/** @type {any} */ { truth }) => truth)))].sort(natural);
    const count = (/** @type {string} */ label, /** @type {string} */ kind) => differ.filter((/** @type {any} */ one) => one.truth === label && one.kind === kind).length;
    const rows = all.map((label) => ({ label, counts: ["a", "b", "neither"].map((kind) => count(label, kind)) })).map((one) => ({ ...one, sum: one.counts.reduce((sum, value) => sum + value, 0) }));
    const shown = rows.length > LABELS ? rows.toSorted((one, other) => other.sum - one.sum).slice(0, LABELS) : rows;
    const most = Math.max(1, ...shown.map(({ sum }) => sum));
    const looks = ["s" + pair[0].slot, "s" + pair[1].slot, "rest"];
    const bars = shown.map(({ label, counts, sum }) => make("div", {}, make("dt", { textContent: label, title: label }), make("dd", {}, ...counts.flatMap((value, at) => {
      if (!value) return [];
      const bar = make("i", { className: looks[at] });
      bar.style.width = (value / most) * 85 + "%";
      return [bar];
    }), make("span", { textContent: sum ? String(sum) : "·" }))));
    return [
      make("h3", { textContent: "Where they differ" }, make("span", { className: "note", textContent: " by true label" + (rows.length > LABELS ? ", " + LABELS + " of " + rows.length : "") })),
      make("dl", { className: "label-bars" }, ...bars),
      make("p", { className: "note label-keys" }, ...["A right", "B right", "neither"].flatMap((text, at) => [make("i", { className: looks[at] }), text + " "])),
    ];
  }

  // --- the section ---

  function chips() {
    const chosen = state("predictions.show", "differ");
    own.chips.replaceChildren(...FILTERS.map(function ([value, text, test]) {
      const made = make("button", { type: "button", className: "button framed", ariaPressed: String(value === chosen) }, text, make("span", { className: "quiet", textContent: String(own.data.examples.filter((/** @type {any} */ { kind }) => test(kind)).length) }));
      made.dataset.show = value;
      return made;
    }));
  }

  function list() {
    const { data } = own;
    const [value, , test] = FILTERS.find(([one]) => one === state("predictions.show", "differ")) || FILTERS[0];
    own.shown = data.examples.filter((/** @type {any} */ { kind }) => test(kind)).sort((/** @type {any} */ one, /** @type {any} */ other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
    for (const chip of own.chips.children) chip.ariaPressed = String(chip.dataset.show === value);
    own.list.show(own.shown.length, head(), "No such example");
    own.foot.textContent = counted(own.shown.length, "example").replace(/ (\w+)$/, " of " + counted(data.examples.length, "row")) + ", " + (data.key === null ? "in the order of the tables" : "joined by " + data.key) + ". Bold: the true label." + (data.dropped ? " Left out: " + counted(data.dropped, "row") + " without the same true label in both." : "");
  }

  // As an address names a run.
  const keyOf = (/** @type {ComparedRun} */ { run }) => run.page.replace(/^e\/|\.html$/g, "");

  // The two models of the address. Where one is chosen that was the other, they change places.
  function chosen() {
    const { of, pair } = own;
    const at = (/** @type {string} */ key, /** @type {number} */ usual) => of.find((/** @type {ComparedRun} */ one) => keyOf(one) === state(key, "")) || of[usual];
    const [a, b] = [at("predictions.a", 0), at("predictions.b", own.beside)];
    if (a !== b) return [a, b];
    const isA = !pair || pair[0] !== a;
    const other = pair?.[isA ? 0 : 1] || of.find((/** @type {ComparedRun} */ one) => one !== a);
    const place = of.indexOf(other) === (isA ? own.beside : 0) ? null : keyOf(other);
    runpages.urlState(isA ? "predictions.b" : "predictions.a", place);
    return isA ? [a, other] : [other, b];
  }

  async function draw() {
    const { box } = own;
    own.pair = chosen();
    own.pickers.querySelectorAll("select").forEach((/** @type {Found} */ one, /** @type {number} */ at) => { one.value = keyOf(own.pair[at]); });
    const [a, b] = own.pair;
    const names = Object.keys(a.run.scripts.tables).filter((name) => b.run.scripts.tables[name]);
    const found = [];
    for (const name of names) {
      const tables = await Promise.all([a, b].map(({ run }) => runTables.table(run, name)));
      const data = matched(tables);
      if (data) found.push({ name, tables, ...data, hasPictures: data.examples.some((/** @type {any} */ { rows }) => picture(tables, rows)) });
    }
    found.sort((one, other) => other.examples.length - one.examples.length);
    const name = state("predictions.table", found[0]?.name);
    own.data = found.find((one) => one.name === name) || found[0];
    own.choice.replaceChildren(...(found.length > 1 ? [select("predictions.table", "Table", found.map((one) => [one.name, one.name]), draw)] : []));
    own.body.hidden = !own.data;
    own.none.hidden = Boolean(own.data);
    if (!own.data) return;
    const { examples } = own.data;
    const count = (/** @type {string} */ kind) => examples.filter((/** @type {any} */ one) => one.kind === kind).length;
    const [right, other, neither] = ["a", "b", "neither"].map(count);
    own.sentence.replaceChildren(make("b", { textContent: right + other + neither + " of " + examples.length + " differ" }), "; A right in " + right + ", B right in " + other + ", neither in " + neither);
    box.closest("section").querySelector(".count").textContent = own.data.name + ", " + (own.data.key === null ? "in the order of the tables" : "joined by " + own.data.key);
    own.title.textContent = own.data.name;
    chips();
    list();
    own.side.replaceChildren(...accuracy(), ...labels());
  }

  function csv() {
    const { data, pair, shown } = own;
    return [[data.key ?? "row", "true", ...pair.map((/** @type {ComparedRun} */ { label }) => label), "right"], ...shown.map((/** @type {any} */ one) => [one.key, one.truth, ...one.predicted, RIGHT[one.kind][1]])];
  }

  /** @param {Found} box */
  function begin(box) {
    const made = card("predictions", "examples", { lines: csv, drawing: () => runpages.cardPicture.drawing(own.side) });
    own = {
      box, chips: make("div", { className: "prediction-chips", role: "group", ariaLabel: "Which examples" }),
      sentence: make("p"), choice: make("span"), side: make("aside", { className: "prediction-side" }), foot: make("p", { className: "card-foot" }),
      none: make("p", { className: "note", textContent: "No table of predictions of the same examples: it needs columns true and predicted, and an id or the same order in both runs.", hidden: true }),
      list: new runTables.Listed((/** @type {number} */ at) => row(own.shown[at]), "Predictions of both models"), title: made.node.querySelector("h3"),
    };
    own.chips.addEventListener("click", function (/** @type {Happening} */ event) {
      const chip = event.target.closest("[data-show]");
      if (!chip) return;
      runpages.urlState("predictions.show", chip.dataset.show === "differ" ? null : chip.dataset.show);
      list();
    });
    own.pickers = make("span", { className: "prediction-pair" });
    made.node.append(own.list.region, own.foot);
    own.body = make("div", {}, make("div", { className: "toolbar" }, own.sentence, make("span", { className: "room" }), own.chips), make("div", { className: "prediction-grid" }, made.node, own.side));
    headed(box, own.choice, own.pickers);
    box.replaceChildren(own.none, own.body);
    addEventListener("statechange", () => own.of.length > 1 && draw().catch((/** @type {Error} */ error) => runpages.announce(error.message)));
    return made;
  }

  compare.section("predictions", async function (box) {
    const wanted = /** @type {ComparedRun[]} */ (runs(compare));
    const of = wanted.filter(({ run }) => run.scripts.tables);
    if (of.length < 2) return false;
    const made = own ? null : begin(box);
    // Of groups, a run of another group than the first.
    const beside = Math.max(of.findIndex(({ member }) => member !== of[0].member), 1);
    Object.assign(own, { of, pair: null, beside });
    const options = (/** @type {number} */ first) => [of[first], ...of.filter((_, at) => at !== first)].map((one) => [keyOf(one), one.label]);
    own.pickers.replaceChildren(select("predictions.a", "A", options(0), draw), select("predictions.b", "B", options(own.beside), draw));
    await draw();
    made?.restore();
    if (!own.data && !runpages.urlState().has("predictions.a") && !runpages.urlState().has("predictions.b")) return false;
  });
})();
