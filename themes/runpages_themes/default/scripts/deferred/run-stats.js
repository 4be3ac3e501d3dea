// What charts over runs compute: fronts, boxes, bands, associations and steps. The rules are in docs/explained/charts-over-runs.md.
(function () {
  "use strict";
  const { sqrt, abs } = Math;
  const SHUFFLES = 999;
  const SEED = 20;
  const LEAST_BAND = 3;
  const LEAST_ASSOCIATION = 20;
  const [LEAST_TREND, LEAST_SIDE] = [8, 4];
  const LOG_FROM = 8;
  const RAMP = 9;
  // What differs by no more than rounding counts as equal.
  const SLACK = 1e-12;

  // Random numbers that are the same for each reader (mulberry32).
  function generator() {
    let state = SEED;
    return function () {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  // The share of orders of the values in which a statistic is at least as large, the given order among them.
  /** @param {ArrayLike<number>} values @param {(values: Float64Array) => number} statistic */
  function permuted(values, statistic) {
    const random = generator();
    const mixed = Float64Array.from(values);
    const seen = statistic(mixed) * (1 - SLACK);
    let as = 1;
    for (let turn = 0; turn < SHUFFLES; turn++) {
      for (let at = mixed.length - 1; at > 0; at--) {
        const other = Math.floor(random() * (at + 1));
        [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
      }
      if (statistic(mixed) >= seen) as++;
    }
    return as / (SHUFFLES + 1);
  }

  /** @param {ArrayLike<number>} values */
  const mean = (values) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

  /** @param {Float64Array} values @returns {Float64Array} */
  function centred(values) {
    const middle = mean(values);
    return values.map((value) => value - middle);
  }

  /** @param {Float64Array} one @param {Float64Array} other */
  function product(one, other) {
    let sum = 0;
    for (let at = 0; at < one.length; at++) sum += one[at] * other[at];
    return sum;
  }

  // The rank of each value, from 1; equal ones have the mean of their ranks.
  /** @param {ArrayLike<number>} values */
  function ranks(values) {
    const order = Array.from(values, (_, at) => at).sort((one, other) => values[one] - values[other]);
    const found = new Float64Array(values.length);
    for (let from = 0, end = 0; from < order.length; from = end) {
      while (end < order.length && values[order[end]] === values[order[from]]) end++;
      for (let at = from; at < end; at++) found[order[at]] = (from + end + 1) / 2;
    }
    return found;
  }

  // Spearman's rank correlation, with a permutation p.
  /** @param {ArrayLike<number>} x @param {ArrayLike<number>} y */
  function correlation(x, y) {
    const [one, other] = [centred(ranks(x)), centred(ranks(y))];
    const scale = sqrt(product(one, one) * product(other, other));
    return { value: product(one, other) / scale, p: permuted(other, (mixed) => abs(product(one, mixed))) };
  }

  // Eta squared: the share of the variance that lies between the groups; `places` is the group of each value.
  /** @param {ArrayLike<number>} places @param {ArrayLike<number>} values */
  function etaSquared(places, values) {
    const y = centred(Float64Array.from(values));
    const groups = [...new Set(Array.from(places))];
    const at = Array.from(places, (place) => groups.indexOf(place));
    const counts = groups.map((_, group) => at.filter((one) => one === group).length);
    const sums = new Float64Array(groups.length);
    /** @param {Float64Array} mixed */
    function between(mixed) {
      sums.fill(0);
      for (let row = 0; row < mixed.length; row++) sums[at[row]] += mixed[row];
      return sums.reduce((sum, one, group) => sum + (one * one) / counts[group], 0);
    }
    return { value: between(y) / product(y, y), p: permuted(y, between) };
  }

  // How a parameter goes with a metric, or in words why that is not computed. Missing values are NaN.
  /** @param {Float64Array} x @param {Float64Array} y @param {boolean} isWords */
  function association(x, y, isWords) {
    const rows = Array.from(x, (_, at) => at).filter((at) => Number.isFinite(x[at]) && Number.isFinite(y[at]));
    const n = rows.length;
    if (n < LEAST_ASSOCIATION) return { n, why: n + (n === 1 ? " run" : " runs") + ", fewer than " + LEAST_ASSOCIATION };
    const [one, other] = [rows.map((at) => x[at]), rows.map((at) => y[at])];
    const [values, results] = [new Set(one).size, new Set(other).size];
    if (values === 1) return { n, why: "one value" };
    if (results === 1) return { n, why: "the metric is constant" };
    if (isWords && 2 * values > n) return { n, why: values + " texts in " + n + " runs" };
    return { n, isWords, ...(isWords ? etaSquared(one, other) : correlation(one, other)) };
  }

  // The points that no other equals or beats in one value and beats in the other, by x; goals are "min" or "max".
  /** @param {[number, number, number?][]} points @param {string} xGoal @param {string} yGoal */
  function pareto(points, xGoal, yGoal) {
    const [sx, sy] = [xGoal, yGoal].map((goal) => (goal === "min" ? 1 : -1));
    let least = Infinity;
    const front = points.toSorted((one, other) => sx * (one[0] - other[0]) || sy * (one[1] - other[1])).filter(function ([, y]) {
      const isBetter = sy * y < least;
      least = Math.min(least, sy * y);
      return isBetter;
    });
    return front.sort((one, other) => one[0] - other[0]);
  }

  // A quantile between the two nearest of sorted values, as numpy has it.
  /** @param {number[]} sorted @param {number} share */
  function quantile(sorted, share) {
    const at = (sorted.length - 1) * share;
    const low = Math.floor(at);
    return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
  }

  // Median and quartiles; whiskers reach to the last values within 1.5 times the distance of the quartiles (Tukey).
  /** @param {number[]} values */
  function box(values) {
    const sorted = values.toSorted((one, other) => one - other);
    const [first, median, third] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
    const reach = 1.5 * (third - first);
    const within = sorted.filter((value) => value >= first - reach && value <= third + reach);
    return { first, median, third, low: within[0], high: within[within.length - 1], n: sorted.length };
  }

  // Of curves, given as values by x: at each x that three or more have, how many, their mean, sd (n - 1), least and most.
  /** @param {Map<number, number>[]} curves */
  function bands(curves) {
    /** @type {Map<number, number[]>} */
    const at = new Map();
    for (const curve of curves) {
      for (const [x, value] of curve) {
        if (!Number.isFinite(value)) continue;
        const known = at.get(x);
        if (known) known.push(value);
        else at.set(x, [value]);
      }
    }
    const steps = [...at].filter(([, values]) => values.length >= LEAST_BAND).sort(([one], [other]) => one - other);
    return steps.map(([x, values]) => ({ x, ...runpages.verdict.spread(values) }));
  }

  // The largest t of Welch over the splits of values in their order that leave four on each side; `at` is -1 without any.
  /** @param {Float64Array} values @param {(left: number) => boolean} isEnd */
  function largest(values, isEnd) {
    const n = values.length;
    const [whole, squares] = [values.reduce((sum, one) => sum + one, 0), product(values, values)];
    let [sum, square, best, at] = [0, 0, -1, -1];
    for (let left = 1; left <= n - LEAST_SIDE; left++) {
      const value = values[left - 1];
      sum += value;
      square += value * value;
      if (left < LEAST_SIDE || !isEnd(left)) continue;
      const right = n - left;
      const [one, other] = [sum / left, (whole - sum) / right];
      // What is below the rounding of the squares is no variance.
      const spread = (/** @type {number} */ part, /** @type {number} */ middle, /** @type {number} */ count) => Math.max(part - count * middle * middle, SLACK * squares) / (count - 1) / count;
      const t = abs(one - other) / sqrt(spread(square, one, left) + spread(squares - square, other, right) || Infinity);
      if (t > best) [best, at] = [t, left];
    }
    return { t: best, at };
  }

  // Where values in their order step: the split with the largest t of Welch, and the share of orders with one as large.
  // Nothing of fewer than eight values. `isEnd` says where the values may be split, by how many are left of it.
  /** @param {ArrayLike<number>} values @param {(left: number) => boolean} isEnd */
  function step(values, isEnd = () => true) {
    if (values.length < LEAST_TREND || new Set(Array.from(values)).size === 1) return null;
    const known = centred(Float64Array.from(values));
    const { at } = largest(known, isEnd);
    if (at < 0) return null;
    const all = Array.from(values);
    const [before, after] = [all.slice(0, at), all.slice(at)];
    return { at, p: permuted(known, (mixed) => largest(mixed, isEnd).t), before: mean(before), after: mean(after), interval: runpages.verdict.welch(after, before) };
  }

  // The groups of runs by the first start in each; -1 is no group, and what has no start comes last.
  /** @param {ArrayLike<number>} groups @param {ArrayLike<number>} starts */
  function firstSeen(groups, starts) {
    /** @type {Map<number, number>} */
    const first = new Map();
    for (let row = 0; row < groups.length; row++) {
      const [group, start] = [groups[row], Number.isFinite(starts[row]) ? starts[row] : Infinity];
      if (group >= 0) first.set(group, Math.min(first.get(group) ?? Infinity, start));
    }
    return [...first].sort(([, one], [, other]) => (one === other ? 0 : one - other)).map(([group]) => group);
  }

  // Whether numbers are better seen on a logarithmic axis: their median is nearer to the geometric middle.
  /** @param {number[]} values */
  function isLog(values) {
    const sorted = [...Float64Array.from(values).sort()];
    const [low, middle, high] = [0, 0.5, 1].map((share) => quantile(sorted, share));
    if (!(low > 0) || high / low < LOG_FROM || new Set(values).size < 3) return false;
    return abs(middle - sqrt(low) * sqrt(high)) < abs(middle - (low / 2 + high / 2));
  }

  // The step of the ramp, from 1, for a rank among ordered values.
  /** @param {number} rank @param {number} count */
  function ramp(rank, count) {
    return 1 + Math.round((rank * (RAMP - 1)) / Math.max(count - 1, 1));
  }

  // A bound of a range, as short as it can be: no other value lies between it and the one that it includes.
  /** @param {number} value @param {number[]} known @param {boolean} isUpper */
  function bound(value, known, isUpper) {
    const isBetween = (/** @type {number} */ one, /** @type {number} */ end) => (isUpper ? one > value && one <= end : one < value && one >= end);
    for (let digits = 1; value && digits < 16; digits++) {
      const unit = 10 ** (digits - 1 - Math.floor(Math.log10(abs(value))));
      const end = Number(((isUpper ? Math.ceil(value * unit) : Math.floor(value * unit)) / unit).toPrecision(digits + 1));
      if ((isUpper ? end >= value : end <= value) && !known.some((one) => isBetween(one, end))) return String(end);
    }
    return String(value);
  }

  // At most so many of some items, in their order, the same ones each time. At even distances only some values of a grid
  // would be met, which repeats itself.
  /** @param {number[]} items @param {number} most @returns {number[]} */
  function sample(items, most) {
    const random = generator();
    let wanted = most;
    return items.filter(function (_, at) {
      const isTaken = random() * (items.length - at) < wanted;
      wanted -= Number(isTaken);
      return isTaken;
    });
  }

  runpages.runStats = { association, bands, bound, box, correlation, etaSquared, firstSeen, generator, isLog, pareto, quantile, ramp, ranks, sample, step };
})();
