// The points of a run as the page's data script has them: columns that several metrics share, times as steps in ms.
(function () {
  "use strict";
  function summed(base, ways) {
    let at = base;
    return ways.map((way) => (way === null ? null : (at += way)));
  }

  // `base` is the folder of the run; what a metric with a pyramid shows comes from there.
  runpages.series = function (data, base) {
    const times = data.times.map((column) => summed(column[0], column[1]));
    const made = data.series.map(function (one) {
      const known = { name: one.name, x: one.x, thinned: Boolean(one.thinned) };
      if (one.pyramid) return { ...known, pyramid: runpages.pyramid(one.pyramid, base), begin: one.pyramid.start, end: one.pyramid.end[1] };
      const ms = one.times === null ? null : times[one.times];
      return { ...known, steps: data.steps[one.steps], values: one.values, times: ms, begin: ms && ms.find((at) => at !== null), end: ms && ms[ms.length - 1] };
    });
    const start = Math.min(...made.map((one) => one.begin).filter((ms) => ms !== null));
    return made.map((one) => ({ ...one, start }));
  };
})();
