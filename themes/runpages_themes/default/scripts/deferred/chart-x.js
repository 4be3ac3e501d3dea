// The x axis of the charts: steps, times, or times since the first point. A zoom is kept in steps, in ms, or in seconds.
(function () {
  "use strict";
  /** @type {[string, number][]} */
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

  const [SECOND, MINUTE, HOUR, DAY] = [1000, 60000, 3600000, 86400000];
  const CLOCK = [...[1, 2, 5, 10, 20, 50, 100, 200, 500], ...[1, 2, 5, 10, 15, 30].map((at) => at * SECOND), ...[1, 2, 5, 10, 15, 30].map((at) => at * MINUTE), ...[1, 2, 3, 6, 12].map((at) => at * HOUR), ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((at) => at * DAY)];

  // A time in UTC, as exact as the distance of the ticks needs it; the date where a day begins.
  /** @param {number} at @param {number} step */
  function clock(at, step) {
    const [date, time] = new Date(at).toISOString().slice(0, -1).split("T");
    if (step >= DAY || at % DAY === 0) return new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }) + (step >= 100 * DAY ? " " + date.slice(0, 4) : "");
    return time.slice(0, step >= MINUTE ? 5 : step >= SECOND ? 8 : 12);
  }

  /** @param {Series} series @returns {[string, number]} */
  function unit(series) {
    const span = (series.end - series.start) / 1000;
    return UNITS.find(([, size]) => span >= 2 * size) || UNITS[3];
  }

  runpages.chartX = {
    isTimed: (series, kind) => kind !== "step" && Boolean(series.times),
    // The column of a chart, or of a line in it, and the name of its axis.
    column(series, kind) {
      if (!this.isTimed(series, kind)) return { x: series.steps, name: series.x, dates: false };
      if (kind === "time") return { x: /** @type {any[]} */ (series.times), name: "UTC", dates: true };
      const [name, size] = unit(series);
      return { x: /** @type {any[]} */ (series.times).map((at) => (at - series.start) / 1000 / size), name, dates: false };
    },
    // As many ticks of a clock as fit.
    ticks(low, high, room) {
      for (const step of CLOCK) {
        if (!(high - low <= step * 5)) continue;
        const first = Math.ceil(low / step) * step;
        const ticks = Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, at) => ({ value: first + at * step, label: clock(first + at * step, step) }));
        const widest = Math.max(0, ...ticks.map(({ label }) => runpages.axis.width(label)));
        if (ticks.length < 2 || (widest + 10) * (high - low) <= (room * step)) return ticks;
      }
      return [];
    },
    // A zoom as a range of the chart's axis, and back.
    range: (series, kind, zoom) => (kind === "relative" ? zoom.map((at) => at / unit(series)[1]) : zoom),
    zoom: (series, kind, range) => (kind === "relative" ? range.map((at) => at * unit(series)[1]) : range),
    // A zoom as steps or ms, which the chunks of a long metric are found by.
    sought: (series, kind, zoom) => (kind === "relative" ? zoom.map((at) => series.start + at * 1000) : zoom),
    // A place on an axis in words.
    spelled(x, name, dates) {
      if (dates) return new Date(x).toISOString().replace("T", " ").slice(0, 19);
      return name + " " + (Number.isInteger(x) ? x : Number(x.toPrecision(6)));
    },
  };
})();
