// Groups against the reference by one metric: intervals, verdicts and their reasons, as on the page of an experiment.
(function () {
  "use strict";
  const { make, groupDrawings: draw, verdictView, compare: comparison, compareRows: rowsOf, compareValues: values, compareTable: table } = runpages;
  const { fixed } = verdictView;
  const state = (/** @type {string} */ name) => runpages.urlState().get("metrics." + name);

  // The groups with their values as the drawings of groups take them.
  /** @param {CompareRow} row @param {CompareMember[]} members @returns {(GroupResult & { member: CompareMember })[]} */
  function resultsOf(row, members) {
    return members.map(function (member, at) {
      const { verdict, pairs, values: own } = row.cells[at];
      const group = { label: member.label, texts: [member.label], numbers: [NaN], members: member.runs.map((_, place) => place), rest: false };
      return { group, rows: own.map((_, place) => place), values: own, spread: runpages.verdict.spread(own), verdict, pairs, member };
    });
  }

  // Names that have several values within a group.
  /** @param {CompareMember[]} members */
  const within = (members) => [...new Set(members.flatMap(({ runs }) => values.rows(runs.map((run) => ({ key: run.id, runs: [run] })), { key: runs[0].id }, (/** @type {CompareRun} */ run) => run.params).filter((/** @type {CompareValues} */ one) => one.isDifferent).map((/** @type {CompareValues} */ { name }) => name)))];

  /** @param {CompareRow} row @param {string} asked @param {CompareMember[]} members @param {CompareMember} reference */
  function viewOf(row, asked, members, reference) {
    const results = resultsOf(row, members);
    const judged = results.filter(({ verdict }) => verdict);
    const chosen = judged.find(({ group }) => group.label === state("chosen")) || judged.find(({ verdict }) => verdict?.word === "better") || judged[0] || null;
    const by = (/** @type {string} */ which) => resultsOf(rowsOf.row(members, reference, row.name, which, comparison.pairBy), members);
    const best = row.goal && asked === "last" ? by("best") : null;
    const pairBy = comparison.pairBy ? { name: comparison.pairBy } : null;
    return {
      metric: { name: row.name }, goal: row.goal, value: asked, step: null, groups: results.map(({ group }) => group), results,
      both: best ? { last: results, best: best.map((one, at) => ({ ...one, group: results[at].group })) } : null,
      reference: results.find(({ member }) => member.key === reference.key), chosen, tolerance: row.tolerance, pairBy, decimals: rowsOf.decimals(row),
      colors: new Map(results.map(({ group, member }) => [group, member.color])), range: draw.reach(results, row.tolerance), within: within(members),
    };
  }

  /** @param {any} view @param {any} one @param {number[]} strip */
  function line(view, one, strip) {
    const { spread, member } = one;
    const mean = make("td", { className: "n bar mean-cell" }, spread.n ? fixed(spread.mean, view.decimals) : "–", ...(spread.n > 1 ? [make("span", { className: "sd", textContent: " ± " + fixed(spread.sd, view.decimals) })] : []));
    const dots = draw.strip(one.values, spread.mean, strip);
    dots.style.color = member.color;
    const isReference = view.reference === one;
    const name = make("th", { scope: "row", className: "name" }, make("i", { className: "dot-key s" + member.slot }), make("b", { title: member.title }, make("bdi", { textContent: member.label })), ...(isReference ? [make("span", { className: "tag", textContent: "ref" })] : []));
    const tr = make("tr", { className: "group-row" }, name, make("td", { className: "n" }, make("span", { className: "phone-only", textContent: "n " }), String(spread.n)), mean, make("td", { className: "strip-cell" }, dots), ...verdictView.cells(view, one));
    if (view.chosen === one) tr.ariaSelected = "true";
    return tr;
  }

  /** @param {any} view @param {number[]} strip */
  function heads(view, strip) {
    const head = (/** @type {string} */ className, /** @type {string} */ title, /** @type {string} */ sub) => make("th", { scope: "col", className }, make("span", { className: "head-name", textContent: title }), make("span", { className: "sub", textContent: sub }));
    const axis = make("th", { scope: "col", className: "strip-cell" }, make("span", { className: "strip-head" }, ...[fixed(strip[0], view.decimals), "each run, | mean", fixed(strip[1], view.decimals)].map((textContent) => make("span", { textContent }))));
    return make("thead", {}, make("tr", {}, head("name", "Group", ""), head("n", "n", ""), head("n bar mean-cell", view.metric.name, view.value + ", mean ± sd"), axis, ...verdictView.heads(view)));
  }

  /** @param {CompareRow[]} numeric @param {CompareRow} row */
  function metricChoice(numeric, row) {
    const select = make("select", {}, ...numeric.map(({ name }) => make("option", { value: name, textContent: name })));
    select.value = row.name;
    select.dataset.focus = "judged";
    select.addEventListener("change", () => table.choose("metrics.judged", select.value === numeric[0].name ? null : select.value));
    return make("label", { className: "picker" }, "Groups by", select);
  }

  // What the runs of groups can be paired by: what varies within a group, and what the settings and the address say.
  /** @param {string[]} names */
  function pairChoice(names) {
    const { pairBy, usualPair } = comparison;
    const all = [...new Set([...names, usualPair, pairBy].filter(Boolean))];
    const select = make("select", {}, ...["", ...all].map((value) => make("option", { value, textContent: value || "nothing" })));
    select.value = pairBy || "";
    select.dataset.focus = "pair";
    select.addEventListener("change", () => table.choose("metrics.pair", select.value === (usualPair || "") ? null : select.value));
    return make("label", { className: "picker" }, "Pair by", select);
  }

  // The card and the panel of the chosen group; `rows` are the metrics of the table.
  /** @param {CompareRow[]} rows @param {string} asked */
  runpages.compareVerdicts = function (rows, asked) {
    const { members, reference } = comparison;
    const numeric = rows.filter(({ cells, which }) => which && cells.some(({ values: own }) => own.length));
    const row = numeric.find(({ name }) => name === state("judged")) || numeric[0];
    if (!row) return [];
    const view = /** @type {any} */ (viewOf(row, asked, members, reference));
    const ends = view.results.flatMap((/** @type {GroupResult} */ { spread }) => (spread.n ? [spread.least, spread.most] : []));
    const strip = [Math.min(...ends), Math.max(...ends)];
    const body = make("tbody", {}, ...view.results.map((/** @type {any} */ one) => line(view, one, strip)));
    const scroll = make("div", { className: "card scroll inner", role: "group", ariaLabel: "Groups and verdicts", tabIndex: 0 }, make("table", { className: "table group-table" }, heads(view, strip), body));
    const note = [view.pairBy ? "paired by " + view.pairBy.name : "not paired", view.tolerance === null ? "" : "tolerance ± " + view.tolerance, "sd over runs, n − 1"].filter(Boolean).join(" · ");
    const card = make("div", { className: "card compare-card" }, scroll, make("div", { className: "card-foot table-foot" }, make("span", { textContent: "p after Holm over all that is compared; the interval is the plain 95 % one" }), make("span", { className: "note", textContent: note })));
    const panel = make("div", { className: "card verdict-panel" }, ...(view.chosen ? verdictView.panel(view) : []));
    panel.hidden = !view.chosen;
    card.addEventListener("click", function (event) {
      const button = event.target.closest("button[data-choose]");
      if (!button) return;
      button.dataset.focus = "verdict-" + button.dataset.choose;
      table.choose("metrics.chosen", button.dataset.choose);
    });
    return [make("div", { className: "toolbar compare-judged" }, metricChoice(numeric, row), ...(reference.group ? [pairChoice(view.within)] : [])), card, panel];
  };
})();
