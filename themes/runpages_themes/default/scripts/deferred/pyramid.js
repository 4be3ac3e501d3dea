// A long metric in levels of chunks: each view loads the finest level that has no more values than a chart can show.
(function () {
  "use strict";
  const FACTOR = 8;
  const CHUNK = 16384;
  const MOST = 8192;
  /** @type {[number, string][]} */
  const FLAGS = [[1, "nan"], [2, "inf"], [4, "-inf"]];

  /** @param {string} text */
  async function unpacked(text) {
    const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // The columns of a chunk; the bytes of a column of numbers are sorted by their place in a number.
  /** @param {any} chunk @param {number} level */
  async function decoded(chunk, level) {
    const raw = await unpacked(chunk.data);
    let at = 0;
    /** @param {number} count @param {any} Numbers */
    function column(count, Numbers) {
      const size = Numbers.BYTES_PER_ELEMENT;
      const bytes = new Uint8Array(count * size);
      for (let place = 0; place < size; place++) {
        for (let row = 0; row < count; row++) bytes[row * size + place] = raw[at++];
      }
      return new Numbers(bytes.buffer);
    }
    const { rows, step } = chunk;
    const values = column(level ? 2 * rows : rows, chunk.wide ? Float64Array : Float32Array);
    const steps = step ? Float64Array.from({ length: rows }, (_, row) => step[0] + step[1] * row) : column(rows, Float64Array);
    const times = chunk.time === null ? null : column(Math.ceil(rows / FACTOR), Float32Array);
    return { rows, values, steps, times, time: chunk.time, flags: chunk.flags ? raw.subarray(at) : null };
  }

  // How many of the sorted numbers are less than one.
  /** @param {any} numbers @param {any} one */
  function before(numbers, one) {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] < one) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The time of each row: every eighth is known, and between these it runs evenly.
  /** @param {any} chunk @param {number} end */
  function timesOf(chunk, end) {
    const { rows, times, time } = chunk;
    if (!times) return null;
    return Float64Array.from({ length: rows }, function (_, row) {
      const knot = Math.floor(row / FACTOR);
      const from = times[knot];
      const last = knot + 1 === times.length;
      const to = !last ? times[knot + 1] : end !== null ? end - time : knot ? 2 * from - times[knot - 1] : from;
      return time + from + (to - from) * ((row % FACTOR) / (last && end !== null ? rows - knot * FACTOR : FACTOR));
    });
  }

  runpages.pyramid = function (known, base) {
    const top = known.levels - 1;
    const [lastStep, lastTime] = known.end;
    const chunks = new Map();
    const total = (/** @type {number} */ level) => Math.ceil(known.points / FACTOR ** level);

    /** @param {number} level @param {any} place */
    function load(level, place) {
      const key = level + "-" + place;
      if (!chunks.has(key)) {
        const loaded = runpages.load(base + known.folder + "/" + key + ".js?v=" + known.version);
        chunks.set(key, loaded.then((chunk) => decoded(chunk, level)));
        chunks.get(key).catch(() => chunks.delete(key));
      }
      return chunks.get(key);
    }

    // Some rows of a level as one stretch of columns.
    /** @param {number} level @param {number} from @param {number} to */
    async function rows(level, from, to) {
      const size = level ? CHUNK / 2 : CHUNK;
      /** @type {number[]} */
      const places = [];
      for (let place = Math.floor(from / size); place * size < to; place++) places.push(place);
      const parts = await Promise.all(places.map((place) => load(level, place)));
      /** @type {any} */
      const found = { from, steps: [], times: [], low: [], high: [], flags: [] };
      parts.forEach(function (part, index) {
        const start = places[index] * size;
        const times = timesOf(part, start + part.rows === total(level) ? lastTime : null);
        if (!times) found.times = null;
        for (let row = Math.max(from - start, 0); row < Math.min(to - start, part.rows); row++) {
          found.steps.push(part.steps[row]);
          if (found.times) found.times.push(times?.[row]);
          found.low.push(part.values[level ? 2 * row : row]);
          found.high.push(level ? part.values[2 * row + 1] : null);
          found.flags.push(part.flags ? part.flags[row] : 0);
        }
      });
      return found;
    }

    // Rows as a course: of a row with two values each has its place, and what is no number has one between them.
    /** @param {any} found @param {number} level */
    function course(found, level) {
      const { steps, times, low, high, flags } = found;
      /** @type {any} */
      const shown = { steps: [], times: times && [], values: [], others: level ? [] : null };
      const after = (/** @type {number[]} */ column, /** @type {number} */ row, /** @type {number} */ end) => column[row + 1] ?? (found.from + row + 1 >= total(level) ? end : 2 * column[row] - column[row - 1]);
      /** @param {number} row @param {number} part @param {any} value @param {any} [other] */
      function add(row, part, value, other) {
        const at = (/** @type {number[]} */ column, /** @type {number} */ end) => column[row] + (part && part * ((after(column, row, end) || column[row]) - column[row]));
        shown.steps.push(at(steps, lastStep));
        if (times) shown.times.push(at(times, lastTime));
        shown.values.push(value);
        if (level) shown.others.push(other);
      }
      for (let row = 0; row < steps.length; row++) {
        const number = Number.isFinite(low[row]);
        if (number) add(row, 0, low[row], high[row]);
        if (flags[row]) for (const [flag, word] of FLAGS) if (flags[row] & flag) add(row, level && 0.25, word);
        if (number && level) add(row, 0.5, high[row], low[row]);
      }
      return shown;
    }

    return {
      timed: known.start !== null && lastTime !== null,
      // The first points.
      head: async (/** @type {number} */ count) => course(await rows(0, 0, Math.min(count, known.points)), 0),
      // What a chart shows of a range of steps or, where `timed`, of times; of all without a range.
      /** @param {number[]} range @param {boolean} timed */
      async view(range, timed) {
        const all = await rows(top, 0, total(top));
        let [level, from, to] = [top, 0, total(top)];
        const x = timed ? all.times : all.steps;
        if (range && x) {
          from = Math.max(before(x, range[0]) - 2, 0);
          to = Math.min(before(x, range[1]) + 1, to);
        }
        const finer = (/** @type {any} */ one) => (to - from) * FACTOR ** (top - one);
        while (level && finer(level - 1) * (level > 1 ? 2 : 1) <= MOST) level--;
        return course(level === top ? all : await rows(level, from * FACTOR ** (top - level), Math.min(finer(level) + from * FACTOR ** (top - level), total(level))), level);
      },
    };
  };
})();
