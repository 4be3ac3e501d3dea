// A metric of runs over a parameter or another metric: dots, strips and boxes by text, means, fronts.
(function () {
  "use strict";
  const { runStats, runDrawing } = runpages;
  const { paths, plot, ring, round, shape, spread } = runDrawing;
  const MOST = 5000;
  const [MEANS, BOXED, NEAR] = [12, 8, 24];

  /** @param {any} context @param {RunNeed} need */
  const goalOf = ({ model }, need) => (need.aggregate === "best" || need.aggregate === "last" || need.aggregate === "mean" ? model.column(need.key).goal : null) || null;

  // The best run as the page names it where it is among the rows, else the best of those that completed.
  /** @param {any} context @param {number[]} rows @param {Float64Array} values @param {string | null} goal @param {string} name */
  function bestOf({ model }, rows, values, goal, name) {
    if (!goal) return -1;
    const [, , own] = model.runs.best[name] || [];
    if (rows.includes(own)) return own;
    const sign = goal === "min" ? 1 : -1;
    const ended = rows.filter((row) => ["completed", "none"].includes(model.runs.kind[row]));
    return ended.reduce((best, row) => (best < 0 || sign * values[row] < sign * values[best] ? row : best), -1);
  }

  /** @param {{ x: number, y: number, row: number }[]} dots */
  function finder(dots) {
    return function (/** @type {number} */ x, /** @type {number} */ y) {
      let [best, least] = [-1, NEAR * NEAR];
      for (const dot of dots) {
        const far = (dot.x - x) ** 2 + (dot.y - y) ** 2;
        if (far < least) [best, least] = [dot.row, far];
      }
      return best;
    };
  }

  // What marks a run, and its dot among those that are drawn.
  /** @param {any} context @param {any[]} dots @param {any} area */
  function marker({ model }, dots, area) {
    return function (/** @type {number} */ row) {
      const dot = dots.find((one) => one.row === row);
      return dot ? [ring(dot.x, dot.y, model.runs.title[row], area, "lifted")] : [];
    };
  }

  // The parts of a box around its middle.
  /** @param {any} found @param {number} middle @param {number} half @param {(value: number) => number} up */
  function box(found, middle, half, up) {
    const [low, first, median, third, high] = [found.low, found.first, found.median, found.third, found.high].map((value) => round(up(value)));
    const [left, right] = [round(middle - half), round(middle + half)];
    return shape("path", { class: "box", d: `M${left} ${first}H${right}V${third}H${left}zM${left} ${median}H${right}M${round(middle)} ${first}V${low}M${round(middle)} ${third}V${high}` });
  }

  // Of each value of x: its mean, and the values.
  /** @param {number[]} rows @param {Float64Array} x @param {Float64Array} y */
  function groups(rows, x, y) {
    /** @type {Map<number, number[]>} */
    const found = new Map();
    for (const row of rows) {
      const known = found.get(x[row]);
      if (known) known.push(y[row]);
      else found.set(x[row], [y[row]]);
    }
    return [...found].sort(([one], [other]) => one - other).map(([at, values]) => ({ at, values, mean: values.reduce((sum, one) => sum + one, 0) / values.length }));
  }

  /** @param {any} context @param {any} x @param {any} y @param {number[]} rows @param {any} area */
  function summary(context, x, y, rows, area) {
    const { spec } = context;
    const { words } = x.scale;
    const found = groups(rows, x.values, y.values);
    const half = words ? (area.room / words.length) * 0.32 : 0;
    if (words) {
      const isBoxed = spec.flags.has("box");
      const boxes = isBoxed ? found.filter(({ values }) => values.length >= BOXED).map((one) => box(runStats.box(one.values), area.across(one.at), half, area.up)) : [];
      const means = found.map(({ at, mean }) => "M" + round(area.across(at) - half) + " " + round(area.up(mean)) + "h" + round(2 * half));
      return { nodes: [...boxes, shape("path", { class: "mean", d: means.join("") })], note: isBoxed ? "box = quartiles, line = mean" : "line = mean" };
    }
    const goals = [goalOf(context, x.need), goalOf(context, y.need)];
    if (context.isMetric(x.need) && goals.every(Boolean)) {
      const front = runStats.pareto(rows.map((row) => [x.values[row], y.values[row], row]), goals[0] || "", goals[1] || "");
      const line = front.map((one) => round(area.across(one[0])) + " " + round(area.up(one[1])));
      return { nodes: [shape("path", { class: "mean", d: "M" + line.join(" ") })], note: "line = Pareto front of " + front.length, front };
    }
    // Of values that one run each has the means are its dots.
    if (context.isMetric(x.need) || found.length > MEANS || found.length < 2 || found.length === rows.length) return { nodes: [], note: "" };
    return { nodes: [shape("path", { class: "mean", d: "M" + found.map(({ at, mean }) => round(area.across(at)) + " " + round(area.up(mean))).join(" ") })], note: "line = mean" };
  }

  /** @param {any} context @param {any} x @param {any} y @param {number[]} known */
  function table({ model }, x, y, known) {
    return [["run", x.name, y.name], ...known.map((row) => [model.runs.title[row], x.text(row), y.text(row)])];
  }

  // The rows that have both values, at most so many of them with the best one, and how many there are.
  /** @param {any} context @param {any} x @param {any} y @param {number} most */
  function known(context, x, y, most) {
    const isKnown = (/** @type {any} */ one, /** @type {number} */ row) => Number.isFinite(one.values[row]) && !(one.scale.log && one.values[row] <= 0);
    const all = context.rows.filter((/** @type {number} */ row) => isKnown(x, row) && isKnown(y, row));
    const best = bestOf(context, all, y.values, goalOf(context, y.need), y.name);
    const rows = runStats.sample(all, most);
    if (best >= 0 && !rows.includes(best)) rows.push(best);
    return { rows, all: all.length, best };
  }

  // Categories with the number of their runs, where there is room for both.
  /** @param {any} x @param {number[]} rows @param {number} width */
  function counted({ scale, values }, rows, width) {
    const ticks = scale.ticks.map((/** @type {any} */ tick) => ({ ...tick, label: tick.label + " n " + rows.filter((row) => values[row] === tick.value).length }));
    const widest = Math.max(...ticks.map((/** @type {any} */ { label }) => runpages.axis.width(label)));
    return { ...scale, ticks: widest * ticks.length < width - 60 ? ticks : scale.ticks };
  }

  /** @param {any} context */
  async function points(context) {
    const { model, spec, width, height } = context;
    const y = await context.axis(spec.keys[0]);
    // The axis is as long as the runs that are drawn need it, also where a failed one is far off.
    const x = await context.axis(spec.keys[1], { rows: context.rows.filter((/** @type {number} */ row) => Number.isFinite(y.values[row])) });
    const { rows, all, best } = known(context, x, y, MOST);
    if (!rows.length) throw new Error(`No run has ${y.name} and ${x.name}.`);
    const { words } = x.scale;
    const area = plot({ width, height, x: words ? counted(x, rows, width) : x.scale, y: y.scale, xName: words ? "" : x.name, isStrip: Boolean(words) });
    const dots = rows.map((row) => ({ row, x: area.across(x.values[row]), y: area.up(y.values[row]), color: context.colors.of(row) }));
    const few = words ? words.length : new Set(rows.map((row) => x.values[row])).size;
    if (few <= MEANS) spread(dots, words ? area.room / few : Math.min(area.room / (1.5 * (few + 1)), 2 * (Math.min(...dots.map((dot) => dot.x)) - area.left) + 6));
    const { nodes, note, front } = summary(context, x, y, rows, area);
    const dot = dots.find((one) => one.row === best);
    const of = context.ofAll(rows.length, all);
    const notes = [context.label(y.need), context.isMetric(x.need) ? "against " + context.label(x.need) + " " + x.name : "by " + x.name, note, of, x.dropped ? x.dropped + " rarer values left out" : "", [x, y].some((one) => one.scale.log) ? "log" : ""];
    return {
      nodes: [...area.frame, ...paths(dots), ...nodes, ...(dot ? [ring(dot.x, dot.y, model.runs.title[best], area)] : [])],
      title: y.name,
      note: notes.filter(Boolean).join(", "),
      alt: y.name + " " + notes.filter(Boolean).join(", ") + (best >= 0 ? ". Best: " + y.text(best) + " by " + model.runs.title[best] : "") + (front ? ". Front: " + front.map((one) => model.runs.title[Number(one[2])]).slice(0, 20).join(", ") : ""),
      order: dots.toSorted((one, other) => one.x - other.x || one.y - other.y).map(({ row }) => row),
      find: finder(dots),
      mark: marker(context, dots, area),
      reading: (/** @type {number} */ row) => [[x.name, context.spelled(x, row)], [y.name, context.spelled(y, row)]],
      table: table(context, x, y, rows),
    };
  }

  runpages.runPoints = { finder, goalOf, known, marker, table };
  runpages.runKinds = { ...runpages.runKinds, points };
})();
