// What the search looks in: the experiments, and their runs in blocks. Of many blocks only those are loaded that may hold
// what is sought, which the filters tell. `page/search_index.py` writes them.
(function () {
  "use strict";
  // A filter has so many buckets for trigrams, and as many for words.
  const BUCKETS = 16384;
  // Trigrams of a text that are looked up: more of them would load more filters, and leave few blocks less.
  const LOOKED = 4;
  const LONGEST_WORD = 12;
  const EXPERIMENT = "Experiment";

  /** @param {string} text */
  function trigrams(text) {
    const codes = Array.from(text, (char) => char.codePointAt(0) || 0);
    const all = codes.slice(2).map((code, at) => (codes[at] * 7919 + codes[at + 1] * 211 + code) % BUCKETS);
    if (all.length <= LOOKED) return all;
    return Array.from({ length: LOOKED }, (_, at) => all[Math.round((at * (all.length - 1)) / (LOOKED - 1))]);
  }

  /** @param {string} word */
  function checksum(word) {
    let code = -1;
    for (const byte of new TextEncoder().encode(word)) {
      code ^= byte;
      for (let bit = 0; bit < 8; bit += 1) code = (code >>> 1) ^ (code & 1 ? 0xEDB88320 : 0);
    }
    return ~code >>> 0;
  }

  // What a block marks that has all words of a text as words of their own.
  /** @param {string} text */
  const words = (text) => (text.match(/[^\s!-/:-@[-`{-~]{2,}/g) || []).filter((word) => [...word].length <= LONGEST_WORD).flatMap(function (word) {
    const code = checksum(word);
    return [code, code >>> 9, code >>> 18].map((one) => BUCKETS + (one % BUCKETS));
  });

  /** @param {any} experiment @param {string} root @returns {SearchCard} */
  function experimentCard(experiment, root) {
    const { name, fields, folder, count } = experiment;
    return { title: name, href: root + folder + "index.html", kind: EXPERIMENT, runs: count, fields, more: "", low: low(name, fields) };
  }

  /** @param {string} more @param {string[]} fields */
  const low = (more, fields) => [more, ...fields].join("\n").toLowerCase();

  // The runs of a block, the newest first.
  /** @param {any} block @param {any} columns @returns {SearchCard[]} */
  function runCards({ name, folder }, columns) {
    const cards = columns.title.map(function (/** @type {string} */ title, /** @type {number} */ at) {
      const places = [...columns.fields[at], ...columns.metrics[columns.logged[at]]];
      const fields = places.map((/** @type {number} */ place) => columns.words[place]);
      const more = [columns.id[at] ?? columns.page[at].slice(0, -5), "#" + columns.number[at], name].join(" ");
      return { title, href: folder + columns.page[at], kind: name, began: columns.began[at], fields, more, low: low(title + "\n" + more, fields) };
    });
    return cards.reverse();
  }

  runpages.searchIndex = async function (root) {
    const { shards, experiments } = await runpages.load(root + "search.js");
    /** @type {any[]} */
    const blocks = experiments.flatMap((/** @type {any} */ { name, folder, blocks }) =>
      blocks.map((/** @type {number[]} */ [runs, size, newest], /** @type {number} */ at) => ({
        runs, size, newest, name, folder: root + folder, src: root + folder + "search-" + at + ".js", cards: null,
      })));
    blocks.forEach((block, place) => { block.place = place; }); // In the filters.
    const newest = [...blocks].sort((a, b) => b.newest - a.newest);
    const filters = new Map();
    const width = (2 * BUCKETS) / shards;
    /** @param {number} bucket */
    const shardOf = (bucket) => Math.floor(bucket / width);

    /** @param {number[]} wanted */
    const loadFilters = (wanted) => Promise.all([...new Set(wanted.map(shardOf))].map(async function (shard) {
      if (!filters.has(shard)) filters.set(shard, (await runpages.load(root + "search/" + shard + ".js")).map(atob));
    }));

    // A filter has some bytes of each block, none where all are zero.
    /** @param {number} place @param {number[]} buckets */
    const marks = (place, buckets) => buckets.every(function (bucket) {
      const bytes = filters.get(shardOf(bucket))[place];
      return (bytes.charCodeAt((bucket % width) >> 3) >> (bucket & 7)) & 1;
    });

    return {
      experiments: experiments.map((/** @type {any} */ one) => experimentCard(one, root)),
      runs: blocks.reduce((sum, block) => sum + block.runs, 0),
      blocks: newest,
      // The blocks that may have one of the texts of each word: first those that have them as words of their own.
      async likely(sought) {
        if (!shards) return newest;
        const near = sought.map((texts) => texts.map(trigrams));
        const whole = sought.map((texts) => texts.map(words));
        await loadFilters([...near, ...whole].flat(2));
        /** @param {number[][][]} wanted @param {any[]} among */
        const having = (wanted, among) => among.filter(({ place }) => wanted.every((texts) => texts.some((buckets) => marks(place, buckets))));
        const found = having(near, newest);
        return [...new Set([...having(whole, found), ...found])];
      },
      async load(block) {
        try {
          block.cards ||= runCards(block, await runpages.load(block.src));
        } catch {
          block.cards = []; // What has no index is not found; its experiment is.
        }
      },
    };
  };
})();
