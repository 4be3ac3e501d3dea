// Images of several runs by name, in the order of one slider: by step, by epoch, or by the time since a run began.
(function () {
  "use strict";

  // What a run logged as `epoch`, at the last step that is not after this one.
  /** @param {{ steps: number[], values: any[] } | undefined} epochs @param {number} step */
  function epochAt(epochs, step) {
    let [found, at] = [null, -Infinity];
    (epochs?.steps || []).forEach(function (one, k) {
      const value = epochs?.values[k];
      if (one <= step && one >= at && Number.isFinite(value)) [found, at] = [value, one];
    });
    return found;
  }

  // The images of a name in one run: where each lies on the slider, and which of its step it is, counted from 0.
  /** @param {any[]} items @param {ImageSource} source @returns {ImageShot[]} */
  function shots(items, { base, began, epochs }) {
    const counts = new Map();
    return items.map(function (item) {
      const part = counts.get(item.at) || 0;
      counts.set(item.at, part + 1);
      const time = item.time === null || began === null ? null : Math.max(0, item.time - began);
      return { item, base, part, step: item.at, time, epoch: epochAt(epochs, item.at) };
    });
  }

  // For each name the images of each source, then the media: null where it logged none of that name.
  /** @param {ImageSource[]} sources @returns {ImageSeries[]} */
  function series(sources) {
    const named = (/** @type {"images" | "media"} */ kind) => [...new Set(sources.flatMap((source) => source[kind].map(({ name }) => name)))].map(function (name) {
      const tracks = sources.map(function (source) {
        const found = source[kind].find((one) => one.name === name);
        return found ? shots(found.items, source) : null;
      });
      return { name, kind, tracks, parts: 1 + Math.max(...tracks.flatMap((track) => (track || []).map((shot) => shot.part))) };
    });
    return [...named("images"), ...named("media")];
  }

  // Where the slider stops: wherever any run has an image.
  /** @param {ImageSeries[]} all @param {ImageAxis} by */
  function stops(all, by) {
    const found = new Set(all.flatMap(({ tracks }) => tracks.flatMap((track) => (track || []).map((shot) => shot[by]))));
    return /** @type {number[]} */ ([...found].filter((one) => one !== null)).sort((a, b) => a - b);
  }

  // The image of a run that is nearest to a stop; of two that are equally near the earlier one. `part` is which one of its
  // step, in a series that has so many.
  /** @param {ImageSeries} series @param {number} source @param {ImageAxis} by @param {number} stop @param {number} part */
  function nearest({ tracks, parts }, source, by, stop, part) {
    const wanted = Math.min(part, parts - 1);
    /** @type {ImageShot | null} */
    let best = null;
    let least = Infinity;
    for (const shot of tracks[source] || []) {
      const at = shot[by];
      if (shot.part !== wanted || at === null || Math.abs(at - stop) >= least) continue;
      [best, least] = [shot, Math.abs(at - stop)];
    }
    return best;
  }

  // Which stops a grid has as its columns: all, or some of those that most runs have, at even distances.
  /** @param {ImageSeries} one @param {ImageAxis} by @param {number} most */
  function columns(one, by, most) {
    const counts = new Map();
    for (const track of one.tracks) {
      for (const at of new Set((track || []).map((shot) => shot[by]))) if (at !== null) counts.set(at, (counts.get(at) || 0) + 1);
    }
    const all = [...counts.keys()].sort((a, b) => a - b);
    if (all.length <= most) return { shown: all, of: all.length };
    const highest = Math.max(...counts.values());
    const common = all.filter((at) => counts.get(at) === highest);
    const chosen = Array.from({ length: most }, (_, k) => common[Math.round((k * (common.length - 1)) / (most - 1))]);
    return { shown: [...new Set(chosen)], of: all.length };
  }

  // Steps in full, times as on a clock.
  /** @param {ImageAxis} by @param {number} value */
  function spelled(by, value) {
    if (by !== "time") return String(Number(value.toPrecision(12)));
    if (value < 60) return value.toFixed(value < 10 ? 2 : 1) + " s";
    const [hours, minutes, seconds] = [Math.floor(value / 3600), Math.floor(value / 60) % 60, Math.floor(value % 60)];
    const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
    return hours ? hours + ":" + two(minutes) + ":" + two(seconds) : minutes + ":" + two(seconds);
  }

  /** @param {ImageAxis} by @param {number} value */
  const labeled = (by, value) => (by === "time" ? spelled(by, value) + " after start" : by + " " + spelled(by, value));

  runpages.imageSeries = { series, stops, nearest, columns, spelled, labeled };
})();
