// What is compared, as the address names it: a run by its folders, `experiment/run`, or a group of an experiment's runs
// by a query, `experiment?lr:0.1`. And what tells members apart on the page: short names and colours.
(function () {
  "use strict";
  const MOST = 50;
  const COLORS = 10;
  const DASHES = ["", "6 3", "2 3", "8 3 2 3"];
  // Names of folders as a site spells them: no path leaves `e/`.
  const SEGMENT = "(?!\\.)[\\w.~-]+";
  const RUN = new RegExp("^(" + SEGMENT + ")/(" + SEGMENT + ")$");
  const GROUP = new RegExp("^(" + SEGMENT + ")\\?(.+)$", "s");
  // A name is cut after one of these only.
  const JOINTS = /[-_./: ]/;

  /** @param {string} key @returns {{ key: string, folder: string, run: string, query: string } | null} */
  function parted(key) {
    const [, folder, run] = RUN.exec(key) || [];
    if (folder) return { key, folder, run, query: "" };
    const [, of, query] = GROUP.exec(key) || [];
    return of ? { key, folder: of, run: "", query } : null;
  }

  // Commas divide members, so those of a query are escaped.
  /** @param {string} key */
  const escaped = (key) => key.replace(/[%,]/g, encodeURIComponent);
  /** @param {string} text */
  const unescaped = (text) => text.replace(/%(2C|25)/gi, decodeURIComponent);

  /** @param {string[]} titles */
  function prefix(titles) {
    const [first, ...others] = titles;
    let end = 0;
    while (end < first.length && others.every((one) => one[end] === first[end])) end += 1;
    while (end && !JOINTS.test(first[end - 1])) end -= 1;
    return titles.every((one) => one.length > end) ? end : 0;
  }

  // Titles without what all begin with; of equal ones each has `more` of its own behind it.
  /** @param {string[]} titles @param {string[]} more */
  function labels(titles, more) {
    const start = titles.length > 1 ? prefix(titles) : 0;
    const isTwice = (/** @type {string} */ title) => titles.filter((one) => one === title).length > 1;
    return titles.map((title, at) => title.slice(start) + (isTwice(title) ? " " + more[at] : ""));
  }

  // The colour that each has on other pages; one that is taken before it gives way to the next that is free.
  /** @param {number[]} wanted @returns {{ slot: number, dash: string }[]} */
  function colors(wanted) {
    const taken = new Set();
    return wanted.map(function (one, at) {
      const round = Math.floor(at / COLORS);
      let slot = ((one % COLORS) + COLORS) % COLORS;
      while (taken.has(round * COLORS + slot)) slot = (slot + 1) % COLORS;
      taken.add(round * COLORS + slot);
      return { slot: slot + 1, dash: DASHES[round % DASHES.length] };
    });
  }

  runpages.compareMembers = {
    MOST,
    parted,
    labels,
    colors,
    /** @param {string} text */
    parse: (text) => text.split(",").filter(Boolean).map(unescaped),
    /** @param {string[]} keys */
    spell: (keys) => keys.map(escaped).join(),
  };
})();
