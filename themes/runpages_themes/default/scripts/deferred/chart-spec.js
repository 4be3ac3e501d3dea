// What a chart shows of its points in a view: scale, ranges, ticks, and the words beside its name. Values in, values out.
(function () {
  "use strict";
  const LOG_SPAN = 100;
  // Width of a plot on a phone, which the labels of all charts fit: without and with names of lines.
  const [ROOM, ROOM_NAMED] = [250, 180];
  const [QUANTILE, FEWEST] = [0.01, 10];

  const isNumber = (/** @type {any} */ value) => Number.isFinite(value);

  // Logarithmic by itself is a chart whose values span two decades.
  /** @param {number[]} numbers */
  function spans(numbers) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of numbers) [low, high] = [Math.min(low, value), Math.max(high, value)];
    return numbers.length > 1 && low > 0 && high / low >= LOG_SPAN;
  }

  // The finite values of all lines, of a zoomed chart those in its range.
  /** @param {{ x: any[], values: any[] }[]} lines @param {number[] | null} range */
  function seen(lines, range) {
    return lines.flatMap(({ x, values }) => values.filter((value, at) => isNumber(value) && (!range || (x[at] >= range[0] && x[at] <= range[1]))));
  }

  // The ends of the values. Outliers lie further from the 1 % and 99 % quantiles than half the distance between these.
  /** @param {number[]} numbers @param {boolean} withoutOutliers */
  function ends(numbers, withoutOutliers) {
    const sorted = Float64Array.from(numbers).sort();
    const last = sorted.length - 1;
    if (!withoutOutliers || sorted.length < FEWEST) return [sorted[0], sorted[last]];
    const cut = Math.max(1, Math.floor(sorted.length * QUANTILE));
    const [low, high] = [sorted[cut], sorted[last - cut]];
    const kept = sorted.filter((value) => value >= low - (high - low) / 2 && value <= high + (high - low) / 2);
    return [kept[0], kept[kept.length - 1]];
  }

  /** @param {number} count @param {string} one @param {string} more */
  const counted = (count, one, more) => count.toLocaleString("en") + " " + (count === 1 ? one : more);

  // The y axis, and what is said of it.
  /** @param {{ x: any[], values: any[] }[]} lines @param {number[]} own @param {View} view @param {number[] | null} range @param {number[] | null} heights */
  function upright(lines, own, view, range, heights) {
    const wanted = view.scale === "log" || (view.scale === "auto" && spans(own));
    const numbers = seen(lines, range);
    const log = wanted && own.some((value) => value > 0);
    const shown = log ? numbers.filter((value) => value > 0).map(Math.log10) : numbers;
    const notes = log ? ["log y"] : wanted && own.length ? ["linear: no value > 0"] : [];
    if (shown.length < numbers.length) notes.push(counted(numbers.length - shown.length, "value", "values") + " ≤ 0 not shown");
    if (!shown.length) return { log, range: [0, 1], ticks: [], notes };
    const [low, high] = ends(shown, view.outliers);
    const outside = view.outliers ? shown.filter((value) => value < low || value > high).length : 0;
    if (outside && !heights) notes.push(counted(outside, "outlier", "outliers") + " not shown");
    const whole = !log && shown.every(Number.isInteger);
    const upRange = heights || runpages.axis.padded(low, high, whole, log);
    const ticks = low === high && !heights ? [{ value: log ? 10 ** low : low, label: runpages.axis.say(log ? 10 ** low : low) }] : runpages.axis.up(upRange, log, whole);
    return { log, range: upRange, ticks, notes };
  }

  // The x axis: of a zoom its range, else from the first point to the last.
  /** @param {any[][]} columns @param {number[] | null} zoom @param {boolean} ended @param {number} room @param {boolean} dates */
  function along(columns, zoom, ended, room, dates) {
    const whole = columns.every((column) => column.every(Number.isInteger));
    const ends = columns.flatMap((column) => [column.find(isNumber), column.findLast(isNumber)]).filter(isNumber);
    const [low, last] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
    const stop = ended && last > low && !zoom ? last : null;
    if (!ends.length) return { range: zoom || [0, 1], ticks: [], stop };
    if (dates && low === last && !zoom) return { range: [low - 1000, low + 1000], ticks: runpages.chartX.ticks(low - 1000, low + 1000, room), stop };
    const axis = zoom ? { range: zoom, ticks: runpages.axis.fitting(zoom[0], zoom[1], whole, room) } : runpages.axis.across(low, last, stop, whole, room);
    return { ...axis, stop, ...(dates && { ticks: runpages.chartX.ticks(axis.range[0], axis.range[1], room) }) };
  }

  // `heights` is the range of a box that was drawn, `ended` whether the run stopped early.
  runpages.chartSpec = function (series, view, { heights, ended, height, room }) {
    const { x, name, dates } = runpages.chartX.column(series, view.x);
    const strands = series.strands.map((strand) => ({ ...strand, ...runpages.chartX.column({ ...series, ...strand }, view.x) }));
    const own = { x, values: series.values };
    const others = { x, values: series.others || [] };
    const lines = series.ranks ? strands : [own, others, ...strands];
    const isTimed = runpages.chartX.isTimed(series, view.x);
    const zoom = view.zoom && isTimed === (view.x !== "step") ? runpages.chartX.range(series, view.x, view.zoom) : null;
    const numbers = /** @type {number[]} */ (series.values.filter(isNumber));
    const y = upright(lines, numbers, view, zoom, heights);
    const named = series.ranks && strands.length > 1 && strands.length <= 8;
    const across = along(lines.map((line) => line.x), zoom, ended, room || (named ? ROOM_NAMED : ROOM), dates);
    return {
      x, xName: name, dates, strands, log: y.log, notes: y.notes, ranks: series.ranks, values: series.values, others: series.others,
      thinned: Boolean(series.thinned), weight: view.weight, yRange: y.range, yTicks: y.ticks, left: runpages.axis.left(y.ticks), height,
      xRange: across.range, xTicks: across.ticks, stop: across.stop, room: room || ROOM, zoom,
    };
  };
})();
