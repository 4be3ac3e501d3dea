// The points of a run as the page's data script has them: columns that several metrics share, times as steps in ms.
(function () {
  "use strict";
  function summed(base, ways) {
    let at = base;
    return ways.map((way) => (way === null ? null : (at += way)));
  }

  runpages.series = function (data) {
    const times = data.times.map((column) => summed(column[0], column[1]));
    const starts = times.map((column) => column.find((ms) => ms !== null));
    const start = Math.min(...starts.filter((ms) => ms !== undefined));
    return data.series.map((one) => ({
      name: one.name, x: one.x, steps: data.steps[one.steps], values: one.values, thinned: Boolean(one.thinned), start,
      times: one.times === null ? null : times[one.times],
    }));
  };
})();
