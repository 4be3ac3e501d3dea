// Axes of charts over runs: numbers, logarithms, times or categories, as places from 0 to 1 with ticks.
(function () {
  "use strict";
  const { axis } = runpages;
  const CATEGORIES = 12;
  const FEW = 8;
  const DAY = 86400;
  const { compare } = new Intl.Collator(undefined, { numeric: true });

  /** @param {number} low @param {number} high @param {boolean} log @param {Tick[]} ticks @returns {any} */
  function scale(low, high, log, ticks) {
    const placed = (/** @type {number} */ value) => (log ? Math.log10(value) : value);
    // Halves, since the way from the least float to the greatest is no float.
    const at = (/** @type {number} */ value) => (placed(value) / 2 - low / 2) / (high / 2 - low / 2);
    return {
      log,
      at,
      /** @param {number} share */
      value: (share) => (log ? 10 ** (low + share * (high - low)) : low + share * (high - low)),
      ticks: ticks.map(({ value, label }) => ({ value, label, at: at(value) })).filter((tick) => tick.at > -1e-6 && tick.at < 1 + 1e-6),
    };
  }

  // Numbers that can be placed; `exact` spells them where they are few. `isTight` leaves no room at the ends.
  /** @param {number[]} values @param {{ log?: boolean, exact?: Map<number, string> | null, isTight?: boolean, limit?: number }} how */
  function numbers(values, { log = runpages.runStats.isLog(values), exact = null, isTight = false, limit = 6 } = {}) {
    const known = log ? values.filter((value) => value > 0) : values;
    const isLog = log && known.length > 0;
    let [least, most] = [Infinity, -Infinity];
    for (const value of known) [least, most] = [Math.min(least, value), Math.max(most, value)];
    if (least > most) [least, most] = [0, 1];
    const [low, high] = isLog ? [Math.log10(least), Math.log10(most)] : [least, most];
    const [bottom, top] = isTight && low < high ? [low, high] : axis.padded(low, high, false, isLog);
    const own = exact && exact.size <= FEW && [...exact].sort(([one], [other]) => one - other).map(([value, label]) => ({ value, label }));
    const ticks = own || (least === most ? [{ value: least, label: axis.say(least) }] : isLog ? axis.logarithmic(10 ** bottom, 10 ** top, limit) : axis.linear(bottom, top, limit, isTight && known.every(Number.isInteger)));
    return scale(bottom, top, isLog, ticks);
  }

  // Seconds since the epoch, in UTC: days, or times of one day.
  /** @param {number[]} values */
  function times(values) {
    const sorted = Float64Array.from(values).sort();
    const [low, high] = [sorted[0], sorted[sorted.length - 1]];
    const [from, to] = Math.floor(low / DAY) !== Math.floor(high / DAY) ? [0, 10] : [11, high - low < 300 ? 19 : 16];
    const pad = (high - low) / 40 || 1;
    const wanted = [0, 1, 2, 3].map((turn) => low + (turn * (high - low)) / 3);
    const ticks = wanted.map((value) => ({ value, label: new Date(value * 1000).toISOString().slice(from, to) })).filter(({ label }, at, all) => !at || label !== all[at - 1].label);
    return scale(low - pad, high + pad, false, ticks);
  }

  /** @param {string[]} words */
  function categories(words) {
    return { ...scale(-0.5, words.length - 0.5, false, words.map((label, value) => ({ value, label }))), words };
  }

  // A column as an axis: `values` has a number for each run, of texts their place among the most frequent ones, which
  // are in their order; NaN where there is none. `dropped` counts the texts that have no place.
  /** @param {RunsModel} model @param {RunNeed & { log?: string }} need @param {number[]} rows @param {{ isTight?: boolean, limit?: number }} how */
  function ofColumn(model, need, rows, { isTight = false, limit = 6 } = {}) {
    const { name } = model.column(need.key);
    const values = model.values(need.key, need.aggregate);
    if (values.words) return { name, need, ...ofWords(values, rows) };
    const { numbers: all } = values;
    const known = Array.from(rows, (row) => all[row]).filter(Number.isFinite);
    if (need.key === "run:started") return { name, need, values: all, dropped: 0, scale: times(known.length ? known : [0, 1]), text: (/** @type {number} */ row) => new Date(all[row] * 1000).toISOString().slice(0, 16).replace("T", " ") };
    /** @type {Map<number, string>} */
    const exact = new Map();
    for (const row of rows) if (Number.isFinite(all[row]) && exact.size <= CATEGORIES) exact.set(all[row], values.text(row));
    const isParam = need.key.startsWith("param:");
    const log = need.log ? need.log === "log" : undefined;
    return { name, need, values: all, dropped: 0, distinct: exact, scale: numbers(known, { log, exact: isParam ? exact : null, isTight, limit }), text: (/** @type {number} */ row) => values.text(row) };
  }

  /** @param {RunValues} values @param {number[]} rows */
  function ofWords({ words, places }, rows) {
    const counts = new Map();
    for (const row of rows) if (places[row] >= 0) counts.set(places[row], (counts.get(places[row]) || 0) + 1);
    const known = /** @type {string[]} */ (words);
    const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, CATEGORIES).map(([place]) => place);
    most.sort((one, other) => compare(known[one], known[other]));
    const rank = new Map(most.map((place, at) => [place, at]));
    return {
      values: Float64Array.from(places, (place) => rank.get(place) ?? NaN),
      dropped: counts.size - most.length,
      scale: categories(most.map((place) => known[place] || "(empty)")),
      text: (/** @type {number} */ row) => (places[row] < 0 ? "" : known[places[row]]),
    };
  }

  runpages.runScale = { categories, numbers, ofColumn, times };
})();
