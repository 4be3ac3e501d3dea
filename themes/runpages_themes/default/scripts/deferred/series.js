// The points of a run as the page's data script has them: columns that several metrics share, times as steps in ms.
(function () {
  "use strict";
  /** @param {string} base @param {any} ways */
  function summed(base, ways) {
    let at = base;
    return ways.map((/** @type {any} */ way) => (way === null ? null : (at += way)));
  }

  // All points by step: the names of the columns, then a row for each. Lines without a label are drawn only.
  runpages.points = function ({ strands, ...series }) {
    const lines = [series, ...strands].filter((one) => one.label !== null);
    const rows = lines.flatMap(({ steps, times, values, label }) => steps.map((step, at) => [step, times && times[at], values[at], label]));
    return [[series.x, "time", "value", "line"], ...rows.sort(([one], [other]) => Number(one) - Number(other))].map((row) => row.slice(0, strands[0] ? 4 : 3));
  };

  // `base` is the folder of the run; what a metric with a pyramid shows comes from there.
  runpages.series = function (data, base) {
    const times = data.times.map((/** @type {any[]} */ column) => summed(column[0], column[1]));
    const columns = (/** @type {any} */ of) => ({ ...of, steps: data.steps[of.steps], times: times[of.times] });
    return data.series.map((/** @type {any} */ one) => ({ ...columns(one), strands: one.strands.map(columns), pyramid: one.pyramid && runpages.pyramid(one.pyramid, base), start: data.start }));
  };
})();
