// The metrics of what is compared, each with its difference to the reference; of groups the mean, and a verdict. The twin
// of runpages_site/comparison/metrics.py.
(function () {
  "use strict";
  const { delta, best } = runpages.compareDelta;
  const SYSTEM = "system/";
  const MOST_DECIMALS = 6;
  const COUNTS = ["completed", "none"];

  // The metrics of all, those of the machine left out.
  /** @param {CompareMember[]} members */
  function names(members) {
    const all = members.flatMap(({ runs }) => runs.flatMap((run) => Object.keys(run.metrics)));
    return [...new Set(all)].filter((name) => !name.startsWith(SYSTEM));
  }

  // A number, else its text; null where there is none.
  /** @param {CompareMetric | undefined} metric @param {string} which */
  function value(metric, which) {
    if (!metric) return null;
    if (which === "last" && metric.text !== undefined) return metric.text;
    return /** @type {any} */ (metric)[which] ?? metric.text ?? null;
  }

  // What counts of a group: finite values of completed runs, of a child only where none of its ancestors has a number,
  // whether it is in the group or not, and however it ended.
  /** @param {CompareMember} member @param {(run: CompareRun) => any} valueOf @param {(run: CompareRun) => any} numberOf */
  function counted({ runs, above: others = [] }, valueOf, numberOf) {
    const all = [...runs, ...others];
    const byId = new Map(all.map((run) => [run.id, run]));
    const aboveOf = (/** @type {CompareRun} */ { parent = "" }) => byId.get(parent);
    return runs.filter(function (run) {
      if (!COUNTS.includes(run.status.kind) || !Number.isFinite(valueOf(run))) return false;
      for (let [above, left] = [aboveOf(run), all.length]; above && left--; above = aboveOf(above)) if (Number.isFinite(numberOf(above))) return false;
      return true;
    });
  }

  // The values by the text that the runs have of a parameter or tag, where only one has it.
  /** @param {CompareRun[]} runs @param {string} by @param {(run: CompareRun) => any} valueOf */
  function unique(runs, by, valueOf) {
    /** @type {Map<string, number[]>} */
    const found = new Map();
    for (const run of runs) {
      const key = run.params[by] ?? run.tags[by];
      if (key !== undefined) found.set(String(key), [...(found.get(String(key)) || []), valueOf(run)]);
    }
    return new Map([...found].filter(([, values]) => values.length === 1).map(([key, [only]]) => [key, only]));
  }

  // The values of each member and of the reference that belong together; none where nothing is paired.
  /** @param {any[]} others @param {any} base @param {string | null} by @param {(run: CompareRun) => any} valueOf */
  function pairsOf(others, base, by, valueOf) {
    if (!by || !base.member.group) return new Map();
    const theirs = unique(base.counted, by, valueOf);
    return new Map(others.map((one) => [one, [...unique(one.counted, by, valueOf)].filter(([key]) => theirs.has(key)).map(([key, ours]) => [ours, theirs.get(key)])]));
  }

  // The verdicts of all against the reference together.
  /** @param {any[]} others @param {any} base @param {CompareAim} aim @param {Map<any, any>} paired */
  function judged(others, base, aim, paired) {
    const named = (/** @type {(one: any) => any} */ part) => Object.fromEntries(others.map((one, at) => ["m" + at, part(one)]));
    const pairs = paired.size ? named((one) => paired.get(one)) : null;
    const words = runpages.verdict.verdicts(named((one) => one.values), base.values, { goal: aim.goal, tolerance: aim.tolerance, pairs });
    return new Map(others.map((one, at) => [one, words["m" + at]]));
  }

  // `valueOf` gives the value of a run: a number, a text, or null. `numberOf` gives the last finite number where it ended
  // in none.
  /**
   * @param {CompareMember[]} members @param {CompareMember} reference @param {(run: CompareRun) => any} valueOf
   * @param {CompareAim} aim @param {string | null} pairBy @param {(run: CompareRun) => any} numberOf @returns {CompareCell[]}
   */
  function cells(members, reference, valueOf, aim, pairBy = null, numberOf = valueOf) {
    const isGrouped = members.some(({ group }) => group);
    const sides = members.map(function (member) {
      const runs = member.group ? counted(member, valueOf, numberOf) : member.runs;
      const values = runs.map(valueOf);
      if (!member.group) return { member, counted: runs, values: values.filter(Number.isFinite), value: values[0] ?? null, n: null, sd: null };
      const spread = runpages.verdict.spread(values);
      return { member, counted: runs, values, value: spread.n ? spread.mean : null, n: spread.n, sd: spread.n > 1 ? spread.sd : null };
    });
    const base = /** @type {any} */ (sides.find(({ member }) => member.key === reference.key));
    const others = sides.filter((one) => one !== base);
    const paired = pairsOf(others, base, pairBy, valueOf);
    const verdicts = isGrouped ? judged(others, base, aim, paired) : new Map();
    const top = best(sides.map((one) => one.value), aim.goal);
    return sides.map(function (side, at) {
      const { value: own, n, sd, values } = side;
      const verdict = verdicts.get(side) || null;
      const found = delta(own, base.value, aim.goal, aim.tolerance);
      const word = verdict && found.absolute !== null ? verdict.word : found.word;
      const pairs = verdicts.size && side !== base ? paired.get(side) || null : null;
      return { value: own, n, sd, values, verdict, pairs, best: at === top, delta: side === base ? null : { ...found, word } };
    });
  }

  // The goal and the tolerance of a metric: those of the reference, else of the first that has it.
  /** @param {CompareMember[]} members @param {CompareMember} reference @param {string} name @returns {CompareAim} */
  function aimOf(members, reference, name) {
    const [metric] = [reference, ...members].flatMap(({ runs }) => runs.flatMap((run) => run.metrics[name] || []));
    return { goal: metric.goal || null, assumed: Boolean(metric.assumed), tolerance: metric.tolerance ?? null, unit: metric.unit || "" };
  }

  // A metric by its `last`, `min`, `max` or `best` values.
  /** @param {CompareMember[]} members @param {CompareMember} reference @param {string} name @param {string} asked @param {string | null} pairBy @returns {CompareRow} */
  function row(members, reference, name, asked, pairBy = null) {
    const aim = aimOf(members, reference, name);
    const which = asked === "best" ? aim.goal || "last" : asked;
    return rowOf(name, which, aim, cells(members, reference, (run) => value(run.metrics[name], which), aim, pairBy, (run) => /** @type {any} */ (run.metrics[name])?.[which]));
  }

  // How long completed runs took.
  /** @param {CompareMember[]} members @param {CompareMember} reference @returns {CompareRow} */
  function duration(members, reference) {
    const aim = { goal: /** @type {const} */ ("min"), assumed: true, tolerance: null, unit: "s" };
    return rowOf("duration", "", aim, cells(members, reference, (run) => (COUNTS.includes(run.status.kind) ? run.seconds : null), aim));
  }

  /** @param {string} name @param {string} which @param {CompareAim} aim @param {CompareCell[]} found @returns {CompareRow} */
  function rowOf(name, which, aim, found) {
    const base = /** @type {CompareCell} */ (found.find((cell) => !cell.delta));
    const differs = found.some(({ value: own, delta: way }) => way && way.word !== "same" && own !== base.value);
    return { name, which, ...aim, cells: found, differs, size: Math.max(0, ...found.map((cell) => Math.abs(cell.delta?.relative || 0))) };
  }

  // The decimals of a column: its median has four significant digits, at most six decimals, and no more than the values.
  /** @param {number[]} values */
  function decimalsOf(values) {
    const sizes = values.map(Math.abs).filter((size) => size > 0 && size < Infinity).sort((a, b) => a - b);
    if (!sizes.length) return 0;
    const median = sizes[(sizes.length - 1) >> 1];
    let found = Math.min(Math.max(3 - Number(median.toExponential(3).split("e")[1]), 0), 6);
    const isSpared = (/** @type {number} */ value) => !Number.isFinite(value) || Number(value.toFixed(found - 1)) === value;
    while (found && values.every(isSpared)) found -= 1;
    return found;
  }

  // The decimals of a row; a standard deviation has two digits at least.
  /** @param {CompareRow} row */
  function decimals({ cells: all }) {
    const found = decimalsOf(all.map(({ value: own }) => own).filter((own) => typeof own === "number"));
    const sds = all.map(({ sd }) => sd).filter((sd) => sd);
    const needed = sds.length ? 1 - Math.floor(Math.log10(Math.min(.../** @type {number[]} */ (sds)))) : 0;
    return Math.min(Math.max(found, needed), Math.max(found, MOST_DECIMALS));
  }

  runpages.compareRows = { names, row, duration, decimals };
})();
