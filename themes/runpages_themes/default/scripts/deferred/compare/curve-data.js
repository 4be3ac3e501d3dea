// The curves of the runs that are compared: loaded once, over the axis that the reader chose, with what is missing in words.
(function () {
  "use strict";
  const { axis, compare, curveMath } = runpages;
  const { few } = runpages.compareControls;
  /** @type {Map<string, Promise<any[]>>} */
  const loaded = new Map();

  // The series of a run, of long ones as a chart shows them.
  /** @param {CompareRun} run */
  async function read(run) {
    const data = await compare.points(run);
    const all = runpages.series(data, run.page.replace(/(\/index)?\.html$/, "/"));
    return Promise.all(all.map(async function (/** @type {any} */ one) {
      const points = one.pyramid ? await one.pyramid.view(null, false) : one;
      return { name: one.name, axis: one.x, start: one.start, thinned: Boolean(one.pyramid || one.thinned), ...curveMath.flat(points) };
    }));
  }

  /** @param {CompareRun} run */
  function seriesOf(run) {
    if (!run.scripts.points) return Promise.resolve([]);
    const one = loaded.get(run.page) || read(run);
    loaded.set(run.page, one);
    one.catch(() => loaded.delete(run.page));
    return one;
  }

  // The runs with their series, and those whose points could not be loaded.
  /** @param {ComparedRun[]} runs */
  async function load(runs) {
    const found = await Promise.allSettled(runs.map(({ run }) => seriesOf(run)));
    const lines = runs.map((of, at) => { const one = found[at]; return { ...of, series: one.status === "fulfilled" ? one.value : [] }; });
    return { lines, lost: runs.filter((_, at) => found[at].status === "rejected") };
  }

  // The groups of which three runs share steps as bands, all others as lines.
  /** @param {any[]} curves @param {string} band */
  function grouped(curves, band) {
    /** @type {any[]} */
    const bands = [];
    const kept = [...new Set(curves.map(({ member }) => member))].flatMap(function (member) {
      const own = curves.filter((one) => one.member === member);
      const steps = runpages.runStats.bands(own.map(({ x, values }) => new Map(x.map((/** @type {number} */ at, /** @type {number} */ index) => [at, values[index]]))));
      if (steps.length < 2) return own;
      const edges = steps.map(({ mean, sd, least, most }) => (band === "sd" ? [mean - sd, mean + sd] : [least, most]));
      bands.push({ line: member.key, label: member.label, slot: member.slot, dash: member.dash, n: own.length, x: steps.map(({ x }) => x), band: steps, edges });
      return [];
    });
    return { curves: kept, bands };
  }

  // What is missing, in words.
  /** @param {string} name @param {any[]} lines @param {any[]} curves */
  function absent(name, lines, curves) {
    const has = new Set(curves.map(({ run }) => run.page));
    const without = lines.filter(({ run }) => !has.has(run.page));
    const single = without.filter(({ run }) => run.metrics[name]);
    const none = without.filter(({ run }) => !run.metrics[name]);
    const value = (/** @type {CompareMetric} */ { last, text }) => (last === undefined ? text : axis.say(last));
    return [
      ...(none.length ? ["Without " + name + ": " + few(none.map(({ label }) => label)) + "."] : []),
      ...(single.length ? ["No curve, one value: " + few(single.map(({ label, run }) => label + " " + value(run.metrics[name]))) + "."] : []),
    ];
  }

  /** @param {any[]} bands @param {string} band */
  function members(bands, band) {
    const counts = bands.flatMap(({ band: steps }) => steps.map((/** @type {any} */ { n }) => n));
    if (!counts.length) return [];
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return ["n " + (least === most ? most : least + " to " + most) + " a step, where 3 or more runs share it" + (band === "sd" ? "; sd with n − 1." : ".")];
  }

  // What a card draws of a metric; `band` is how groups are shown, empty for their runs.
  /** @param {string} name @param {any[]} lines @param {{ kind: string, scale: string, weight: number, band: string }} view */
  function spec(name, lines, { kind, scale, weight, band }) {
    const own = lines.flatMap((line) => line.series.filter((/** @type {any} */ one) => one.name === name).map((/** @type {any} */ one) => ({
      ...one, name: one.axis, run: line.run, member: line.member, label: line.label, slot: line.slot, dash: line.dash, line: line.run.page, isReference: line.member === compare.reference && !line.member.group,
    })));
    const placed = curveMath.aligned(own, kind);
    const timeless = placed.curves.filter((/** @type {any} */ { x }) => !x.length);
    const known = placed.curves.filter((/** @type {any} */ { x }) => x.length);
    const { curves, bands } = band && kind === "step" ? grouped(known, band) : { curves: known, bands: [] };
    const smooth = (/** @type {number[]} */ values) => (weight ? runpages.smooth(values, weight).map((/** @type {number | null} */ value) => value ?? NaN) : values);
    const nans = known.reduce((/** @type {number} */ sum, /** @type {any} */ { values }) => sum + values.filter(Number.isNaN).length, 0);
    return {
      name, scale, xName: placed.name, dates: kind === "time" && known.length > 0, isShared: kind === "step",
      curves: curves.map((/** @type {any} */ curve) => ({ ...curve, shown: smooth(curve.values) })), bands,
      notes: [bands.length ? (band === "sd" ? "mean ± sd" : "mean, min to max") : "", weight && curves.length ? "smoothing " + weight : "", nans ? axis.say(nans) + " nan" : ""],
      told: [
        ...members(bands, band),
        ...(band && curves.length ? [kind === "step" ? "Lines: fewer than 3 runs share steps." : "Bands need steps in common: lines of the runs."] : []),
        ...(timeless.length ? ["Without times: " + few(timeless.map((/** @type {any} */ { label }) => label)) + "."] : []),
        ...absent(name, lines, own),
      ],
    };
  }

  runpages.curveData = { load, spec };
})();
