// What is computed of curves of several runs: their common axis, where two of them part, and the points that are drawn.
(function () {
  "use strict";
  // By how much of the larger of two values they may differ.
  const BOUND = 0.001;
  /** @type {[string, number][]} */
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

  const numberOf = (/** @type {any} */ value) => (typeof value === "number" ? value : value === "inf" ? Infinity : value === "-inf" ? -Infinity : NaN);

  // A series as steps, times and numbers; of a long one, which has two values at each step, both.
  /** @param {any} points */
  function flat({ steps, times, values, others }) {
    /** @type {{ steps: number[], times: (number | null)[] | null, values: number[] }} */
    const found = { steps: [], times: times && [], values: [] };
    values.forEach(function (/** @type {any} */ value, /** @type {number} */ at) {
      for (const one of others && typeof others[at] === "number" ? [value, others[at]] : [value]) {
        found.steps.push(steps[at]);
        found.times?.push(times[at]);
        found.values.push(numberOf(one));
      }
    });
    return found;
  }

  // The curves over one axis: `step`, `time` in ms since the epoch, or `relative` to the first point of each run. Points
  // without a place on it are left out.
  /** @param {any[]} curves @param {string} kind */
  function aligned(curves, kind) {
    const timed = kind === "step" ? [] : curves.filter(({ times }) => times);
    const span = timed.reduce((most, { times, start }) => Math.max(most, (times.findLast((/** @type {any} */ time) => time !== null) - start) / 1000), 0);
    const [unit, size] = UNITS.find(([, seconds]) => span >= 2 * seconds) || UNITS[3];
    const placeOf = (/** @type {any} */ { steps, times, start }, /** @type {number} */ at) => {
      if (kind === "step") return steps[at];
      if (!times || times[at] === null) return NaN;
      return kind === "time" ? times[at] : (times[at] - start) / 1000 / size;
    };
    const placed = curves.map(function (curve) {
      const x = curve.values.map((/** @type {number} */ _, /** @type {number} */ at) => placeOf(curve, at));
      const kept = [...x.keys()].filter((at) => Number.isFinite(x[at]));
      return { ...curve, x: kept.map((at) => x[at]), values: kept.map((at) => curve.values[at]) };
    });
    return { curves: placed, name: kind === "step" ? curves[0]?.name || "step" : kind === "time" ? "UTC" : unit };
  }

  const isApart = (/** @type {number} */ one, /** @type {number} */ other) => {
    if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) !== Number.isNaN(other);
    return one !== other && !(Math.abs(one - other) <= BOUND * Math.max(Math.abs(one), Math.abs(other)));
  };

  // The first step at which two curves differ by more than the bound: null where they never do, undefined where they
  // share no step.
  /** @param {any} reference @param {any} other */
  function parting(reference, other) {
    const known = new Map(reference.steps.map((/** @type {number} */ step, /** @type {number} */ at) => [step, reference.values[at]]));
    let isShared = false;
    for (let at = 0; at < other.steps.length; at++) {
      const step = other.steps[at];
      if (!known.has(step)) continue;
      isShared = true;
      const value = known.get(step);
      if (isApart(value, other.values[at])) return { step, reference: value, other: other.values[at] };
    }
    return isShared ? null : undefined;
  }

  // The place of the value nearest to one, of sorted ones; -1 where there is none.
  /** @param {number[]} sorted @param {number} value */
  function nearest(sorted, value) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    if (low === sorted.length) return low - 1;
    return low > 0 && value - sorted[low - 1] <= sorted[low] - value ? low - 1 : low;
  }

  // The places of the points that are drawn, by piece between gaps: of each of so many stretches of the axis the first
  // point, the least, the greatest and the last one, so that no spike is lost.
  /** @param {number[]} x @param {number[]} values @param {number[]} range @param {number} stretches */
  function thinned(x, values, [low, high], stretches) {
    const scale = stretches / (high - low || 1);
    /** @type {number[][]} */
    const pieces = [];
    let piece = /** @type {number[]} */ ([]);
    let [stretch, first, least, most, last] = [NaN, -1, -1, -1, -1];
    function close() {
      for (const at of [first, Math.min(least, most), Math.max(least, most), last]) if (at >= 0 && at !== piece[piece.length - 1]) piece.push(at);
    }
    for (let at = 0; at <= values.length; at++) {
      if (at === values.length || !Number.isFinite(values[at])) {
        close();
        if (piece.length) pieces.push(piece);
        piece = [];
        [stretch, first, least, most, last] = [NaN, -1, -1, -1, -1];
        continue;
      }
      const here = Math.floor((x[at] - low) * scale);
      if (here !== stretch) {
        close();
        [stretch, first, least, most] = [here, at, at, at];
      }
      if (values[at] < values[least]) least = at;
      if (values[at] > values[most]) most = at;
      last = at;
    }
    return pieces;
  }

  runpages.curveMath = { BOUND, aligned, flat, nearest, parting, thinned };
})();
