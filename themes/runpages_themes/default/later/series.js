// The points of a run as the page's data script has them: columns that several metrics share, times as steps in ms.
(function () {
  "use strict";
  function summed(base, ways) {
    let at = base;
    return ways.map((way) => (way === null ? null : (at += way)));
  }

  // All points by step: the names of the columns, then a row for each. Lines without a label are drawn only.
  runpages.points = function ({ strands, ...series }) {
    const lines = [series, ...strands].filter((one) => one.label !== null);
    const rows = lines.flatMap(({ steps, times, values, label }) => steps.map((step, at) => [step, times && times[at], values[at], label]));
    return [[series.x, "time", "value", "line"], ...rows.sort(([one], [other]) => one - other)].map((row) => (strands[0] ? row : row.slice(0, 3)));
  };

  // `base` is the folder of the run; what a metric with a pyramid shows comes from there.
  runpages.series = function (data, base) {
    const times = data.times.map((column) => summed(column[0], column[1]));
    const made = data.series.map(function (one) {
      const columns = (of) => ({ ...of, steps: data.steps[of.steps], times: of.times === null ? null : times[of.times] });
      const known = { ...columns(one), strands: one.strands.map(columns) };
      if (one.pyramid) return { ...known, pyramid: runpages.pyramid(one.pyramid, base), begin: one.pyramid.start, end: one.pyramid.end[1] };
      const ms = known.times;
      return { ...known, begin: ms && ms.find((at) => at !== null), end: ms && ms[ms.length - 1] };
    });
    const start = Math.min(...made.map((one) => one.begin).filter((ms) => ms !== null));
    return made.map((one) => ({ ...one, start }));
  };
})();
