// The points of a run as the page's data script has them: columns that several metrics share, times as steps in ms.
(function () {
  "use strict";
  function summed(base, ways) {
    let at = base;
    return ways.map((way) => (way === null ? null : (at += way)));
  }

  // Points in the order of their steps, each as [step, ms, value, line]; those of ranks instead of their mean.
  runpages.rows = function ({ steps, times, values, strands }) {
    const told = ({ role }) => role === "rank" || role === "superseded";
    const own = strands.some(({ role }) => role === "rank") ? [] : [{ steps, times, values, label: strands.some(({ role }) => role === "low") ? "mean" : "" }];
    return [...own, ...strands.filter(told)]
      .flatMap((one) => one.steps.map((step, at) => [step, one.times && one.times[at], one.values[at], one.label || one.role || ""]))
      .sort((one, other) => one[0] - other[0]);
  };

  // `base` is the folder of the run; what a metric with a pyramid shows comes from there.
  runpages.series = function (data, base) {
    const times = data.times.map((column) => summed(column[0], column[1]));
    const made = data.series.map(function (one) {
      const columns = ({ steps, values, times: ms }) => ({ steps: data.steps[steps], values, times: ms === null ? null : times[ms] });
      const strands = (one.strands || []).map((strand) => ({ role: strand.role, label: strand.label, ...columns(strand) }));
      const known = { name: one.name, x: one.x, thinned: Boolean(one.thinned), strands };
      if (one.pyramid) return { ...known, pyramid: runpages.pyramid(one.pyramid, base), begin: one.pyramid.start, end: one.pyramid.end[1] };
      const own = columns(one);
      const ms = own.times;
      return { ...known, ...own, begin: ms && ms.find((at) => at !== null), end: ms && ms[ms.length - 1] };
    });
    const start = Math.min(...made.map((one) => one.begin).filter((ms) => ms !== null));
    return made.map((one) => ({ ...one, start }));
  };
})();
