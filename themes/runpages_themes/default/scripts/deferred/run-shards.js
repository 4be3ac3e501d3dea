// The runs of an experiment, of which a large one has the newest at first and the others in shards: scripts that are
// loaded when they are needed. Rows are counted from the newest run, whatever is loaded.
(function () {
  "use strict";
  const LISTS = ["page", "title", "id", "number", "kind", "status", "began", "took"];
  const ROWS = ["single", "damaged"];
  const WORDS = ["kind", "status"];

  // Each shard with the row of its first run.
  /** @param {any} runs */
  function placed(runs) {
    let end = runs.page.length;
    return runs.shards.map((/** @type {any} */ shard) => ({ ...shard, start: (end += shard.count) - shard.count }));
  }

  // Load a shard once, and let go of the script: what is of use in it is copied.
  /** @param {string} src */
  async function taken(src) {
    const found = await runpages.load(src);
    runpages.forget(src);
    return found;
  }

  // The same few words come with every run, and are kept once.
  function single() {
    const known = new Map();
    return (/** @type {string} */ word) => known.get(word) ?? (known.set(word, word), word);
  }

  // The runs with those of some shards, and holes for what is not loaded; `base` is the folder of the experiment, from the page.
  /** @param {any} runs @param {any[]} shards @param {string} base @param {(rows: number) => void} onCome */
  async function extended(runs, shards, base, onCome) {
    const found = { ...runs, older: [], shards: null };
    for (const name of [...LISTS, ...ROWS]) found[name] = [...runs[name]];
    const once = Object.fromEntries(WORDS.map((name) => [name, single()]));
    for (const { file, start, count } of shards) {
      const shard = await taken(base + file);
      for (const name of LISTS) for (let row = 0; row < count; row++) found[name][start + row] = once[name] ? once[name](shard[name][row]) : shard[name][row];
      for (const name of ROWS) for (const row of shard[name]) found[name].push(start + row);
      found.older.push({ start, count, columns: shard.columns });
      onCome(start + count);
    }
    return found;
  }

  // --- the values of columns ---

  /** @param {{values: any, count: number}[]} parts @param {number} rows */
  function joinedNumbers(parts, rows) {
    const [numbers, odd] = [new Float64Array(rows).fill(NaN), new Map()];
    let start = 0;
    for (const { values, count } of parts) {
      for (let row = 0; values && row < count; row++) {
        const value = values.exact(row);
        if (typeof value === "number") numbers[start + row] = value;
        else if (value !== null) odd.set(start + row, value);
      }
      start += count;
    }
    return { numbers, odd };
  }

  /** @param {{values: any, count: number}[]} parts @param {number} rows */
  function joinedWords(parts, rows) {
    /** @type {Map<string, number>} */
    const known = new Map();
    const places = new Int32Array(rows).fill(-1);
    let start = 0;
    for (const { values, count } of parts) {
      const own = (values?.words || []).map((/** @type {string} */ word) => {
        const place = known.get(word) ?? known.size;
        known.set(word, place);
        return place;
      });
      for (let row = 0; values && row < count; row++) if (values.places[row] >= 0) places[start + row] = own[values.places[row]];
      start += count;
    }
    return { words: [...known.keys()], places };
  }

  runpages.runShards = {
    // All runs; `onCome` is called with how many there are, shard by shard.
    whole: (runs, base, onCome = () => {}) => extended(runs, placed(runs), base, onCome),

    // The values of the newest runs with those of the older ones that are loaded.
    async values(newest, { key, goal, floats }, aggregate, runs, base) {
      const id = runpages.runFilter.idOf({ key, aggregate: aggregate === "best" ? String(goal) : aggregate });
      const older = runs.older.map(async (/** @type {any} */ { count, columns }) => {
        const place = columns[id];
        return { count, values: place && new runpages.runValues((await taken(base + place.file))[place.at], floats) };
      });
      const parts = [{ values: newest, count: runs.older[0].start }, ...(await Promise.all(older))];
      const rows = parts.reduce((sum, { count }) => sum + count, 0);
      return new runpages.runValues(newest.words ? joinedWords(parts, rows) : joinedNumbers(parts, rows), floats);
    },

    // The curves of all runs that are loaded, which come when they are looked at.
    curves({ key, file, at, pieces = [{ file, at }], rows = 0 }, runs, onCome) {
      const older = runs.older.flatMap((/** @type {any} */ { start, columns }) => {
        const { pieces: parts = [columns[key + " "]], rows: each = 0 } = columns[key + " "];
        return parts.map((/** @type {RunPlace} */ one, /** @type {number} */ place) => ({ start: start + place * each, ...one }));
      });
      return new runpages.runCurves([...pieces.map((one, place) => ({ start: place * rows, ...one })), ...older], rows, onCome);
    },

    // The runs that the page of one run needs: that run, the ones beside it, its children and the best.
    async around(runs, base, page) {
      const shards = placed(runs);
      let at = runs.page.indexOf(page);
      for (const { file, start, pages: [least, most] } of at < 0 ? shards : []) {
        if (page < least || page > most) continue;
        const place = (await runpages.load(base + file)).page.indexOf(page);
        if (place < 0) continue;
        at = start + place;
        break;
      }
      if (at < 0) return { ...runs, shards: null };
      const rows = [at - 1, at, at + 1, ...(runs.children[at]?.rows || []).map((/** @type {any[]} */ [row]) => row), ...Object.values(runs.best).map(([, , row]) => row)];
      const found = await extended(runs, shards.filter((/** @type {any} */ { start, count }) => rows.some((row) => row >= start && row < start + count)), base, () => {});
      found.page.length = runs.count;
      return found;
    },
  };
})();
