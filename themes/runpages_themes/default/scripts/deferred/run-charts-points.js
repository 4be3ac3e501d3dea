// A metric of runs over a parameter or another metric: dots, strips and boxes by text, means, fronts; and over time, where
// it may step.
(function () {
  "use strict";
  const { runStats, runDrawing, axis } = runpages;
  const { paths, plot, ring, round, shape, spread } = runDrawing;
  const MOST = 5000;
  const [MEANS, BOXED, NEAR] = [12, 8, 24];
  const TREND = 2000;
  const LEVEL = 0.05;
  const CHANGES = 3;

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
    if (context.isMetric(x.need) || found.length > MEANS || found.length < 2) return { nodes: [], note: "" };
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

  /** @param {any} context */
  async function points(context) {
    const { model, spec, width, height } = context;
    const [y, x] = await Promise.all(spec.keys.map((/** @type {any} */ need) => context.axis(need)));
    const { rows, all, best } = known(context, x, y, MOST);
    const { words } = x.scale;
    const counted = words && { ...x.scale, ticks: x.scale.ticks.map((/** @type {any} */ tick) => ({ ...tick, label: tick.label + " n " + rows.filter((row) => x.values[row] === tick.value).length })) };
    const area = plot({ width, height, x: counted || x.scale, y: y.scale, xName: words ? "" : x.name, isStrip: Boolean(words) });
    const dots = rows.map((row) => ({ row, x: area.across(x.values[row]), y: area.up(y.values[row]), color: context.colors.of(row) }));
    const few = words ? words.length : new Set(rows.map((row) => x.values[row])).size;
    if (few <= MEANS) spread(dots, words ? area.room / few : Math.min(area.room / (1.5 * (few + 1)), 2 * (Math.min(...dots.map((dot) => dot.x)) - area.left) + 6));
    const { nodes, note, front } = summary(context, x, y, rows, area);
    const dot = dots.find((one) => one.row === best);
    const of = context.ofAll(rows.length, all);
    const notes = [context.label(y.need), context.isMetric(x.need) ? "against " + context.label(x.need) + " " + x.name : "by " + x.name, note, of, x.dropped ? x.dropped + " rarer values left out" : "", [x, y].some((one) => one.scale.log) ? "log" : ""];
    return {
      nodes: [...area.frame, ...nodes, ...paths(dots), ...(dot ? [ring(dot.x, dot.y, model.runs.title[best], area)] : [])],
      title: y.name,
      note: notes.filter(Boolean).join(", "),
      alt: y.name + " " + notes.filter(Boolean).join(", ") + (best >= 0 ? ". Best: " + y.text(best) + " by " + model.runs.title[best] : "") + (front ? ". Front: " + front.map((one) => model.runs.title[Number(one[2])]).slice(0, 20).join(", ") : ""),
      order: dots.toSorted((one, other) => one.x - other.x || one.y - other.y).map(({ row }) => row),
      find: finder(dots),
      mark: marker(context, dots, area),
      said: (/** @type {number} */ row) => [[x.name, context.said(x, row)], [y.name, context.said(y, row)]],
      table: table(context, x, y, rows),
    };
  }

  // --- over time ---

  // What has one value in all runs before the step, and another one after it.
  /** @param {any} context @param {number[]} before @param {number[]} after */
  async function changes({ model }, before, after) {
    const candidates = model.columns.filter((/** @type {RunColumn} */ one) => one.varies && (["param", "tag"].includes(one.kind) || ["run:commit", "run:host"].includes(one.key)));
    const found = await Promise.all(candidates.map(async function (/** @type {RunColumn} */ { key, name }) {
      const values = await model.load(key);
      const [one, other] = [before, after].map((rows) => new Set(rows.map((row) => (values.missing(row) ? "not set" : values.text(row)))));
      return one.size === 1 && other.size === 1 && [...one][0] !== [...other][0] ? [name + " " + [...one][0] + " → " + [...other][0]] : [];
    }));
    return found.flat();
  }

  /** @param {any} context @param {any} y @param {number[]} rows */
  async function stepOf(context, y, rows) {
    const latest = rows.slice(-TREND);
    const found = runStats.step(latest.map((row) => y.values[row]));
    if (!found || found.p > LEVEL) return { found: null, why: latest.length < 8 ? "Steps are sought in eight runs or more." : found ? "No step: permutation p " + axis.say(found.p) + "." : "No step: all values are equal." };
    const [before, after] = [latest.slice(0, found.at), latest.slice(found.at)];
    return { found, before, after, changed: await changes(context, before, after), why: "" };
  }

  /** @param {any} context @param {any} step @param {any} y */
  function spelledStep(context, step, y) {
    if (!step.found) return step.why;
    const { found, before, after, changed } = step;
    const difference = found.after - found.before;
    const goal = goalOf(context, y.need);
    const word = !goal ? "" : difference < 0 === (goal === "min") ? " (better)" : " (worse)";
    const date = context.spelledTime(context.started[after[0]]);
    const signed = (difference > 0 ? "+" : "") + axis.say(difference);
    const interval = found.interval ? ", 95 % interval " + axis.say(found.interval.low) + " to " + axis.say(found.interval.high) : "";
    const what = changed.length ? "Changed with it: " + changed.slice(0, CHANGES).join("; ") + (changed.length > CHANGES ? "; " + (changed.length - CHANGES) + " more" : "") + "." : "No parameter, tag, commit or host changed with it.";
    return `${difference < 0 ? "▼" : "▲"} since ${context.model.runs.title[after[0]]}, ${date}: ${signed}${word}. Mean ${axis.say(found.before)} (${before.length} runs) to ${axis.say(found.after)} (${after.length})${interval}, permutation p ${found.p <= 0.001 ? "≤ 0.001" : axis.say(found.p)}. ${what}`;
  }

  /** @param {any} context */
  async function trend(context) {
    const { model, spec, width, height } = context;
    const [y, x] = await Promise.all([context.axis(spec.keys[0]), context.axis({ key: "run:started", aggregate: "" })]);
    const { rows, all, best } = known(context, x, y, MOST);
    rows.sort((one, other) => x.values[one] - x.values[other] || other - one);
    const area = plot({ width, height, x: x.scale, y: y.scale, xName: "start" });
    const dots = rows.map((row) => ({ row, x: area.across(x.values[row]), y: area.up(y.values[row]), color: context.colors.of(row) }));
    const step = await stepOf({ ...context, started: x.values }, y, rows);
    const nodes = step.found ? stepped(step, x.values, area) : [];
    const notes = [context.label(y.need), "in order of start", context.ofAll(rows.length, all), y.scale.log ? "log" : ""].filter(Boolean).join(", ");
    const text = spelledStep({ ...context, started: x.values }, step, y);
    const dot = dots.find((one) => one.row === best);
    return {
      nodes: [...area.frame, ...nodes, ...paths(dots), ...(dot ? [ring(dot.x, dot.y, model.runs.title[best], area)] : [])],
      title: y.name,
      note: notes,
      alt: y.name + " " + notes + ". " + text,
      foot: text,
      isChange: Boolean(step.found),
      order: rows,
      find: finder(dots),
      mark: marker(context, dots, area),
      said: (/** @type {number} */ row) => [["start", x.text(row)], [y.name, context.said(y, row)]],
      table: table(context, x, y, rows),
    };
  }

  /** @param {any} step @param {Float64Array} starts @param {any} area */
  function stepped({ found, before, after }, starts, area) {
    const [first, last] = [before[0], after[after.length - 1]].map((row) => round(area.across(starts[row])));
    const at = round((area.across(starts[before[before.length - 1]]) + area.across(starts[after[0]])) / 2);
    const [one, other] = [found.before, found.after].map((value) => round(area.up(value)));
    return [
      shape("path", { class: "step-at", d: "M" + at + " " + area.top + "V" + area.bottom }),
      shape("path", { class: "mean", d: "M" + first + " " + one + "H" + at }),
      shape("path", { class: "mean after-step", d: "M" + at + " " + other + "H" + last }),
    ];
  }

  runpages.runKinds = { ...runpages.runKinds, points, trend };
})();
