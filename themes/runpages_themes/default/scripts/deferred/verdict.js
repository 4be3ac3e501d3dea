// Whether groups of runs differ beyond noise: the twin of runpages/format/verdict.py, where the rule is written down.
(function () {
  "use strict";
  const [LEAST, LEVEL, FOUR_IN_FIVE, MOST_EXACT, MOST_SEEDS] = [4, 0.05, 0.8416212335729143, 10, 1000];

  // The sum with the rounding of each addition carried along (Neumaier 1974).
  /** @param {number[]} values */
  function sum(values) {
    let [whole, lost] = [0, 0];
    for (const value of values) {
      const next = whole + value;
      lost += Math.abs(whole) >= Math.abs(value) ? whole - next + value : value - next + whole;
      whole = next;
    }
    return whole + lost;
  }

  // The power of two below the largest of some values: divided by it no square is too large, and no digit is lost.
  /** @param {number[]} values */
  function unitOf(values) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return largest ? 2 ** Math.min(Math.floor(Math.log2(largest)), 1023) : 1;
  }

  /** @param {number[]} values @returns {Spread} */
  function spread(values) {
    const finite = values.filter(Number.isFinite);
    const n = finite.length;
    const unit = unitOf(finite);
    const scaled = finite.map((value) => value / unit);
    const mean = n ? sum(scaled) / n : NaN;
    const sd = n > 1 ? Math.sqrt(sum(scaled.map((value) => (value - mean) ** 2)) / (n - 1)) : NaN;
    let [least, most] = n ? [finite[0], finite[0]] : [NaN, NaN];
    for (const value of finite) [least, most] = [Math.min(least, value), Math.max(most, value)];
    return { n, mean: mean * unit, sd: sd * unit, least, most };
  }

  // The logarithm of the gamma function after Lanczos (1964), with g = 7 and nine terms.
  const LANCZOS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  /** @param {number} x */
  function logGamma(x) {
    const t = x + 6.5;
    const series = LANCZOS.reduce((whole, term, k) => whole + (k ? term / (x - 1 + k) : term), 0);
    return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(series);
  }

  /** @param {number} x @param {number} y @param {number} a @param {number} b @returns {number} */
  function beta(x, y, a, b) {
    if (x <= 0 || y <= 0) return Number(x > 0);
    if (x > (a + 1) / (a + b + 2)) return 1 - beta(y, x, b, a);
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y)) / a;
    let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
    let fraction = d;
    for (let m = 1; m < 500; m++) {
      for (const term of [
        (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
        (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
      ]) {
        [c, d] = [1 + term / c, 1 / (1 + term * d)];
        fraction *= c * d;
      }
      if (Math.abs(c * d - 1) < 1e-15) break;
    }
    return front * fraction;
  }

  /** @param {number} t @param {number} df */
  function twoSided(t, df) {
    const square = t * t;
    return beta(df / (df + square), square / (df + square), df / 2, 0.5);
  }

  /** @param {number} df */
  function quantile(df) {
    const constant = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI);
    let t = 0;
    for (let turn = 0; turn < 60; turn++) {
      const density = constant * (1 + (t * t) / df) ** (-(df + 1) / 2);
      const step = (twoSided(t, df) - LEVEL) / (2 * density);
      t += step;
      if (step <= 1e-14 * t) break;
    }
    return t;
  }

  /** @param {number} va @param {number} n @param {number} vb @param {number} m */
  function freedom(va, n, vb, m) {
    return va + vb ? (va + vb) ** 2 / (va ** 2 / (n - 1) + vb ** 2 / (m - 1)) : n + m - 2;
  }

  /** @param {number} difference @param {number} error @param {number} df @returns {Interval} */
  function interval(difference, error, df) {
    const reach = quantile(df) * error;
    const p = error ? twoSided(difference / error, df) : Number(!difference);
    return { difference, low: difference - reach, high: difference + reach, df, p };
  }

  /** @param {number[]} group @param {number[]} reference */
  function welch(group, reference) {
    const [a, b] = [spread(group), spread(reference)];
    if (a.n < 2 || b.n < 2) return null;
    const unit = unitOf([a.sd, b.sd]);
    const [va, vb] = [(a.sd / unit) ** 2 / a.n, (b.sd / unit) ** 2 / b.n];
    return interval(a.mean - b.mean, Math.sqrt(va + vb) * unit, freedom(va, a.n, vb, b.n));
  }

  /** @param {number[]} differences */
  function paired(differences) {
    const { n, mean, sd } = spread(differences);
    return n < 2 ? null : interval(mean, sd / Math.sqrt(n), n - 1);
  }

  /** @param {number[]} ps */
  function holm(ps) {
    const corrected = ps.map(() => 0);
    let highest = 0;
    ps.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p || a.at - b.at).forEach(function ({ p, at }, rank) {
      corrected[at] = highest = Math.max(highest, Math.min(1, (ps.length - rank) * p));
    });
    return corrected;
  }

  /** @param {number[]} group @param {number[]} reference */
  function exact(group, reference) {
    const [n, m] = [group.length, reference.length];
    if (!n || !m || n > MOST_EXACT || m > MOST_EXACT) return null;
    const unit = unitOf([...group, ...reference]);
    const pooled = [...group, ...reference].map((value) => value / unit);
    const whole = sum(pooled);
    /** @param {number} part */
    const difference = (part) => Math.abs(part / n - (whole - part) / m);
    const seen = difference(sum(pooled.slice(0, n))) - 1e-12 * Math.max(...pooled.map(Math.abs));
    let [as, all] = [0, 0];
    /** @param {number} from @param {number} left @param {number} part */
    function split(from, left, part) {
      if (!left) {
        all++;
        if (difference(part) >= seen) as++;
        return;
      }
      for (let at = from; at <= pooled.length - left; at++) split(at + 1, left - 1, part + pooled[at]);
    }
    split(0, n, 0);
    return as / all;
  }

  /** @param {number} effect @param {number} error @param {number} df */
  function isFound(effect, error, df) {
    if (!error) return true;
    const critical = quantile(df);
    const z = (effect / error - critical * (1 - 1 / (4 * df))) / Math.sqrt(1 + critical ** 2 / (2 * df));
    return z >= FOUR_IN_FIVE;
  }

  // How many of some ascending numbers are less than one, or as much.
  /** @param {Float64Array} ascending @param {number} one @param {boolean} orEqual */
  function below(ascending, one, orEqual) {
    let [low, high] = [0, ascending.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ascending[middle] < one || (orEqual && ascending[middle] === one)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number[]} group @param {number[]} reference @param {string} goal */
  function wins(group, reference, goal) {
    const ascending = Float64Array.from(reference).sort();
    const pairs = group.length * reference.length;
    const less = group.reduce((all, value) => all + below(ascending, value, false), 0);
    const most = group.reduce((all, value) => all + below(ascending, value, true), 0);
    return { won: goal === "min" ? pairs - most : less, tied: most - less, pairs };
  }

  /** @param {Spread} group @param {Spread} reference @param {number} effect */
  function seeds(group, reference, effect) {
    if (!effect || !(group.sd >= 0 && reference.sd >= 0)) return null;
    const unit = unitOf([effect, group.sd, reference.sd]);
    const [va, vb] = [(group.sd / unit) ** 2, (reference.sd / unit) ** 2 / reference.n];
    let [low, high] = [Math.max(LEAST, group.n), MOST_SEEDS + 1];
    while (low < high) {
      const n = Math.floor((low + high) / 2);
      if (isFound(Math.abs(effect) / unit, Math.sqrt(va / n + vb), freedom(va / n, n, vb, reference.n))) high = n;
      else low = n + 1;
    }
    return low > MOST_SEEDS ? null : low;
  }

  /** @param {Interval | null} found @param {number | null} p @param {string | null} goal @param {number | null} tolerance */
  function word(found, p, goal, tolerance) {
    if (!found || p === null) return "unknown";
    if (tolerance !== null && -tolerance <= found.low && found.high <= tolerance) return "same";
    if (!(p < LEVEL) || (goal !== "min" && goal !== "max")) return "unknown";
    return found.difference < 0 === (goal === "min") ? "better" : "worse";
  }

  /**
   * @param {Record<string, number[]>} groups @param {number[]} reference
   * @param {{goal: string | null, tolerance?: number | null, pairs?: Record<string, [number, number][]> | null}} how
   * @returns {Record<string, Verdict>}
   */
  function verdicts(groups, reference, { goal, tolerance = null, pairs = null }) {
    const base = reference.filter(Number.isFinite);
    const judged = Object.entries(groups).map(function ([name, all]) {
      const group = all.filter(Number.isFinite);
      const matched = pairs && pairs[name].filter((pair) => pair.every(Number.isFinite));
      const found = matched ? paired(matched.map(([a, b]) => a - b)) : welch(group, base);
      const count = matched ? matched.length : Math.min(group.length, base.length);
      return { name, found, tested: Boolean(found) && count >= LEAST };
    });
    const tested = judged.filter((one) => one.tested);
    const ps = holm(tested.map((one) => /** @type {Interval} */ (one.found).p));
    return Object.fromEntries(judged.map(function (one) {
      const { name, found } = one;
      const p = one.tested ? ps[tested.indexOf(one)] : null;
      return [name, { word: word(found, p, goal, tolerance), interval: found, p, tested: tested.length }];
    }));
  }

  runpages.verdict = { spread, welch, paired, holm, exact, wins, seeds, verdicts };
})();
