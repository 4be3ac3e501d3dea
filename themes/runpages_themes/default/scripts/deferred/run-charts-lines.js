// The curves of a metric of many runs over each other, by step or time, and the bands of groups of them.
(function () {
  "use strict";
  const { runStats, runScale, runDrawing } = runpages;
  const { ends, lifted, marginOf, plot, round, shape } = runDrawing;
  const [MOST, MOST_COUNTED, BEST, NAMED, NEAR] = [50, 1000, 10, 8, 28];

  // A run that logged each of its metrics once has no file of curves: what it has is a level, whose step is not known here.
  /** @param {any} context @param {number} row @param {string} name @param {RunValues} last */
  async function curveOf({ model, spec }, row, name, last) {
    const isTimed = spec.flags.has("time");
    if (model.runs.single.includes(row)) return isTimed || last.missing(row) ? null : { row, isLevel: true, x: [NaN], values: [last.numbers[row]] };
    const series = (await runpages.runsLive.series(model.runs, row)).find((/** @type {any} */ one) => one.name === name);
    if (!series) return null;
    const points = series.pyramid ? await series.pyramid.view(null, false) : series;
    if (isTimed && !points.times) return null;
    const x = isTimed ? points.times.map((/** @type {number | null} */ time) => (time === null ? NaN : (time - series.start) / 1000)) : points.steps;
    const values = points.values.map((/** @type {any} */ value) => (typeof value === "number" ? value : NaN));
    const kept = values.map((/** @type {number} */ _, /** @type {number} */ at) => at).filter((/** @type {number} */ at) => Number.isFinite(x[at]));
    return { row, name: series.x, x: kept.map((/** @type {number} */ at) => x[at]), values: kept.map((/** @type {number} */ at) => values[at]) };
  }

  const isBanded = (/** @type {any} */ { flags }) => flags.has("sd") || flags.has("minmax");

  // The rows whose curves are drawn: all where they are few, else the best in colour and others in grey.
  /** @param {any} context @param {RunValues} values */
  function chosen({ model, rows, spec }, values) {
    const known = rows.filter((/** @type {number} */ row) => !values.missing(row));
    if (known.length <= MOST) return { known, colored: known, grey: [] };
    const { goal } = model.column(spec.keys[0].key);
    const sign = goal === "max" ? -1 : 1;
    const sorted = known.toSorted((/** @type {number} */ one, /** @type {number} */ other) => (sign * (values.numbers[one] - values.numbers[other])) || 0);
    if (!goal || isBanded(spec)) return { known, colored: runStats.sample(known, MOST), grey: [] };
    return { known, colored: sorted.slice(0, BEST), grey: runStats.sample(sorted.slice(BEST), MOST - BEST) };
  }

  /** @param {any} curve @param {any} area @param {any} y */
  function path({ x, values }, area, y) {
    let [text, isDown] = ["", false];
    values.forEach(function (/** @type {number} */ value, /** @type {number} */ at) {
      const isThere = Number.isFinite(value) && !(y.log && value <= 0);
      if (isThere) text += (isDown ? "L" : "M") + round(area.across(x[at])) + " " + round(area.up(value));
      if (isThere && !isDown && !Number.isFinite(values[at + 1])) text += "h0";
      isDown = isThere;
    });
    return text;
  }

  // The groups that colour the curves, as far as one of their members is shown.
  /** @param {any} context */
  function groupsOf({ colors, spec, rows }) {
    if (!isBanded(spec)) return [];
    const names = colors.names.length ? colors.names : [{ label: "all", className: "s1", is: () => true }];
    return names.filter((/** @type {any} */ group) => rows.some(group.is));
  }

  // The rows whose curves the bands are computed from: all members of their groups.
  /** @param {any} context @param {any[]} groups @param {RunValues} values */
  function counted({ members }, groups, values) {
    const found = members.filter((/** @type {number} */ row) => !values.missing(row) && groups.some(({ is }) => is(row)));
    return { all: found.length, rows: found.length > MOST_COUNTED ? runStats.sample(found, MOST_COUNTED) : found };
  }

  // Mean and spread of groups.
  /** @param {any} context @param {any[]} groups @param {any[]} curves */
  function groupBands({ spec }, groups, curves) {
    return groups.flatMap(function (/** @type {any} */ group) {
      const members = curves.filter(({ row }) => group.is(row));
      const steps = runStats.bands(members.map(({ x, values }) => new Map(x.map((/** @type {number} */ at, /** @type {number} */ index) => [at, values[index]]))));
      const edges = steps.map((/** @type {any} */ one) => (spec.flags.has("sd") ? [one.mean - one.sd, one.mean + one.sd] : [one.least, one.most]));
      return steps.length > 1 ? [{ ...group, steps, edges, n: members.length }] : [];
    });
  }

  /** @param {any} band @param {any} area @param {any} y */
  function bandShapes({ steps, edges, className }, area, y) {
    const lowest = y.log ? y.value(0) : -Infinity;
    const point = (/** @type {number} */ x, /** @type {number} */ value) => round(area.across(x)) + " " + round(Math.min(area.up(Math.max(value, lowest)), area.bottom));
    const upper = steps.map((/** @type {any} */ one, /** @type {number} */ at) => point(one.x, edges[at][1]));
    const lower = steps.map((/** @type {any} */ one, /** @type {number} */ at) => point(one.x, edges[at][0])).reverse();
    const middle = steps.filter((/** @type {any} */ one) => !(y.log && one.mean <= 0)).map((/** @type {any} */ one) => point(one.x, one.mean));
    return [
      shape("path", { class: "group-band " + className, d: "M" + [...upper, ...lower].join("L") + "z" }),
      shape("path", { class: "group-mean " + className, d: "M" + middle.join("L") }),
    ];
  }

  // The last points of curves, joined: at the end of the longest, at their mean height.
  /** @param {any[]} curves */
  function ended(curves) {
    const places = curves.map((curve) => [curve, curve.values.findLastIndex(Number.isFinite)]).filter(([, last]) => last >= 0);
    if (!places.length) return [];
    const sum = places.reduce((sum, [curve, last]) => sum + curve.values[last], 0);
    return [{ at: Math.max(...places.map(([curve, last]) => curve.x[last])), value: sum / places.length }];
  }

  // The names at the right: of groups, else of runs.
  /** @param {any} context @param {any[]} curves @param {any[]} bands */
  function labels({ colors, model }, curves, bands) {
    if (bands.length && bands.length <= NAMED) return bands.map(({ label, className, n, steps }) => ({ label: label + " n " + n, className, at: steps[steps.length - 1].x, value: steps[steps.length - 1].mean }));
    if (bands.length) return [];
    if (colors.isOwn) return curves.length > NAMED ? [] : curves.flatMap((curve) => ended([curve]).map((end) => ({ label: model.runs.title[curve.row], className: colors.of(curve.row), ...end })));
    if (colors.names.length > NAMED) return [];
    return colors.names.flatMap((/** @type {any} */ { label, className, is }) => ended(curves.filter(({ row }) => is(row))).map((end) => ({ label, className, ...end })));
  }

  /** @param {any[]} curves @param {any} area */
  function finder(curves, area) {
    return function (/** @type {number} */ x, /** @type {number} */ y) {
      let [best, least] = [-1, NEAR];
      for (const curve of curves) {
        const at = nearest(curve, x, area);
        const far = at < 0 ? Infinity : Math.abs(area.up(curve.values[at]) - y);
        if (far < least) [best, least] = [curve.row, far];
      }
      return best;
    };
  }

  /** @param {any} curve @param {number} x @param {any} area */
  function nearest({ x: steps, values }, x, area) {
    let [best, least] = [-1, NEAR * 2];
    steps.forEach(function (/** @type {number} */ step, /** @type {number} */ at) {
      const far = Math.abs(area.across(step) - x);
      if (far < least && Number.isFinite(values[at])) [best, least] = [at, far];
    });
    return best;
  }

  /** @param {any} context @param {any[]} bands @param {number} drawn @param {any} picked */
  function spelled(context, bands, drawn, { known, colored, grey }) {
    const { colors, spec } = context;
    const count = grey.length ? `${colored.length} best, grey: ${grey.length} of the other ${runpages.axis.say(known.length - colored.length)}` : context.ofAll(drawn, known.length);
    const by = !colors.name || bands.length ? "" : "colour = " + colors.name;
    const band = bands.length ? (spec.flags.has("sd") ? "mean ± sd" : "mean, min to max") + (colors.name ? " by " + colors.name : "") : "";
    return [band, count, by, context.isLogY ? "log" : ""].filter(Boolean).join(", ");
  }

  // Over how many members bands are drawn.
  /** @param {any} context @param {any[]} bands @param {{ all: number, rows: number[] }} counting */
  function members({ spec }, bands, { all, rows }) {
    if (!bands.length) return isBanded(spec) ? "No band: it takes 3 runs of a group that share steps." : "";
    const counts = bands.flatMap(({ steps }) => steps.map((/** @type {any} */ one) => one.n));
    const [least, most] = counts.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, 0]);
    const of = rows.length < all ? `${rows.length} of ${runpages.axis.say(all)} runs at random` : "all members of each group";
    return `Bands over ${of}, n ${least === most ? most : least + " to " + most} a step, where 3 or more share it${spec.flags.has("sd") ? "; sd with n − 1" : ""}.`;
  }

  // What else differs within a group that a band is drawn over.
  /** @param {any} context @param {number[]} rows @param {any[]} bands */
  async function mixed({ model, color }, rows, bands) {
    if (!bands.length || !color) return "";
    const others = model.columns.filter((/** @type {RunColumn} */ one) => one.kind === "param" && one.varies && one.key !== color.key && one.key !== model.facts.pair_by && !/(^|[._/])(seed|random_state|random_seed|rng)$/i.test(one.name));
    const names = [];
    for (const other of others) {
      const values = await model.load(other.key);
      if (bands.some(({ is }) => new Set(rows.filter(is).map((row) => values.text(row))).size > 1)) names.push(other.name);
    }
    return names.length ? "Within a group these vary too: " + names.slice(0, 4).join(", ") + (names.length > 4 ? " and " + (names.length - 4) + " more" : "") + "." : "";
  }

  /** @param {any} context */
  async function lines(context) {
    const { model, spec, width, height, colors } = context;
    const [need] = spec.keys;
    const { name } = model.column(need.key);
    const picked = chosen(context, await model.load(need.key, need.aggregate));
    const isGrey = new Set(picked.grey);
    const drawn = [...picked.grey, ...picked.colored];
    const groups = groupsOf(context);
    const counting = counted(context, groups, model.values(need.key, need.aggregate));
    const isCounted = new Set(counting.rows);
    const last = await model.load(need.key, "last");
    const found = await Promise.all([...new Set([...drawn, ...counting.rows])].map((row) => curveOf(context, row, need.key.slice("metric:".length), last).catch(() => undefined)));
    const known = /** @type {any[]} */ (found.filter(Boolean));
    // Where no file of curves came, this page does not know what they are.
    if (found.length && found.every((one) => one === undefined)) throw new Error(`The curves of ${name} cannot be loaded.`);
    const stepped = known.filter(({ isLevel }) => !isLevel);
    const isDrawn = new Set(drawn);
    const curves = known.filter(({ row }) => isDrawn.has(row));
    const isTimed = spec.flags.has("time");
    if (!stepped.length) throw new Error(`No run has a curve of ${name}${isTimed ? " with times" : ""}.`);
    const bands = groupBands(context, groups, stepped.filter(({ row }) => isCounted.has(row)));
    const all = curves.flatMap(({ values }) => values).filter(Number.isFinite);
    const log = need.log ? need.log === "log" : runStats.isLog(all);
    const y = runScale.numbers([...all, ...bands.flatMap((/** @type {any} */ { edges }) => edges.flat())], { log });
    const x = runScale.numbers(stepped.flatMap((curve) => [curve.x[0], curve.x[curve.x.length - 1]]).filter(Number.isFinite), { log: false, isTight: true });
    for (const curve of known) if (curve.isLevel) curve.x = [x.value(0)];
    const names = labels(context, curves.filter(({ row }) => !isGrey.has(row)), bands);
    const xName = isTimed ? "seconds" : stepped[0].name || "step";
    const area = plot({ width, height, x, y, xName, right: marginOf(names.map((/** @type {any} */ one) => one.label)) });
    const classOf = (/** @type {number} */ row) => (isGrey.has(row) ? "rest" : colors.of(row));
    const many = curves.length > NAMED || bands.length > 0;
    const label = names.map((/** @type {any} */ one) => ({ ...one, x: area.across(one.at), y: Math.min(area.up(one.value), area.bottom) }));
    const running = curves.filter(({ row }) => model.runs.kind[row] === "running").length;
    const note = [spelled({ ...context, isLogY: y.log }, bands, curves.length, picked), isTimed ? "by seconds since the start" : "", running ? running + " running" : ""].filter(Boolean).join(", ");
    const missing = drawn.length - curves.length;
    return {
      nodes: [
        ...area.frame,
        shape("g", { class: (many ? "many" : "") + (bands.length ? " behind" : "") }, ...curves.map((curve) => shape("path", { class: "line " + classOf(curve.row), d: path(curve, area, y) }))),
        ...bands.flatMap((/** @type {any} */ band) => bandShapes(band, area, y)),
        ...ends(label, area),
      ],
      title: name,
      note,
      foot: [members(context, bands, counting), await mixed(context, counting.rows, bands), missing ? (missing === 1 ? "1 run has" : missing + " runs have") + " no such curve" + (isTimed ? " with times." : ".") : ""].filter(Boolean).join(" "),
      alt: name + " by " + xName + " of " + note,
      order: curves.map(({ row }) => row),
      find: finder(curves, area),
      mark: (/** @type {number} */ row) => curves.filter((curve) => curve.row === row).flatMap((curve) => lifted(path(curve, area, y), classOf(row))),
      reading: (/** @type {number} */ row, /** @type {number} */ px) => reading(context, curves.find((curve) => curve.row === row), px, area, xName, bands),
      table: [["run", xName, name], ...curves.flatMap((curve) => curve.values.map((/** @type {number} */ value, /** @type {number} */ at) => [model.runs.title[curve.row], curve.isLevel ? "" : curve.x[at], value]))],
    };
  }

  /** @param {any} context @param {any} curve @param {number} px @param {any} area @param {string} xName @param {any[]} bands */
  function reading({ model, spec, colors }, curve, px, area, xName, bands) {
    if (!curve) return [];
    const at = px < 0 ? curve.values.findLastIndex(Number.isFinite) : nearest(curve, px, area);
    if (at < 0) return [];
    const rows = [...(curve.isLevel ? [] : [[xName, curve.x[at]]]), [model.column(spec.keys[0].key).name, runpages.axis.say(curve.values[at])]];
    const band = bands.find(({ is }) => is(curve.row));
    const step = band?.steps.find((/** @type {any} */ one) => one.x === curve.x[at]);
    if (step) rows.push([(colors.name || "all") + " " + band.label + ", n " + step.n, runpages.axis.say(step.mean) + " ± " + runpages.axis.say(step.sd)]);
    return rows;
  }

  runpages.runKinds = { ...runpages.runKinds, lines };
})();
