// A metric of runs over time, or over git commits in the order in which they were first seen, and where it steps.
(function () {
  "use strict";
  const { runStats, runDrawing, runPoints, axis } = runpages;
  const { paths, plot, ring, round, shape, spread } = runDrawing;
  const { finder, goalOf, known, marker, table } = runPoints;
  const [MOST, TREND] = [5000, 2000];
  const LEVEL = 0.05;
  const CHANGES = 3;
  const SHORT = 7;

  // The places of runs along the axis: their start, or their commit.
  /** @param {any} context */
  async function along(context) {
    const { model, spec, rows } = context;
    const start = await context.axis({ key: "run:started", aggregate: "" });
    if (!spec.flags.has("commit")) return { ...start, name: "start", note: "in order of start", starts: start.values };
    const commits = model.column("run:commit")?.count ? await model.load("run:commit") : null;
    if (!commits) throw new Error("No run has a git commit.");
    // The commits of all runs, so that their order is the same whichever runs are shown.
    const order = runStats.firstSeen(commits.places, start.values);
    const shown = order.filter((/** @type {number} */ place) => rows.some((/** @type {number} */ row) => commits.places[row] === place));
    const values = Float64Array.from(commits.places, (place) => (place < 0 ? NaN : shown.indexOf(place)));
    const scale = runpages.runScale.categories(shown.map((/** @type {number} */ place) => commits.words[place].slice(0, SHORT)));
    const missing = rows.filter((/** @type {number} */ row) => Number.isNaN(values[row])).length;
    return { name: "commit", values, scale, isCommit: true, starts: start.values, text: (/** @type {number} */ row) => commits.text(row), note: "by commit as first seen" + (missing ? ", " + missing + " without one" : "") };
  }

  // What has one value in all runs before the step, and another one after it.
  /** @param {any} context @param {number[]} before @param {number[]} after */
  async function changes({ model, spec }, before, after) {
    const candidates = model.columns.filter((/** @type {RunColumn} */ one) => one.varies && (["param", "tag"].includes(one.kind) || one.key === "run:host" || (one.key === "run:commit" && !spec.flags.has("commit"))));
    const found = await Promise.all(candidates.map(async function (/** @type {RunColumn} */ { key, name }) {
      const values = await model.load(key);
      const [one, other] = [before, after].map((rows) => new Set(rows.map((row) => (values.missing(row) ? "not set" : values.text(row)))));
      return one.size === 1 && other.size === 1 && [...one][0] !== [...other][0] ? [name + " " + [...one][0] + " → " + [...other][0]] : [];
    }));
    return found.flat();
  }

  // The step, of commits between two of them.
  /** @param {any} context @param {any} x @param {any} y @param {number[]} rows */
  async function stepOf(context, x, y, rows) {
    const latest = rows.slice(-TREND);
    const isEnd = (/** @type {number} */ left) => !x.isCommit || x.values[latest[left - 1]] !== x.values[latest[left]];
    const found = runStats.step(latest.map((row) => y.values[row]), isEnd);
    if (!found || found.p > LEVEL) return { found: null, why: latest.length < 8 ? "" : found ? "No step: permutation p " + axis.say(found.p) + "." : x.isCommit ? "No step: no commit has four runs before it and four from it on, or all values are equal." : "No step: all values are equal." };
    const [before, after] = [latest.slice(0, found.at), latest.slice(found.at)];
    return { found, before, after, changed: await changes(context, before, after), why: "" };
  }

  /** @param {any} context @param {any} step @param {any} x @param {any} y */
  function spelledStep(context, step, x, y) {
    const { found, before, after, changed } = step;
    const difference = found.after - found.before;
    const goal = goalOf(context, y.need);
    const word = !goal ? "" : difference < 0 === (goal === "min") ? " (better)" : " (worse)";
    const date = context.spelledTime(x.starts[after[0]]);
    const signed = (difference > 0 ? "+" : "") + axis.say(difference);
    const interval = found.interval ? ", 95 % interval " + axis.say(found.interval.low) + " to " + axis.say(found.interval.high) : "";
    const what = changed.length ? "Changed with it: " + changed.slice(0, CHANGES).join("; ") + (changed.length > CHANGES ? "; " + (changed.length - CHANGES) + " more" : "") + "." : "No parameter, tag" + (x.isCommit ? "" : ", commit") + " or host changed with it.";
    return `${difference < 0 ? "▼" : "▲"} since ${x.isCommit ? "commit " + x.text(after[0]) : context.model.runs.title[after[0]]}, ${date}: ${signed}${word}. Mean ${axis.say(found.before)} (${before.length} runs) to ${axis.say(found.after)} (${after.length})${interval}, permutation p ${found.p <= 0.001 ? "≤ 0.001" : axis.say(found.p)}. ${what}`;
  }

  /** @param {any} context */
  async function trend(context) {
    const { model, spec, width, height } = context;
    const [y, x] = await Promise.all([context.axis(spec.keys[0]), along(context)]);
    const { rows, all, best } = known(context, x, y, MOST);
    if (!rows.length) throw new Error(`No run has ${y.name} and a ${x.name}.`);
    rows.sort((/** @type {number} */ one, /** @type {number} */ other) => x.values[one] - x.values[other] || x.starts[one] - x.starts[other] || other - one);
    const area = plot({ width, height, x: x.scale, y: y.scale, xName: x.name });
    const dots = rows.map((/** @type {number} */ row) => ({ row, x: area.across(x.values[row]), y: area.up(y.values[row]), color: context.colors.of(row) }));
    if (x.isCommit) spread(dots, area.room / x.scale.words.length);
    const step = await stepOf(context, x, y, rows);
    const nodes = step.found ? stepped(step, x.values, area) : [];
    // Only a step has lines below the chart, which would move what is below as the card comes to life.
    const why = step.why.replace(/^N/, "n").replace(/\.$/, "");
    const notes = [context.label(y.need), x.note, context.ofAll(rows.length, all), y.scale.log ? "log" : "", why].filter(Boolean).join(", ");
    const text = step.found ? spelledStep(context, step, x, y) : "";
    const dot = dots.find((/** @type {any} */ one) => one.row === best);
    return {
      nodes: [...area.frame, ...paths(dots), ...nodes, ...(dot ? [ring(dot.x, dot.y, model.runs.title[best], area)] : [])],
      title: y.name,
      note: notes,
      alt: y.name + " " + notes + (text && ". " + text),
      foot: text,
      isChange: Boolean(step.found),
      order: rows,
      find: finder(dots),
      mark: marker(context, dots, area),
      reading: (/** @type {number} */ row) => [[x.name, x.text(row)], [y.name, context.spelled(y, row)]],
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

  runpages.runKinds = { ...runpages.runKinds, trend };
})();
