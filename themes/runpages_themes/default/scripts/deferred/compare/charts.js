// The diagnostics of all members: confusion matrices side by side, and curves over each other.
(function () {
  "use strict";
  const { make, compare, matrices, xyDrawing } = runpages;
  const { card, counted, few, headed, key, runs, segments, select, state } = runpages.compareControls;
  /** @type {[string, string, string][]} */
  const UNIT_PANELS = [["roc", "ROC: true positive rate over false positive rate", "FPR"], ["precision", "Precision over recall", "recall"]];
  /** @type {Record<string, string>} */
  const WORDS = { confusion_matrix: "confusion matrix", accuracy_table: "accuracy table", residuals: "residuals", predictions: "predictions" };
  /** @type {any[]} */
  let cards = [];

  // A colour of the page as it is now.
  /** @param {string} role */
  function color(role) {
    const probe = make("i");
    probe.style.color = "var(" + role + ")";
    document.head.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  const figure = (/** @type {number | null} */ value) => (value === null || value === undefined ? "–" : value.toFixed(4));

  // A figure of a run, and by how much it is more or less than that of the reference.
  /** @param {number | null} value @param {number | null} reference @param {boolean} isFirst */
  function delta(value, reference, isFirst) {
    const cell = make("td", { className: "n", textContent: figure(value) });
    if (isFirst || value === null || reference === null || value === undefined || reference === undefined) return cell;
    const way = value - reference;
    cell.append(make("span", { className: "sub", textContent: Math.abs(way) < 0.00005 ? "=" : (way > 0 ? "+" : "−") + Math.abs(way).toFixed(4) }));
    return cell;
  }

  // The lines by name, with their figures: the legend of a drawing.
  /** @param {string[]} head @param {{ of: any, figures: (number | null)[] }[]} rows */
  function legend(head, rows) {
    const made = make("table", { className: "table" });
    made.append(make("thead", {}, make("tr", {}, ...head.map((text, at) => make("th", { scope: "col", className: at ? "n" : "", textContent: text })))));
    made.append(make("tbody", {}, ...rows.map(({ of, figures }, row) => make("tr", {},
      make("th", { scope: "row" }, make("span", { className: "compare-run" }, key(of), make("bdi", { textContent: of.label }))),
      ...figures.map((value, at) => delta(value, rows[0].figures[at], !row))))));
    return make("div", { className: "scroll legend-table" }, made);
  }

  // --- the kinds ---

  /** @param {any[]} found @param {Found} body */
  function drawMatrices(found, body) {
    const members = [...new Set(found.map(({ of }) => of.member))];
    const shown = matrices.draw(body, members.map((member) => ({ member, matrices: found.filter(({ of }) => of.member === member).map(({ data }) => data) })), state("charts.matrix", "count"));
    body.classList.add("compare-matrices");
    const other = shown.filter((/** @type {any} */ one) => String(one.labels) !== String(shown[0].labels));
    return {
      csv: () => matrices.csv(shown),
      svg: () => matrices.drawing(shown, color),
      foot: ["Rows: true class. Columns: predicted class.", other.length ? "Other classes than the reference: " + few(other.map((/** @type {any} */ { member }) => member.label)) + "." : ""],
    };
  }

  // The curve of a class, else of the average over classes, else of the only class.
  /** @param {any} data @param {string} name */
  function curveOf({ means, paths, scores }, name) {
    const at = scores.findIndex((/** @type {any[]} */ [label]) => label === name);
    const place = at < 0 ? 0 : at;
    return { paths: [...means, ...paths][place], auc: scores[place][1], ap: scores[place][2] };
  }

  /** @param {any[]} found @param {Found} body @param {any} own */
  function drawAccuracy(found, body, own) {
    const names = [...new Set(found.flatMap(({ data }) => data.scores.map((/** @type {any[]} */ [label]) => label)))];
    own.choice ??= names.length > 1 ? select(own.node.id + ".class", "Class", names.map((name) => [name, name]), own.draw) : null;
    const name = state(own.node.id + ".class", names[0]);
    const shown = found.filter(({ data }) => data.scores.some((/** @type {any[]} */ [label]) => label === name)).map(({ of, data }) => ({ of, ...curveOf(data, name) }));
    const width = panelWidth(body, 2);
    const panels = UNIT_PANELS.map(function ([kind, title, xName]) {
      const lines = shown.map(({ of, paths }) => ({ ...of, points: xyDrawing.points(paths[kind]) })).filter(({ points }) => points.length);
      const reference = kind === "roc" ? [[0, 0], [1, 1]] : [];
      return { kind, lines, node: make("div", { className: "panel" }, make("h4", { textContent: title }), xyDrawing.draw({ lines, width, xName, reference, isUnit: true, alt: title + " of " + name + ": " + lines.map(({ label }) => label).join(", ") })) };
    });
    body.replaceChildren(...(own.choice ? [make("div", { className: "chart-tools" }, own.choice)] : []), make("div", { className: "view" }, ...panels.map(({ node }) => node)), legend(["run", "AUC", "AP"], shown.map(({ of, auc, ap }) => ({ of, figures: [auc, ap] }))));
    return { csv: () => table(panels.flatMap(({ kind, lines }) => lines.map((line) => ({ ...line, label: kind + "-" + line.label })))), foot: [] };
  }

  /** @param {any[]} found @param {Found} body */
  function drawResiduals(found, body) {
    const lines = found.map(({ of, data }) => ({ ...of, points: xyDrawing.outline(data) }));
    const most = Math.max(...lines.flatMap(({ points }) => points.map((/** @type {number[]} */ [, y]) => y)));
    body.replaceChildren(xyDrawing.draw({ lines, width: panelWidth(body, 1), xName: "residual", reference: [[0, 0], [0, most]], alt: "Residuals: " + lines.map(({ label }) => label).join(", ") }),
      legend(["run", "mean", "standard deviation"], found.map(({ of, data }) => ({ of, figures: [data.mean, data.sd] }))));
    return { csv: () => table(lines), foot: ["Density of predicted − actual. Dashed: 0."] };
  }

  /** @param {any[]} found @param {Found} body */
  function drawPredictions(found, body) {
    const lines = found.map(({ of, data }) => ({ ...of, points: xyDrawing.means(data) }));
    const edges = found.flatMap(({ data }) => data.edges);
    const [low, high] = [Math.min(...edges), Math.max(...edges)];
    body.replaceChildren(xyDrawing.draw({ lines, width: panelWidth(body, 1), xName: "true", reference: [[low, low], [high, high]], alt: "Predictions: " + lines.map(({ label }) => label).join(", ") }),
      legend(["run"], found.map(({ of }) => ({ of, figures: [] }))));
    return { csv: () => table(lines), foot: ["Mean prediction in each bin of actual values. Dashed: ideal."] };
  }

  /** @type {Record<string, (found: any[], body: Found, own: any) => any>} */
  const DRAW = { confusion_matrix: drawMatrices, accuracy_table: drawAccuracy, residuals: drawResiduals, predictions: drawPredictions };

  /** @param {any[]} lines */
  function table(lines) {
    return runpages.paper.pgfplots(lines.map(({ label, points }) => ({ names: [label], x: points.map((/** @type {number[]} */ [x]) => x), columns: [points.map((/** @type {number[]} */ [, y]) => y)] })), "x", false);
  }

  // How wide a panel may be, of which so many lie side by side where there is room.
  /** @param {Found} body @param {number} count */
  function panelWidth(body, count) {
    const room = body.clientWidth - 16;
    return Math.max(240, count === 2 && room > 900 ? room / 2 - 16 : room);
  }

  // --- cards ---

  /** @param {string} type @param {string} name */
  function create(type, name) {
    /** @type {any} */
    const own = { type, name };
    const files = { lines: () => own.made.csv(), drawing: (/** @type {() => string} */ picture) => (own.made.svg || picture)() };
    Object.assign(own, card("charts", name, files));
    own.body = make("div", { className: "card-body" });
    own.foot = make("p", { className: "card-foot" });
    own.node.append(own.body, own.foot);
    own.node.classList.toggle("wide", type === "confusion_matrix" || type === "accuracy_table");
    own.draw = function () {
      if (!own.found.length || !own.body.clientWidth) return;
      own.made = DRAW[type](own.found, own.body, own);
      own.width = own.body.clientWidth;
      const words = [...own.made.foot, own.without.length ? "Without " + name + ": " + few(own.without) + "." : ""].filter(Boolean);
      own.foot.textContent = words.join(" ");
      own.foot.hidden = !words.length;
    };
    new ResizeObserver(() => { if (own.width && own.width !== own.body.clientWidth && type !== "confusion_matrix") own.draw(); }).observe(own.body);
    return own;
  }

  /** @param {Found} box */
  function tools(box) {
    const redraw = () => cards.filter(({ type }) => type === "confusion_matrix").forEach((one) => one.draw());
    headed(box, segments("charts.matrix", "Confusion matrices", [["count", "Counts"], ["share", "Shares"], ["difference", "Difference"]], redraw));
  }

  compare.section("charts", async function (box) {
    const wanted = /** @type {ComparedRun[]} */ (runs(compare));
    const all = (await Promise.all(wanted.map(async (of) => {
      const data = of.run.scripts.diagnostics ? await compare.script(of.run, "diagnostics").catch(() => []) : [];
      return data.map((/** @type {any} */ one) => ({ of, data: one }));
    }))).flat();
    // Of a name the last step.
    const last = all.filter(({ of, data }) => !all.some((other) => other.of === of && other.data.name === data.name && other.data.type === data.type && other.data.step > data.step));
    const ids = [...new Set(last.map(({ data }) => JSON.stringify([data.type, data.name])))];
    if (!ids.length) return false;
    const known = new Map(cards.map((one) => [JSON.stringify([one.type, one.name]), one]));
    cards = ids.map((id) => known.get(id) || create(...(/** @type {[string, string]} */ (JSON.parse(id)))));
    box.replaceChildren(make("div", { className: "cards" }, ...cards.map(({ node }) => node)));
    if (cards.some(({ type }) => type === "confusion_matrix")) tools(box);
    box.closest("section").querySelector(".count").textContent = counted(cards.length, "chart");
    for (const own of cards) {
      own.found = last.filter(({ data }) => data.type === own.type && data.name === own.name);
      own.without = wanted.filter((of) => !own.found.some((/** @type {any} */ one) => one.of === of)).map(({ label }) => label);
      own.note.textContent = WORDS[own.type] + (own.found.some((/** @type {any} */ { data }) => data.step) ? ", last step" : "");
      own.draw();
      own.restore();
    }
  });
})();
