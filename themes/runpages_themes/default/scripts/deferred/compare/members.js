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
  // Characters of a label.
  const LONGEST = 26;
  // A title is cut after one of these only.
  const BORDERS = "-_/., ";

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

  // The point of a number is no border: of lr0.01 and lr0.001 nothing is left out but what comes before them.
  /** @param {string} title @param {number} end */
  const isBorder = (title, end) => BORDERS.includes(title[end - 1]) && !/\d\.\d/.test(title.slice(Math.max(0, end - 2), end + 1));

  // What all titles begin with, up to a border; 0 where a title would be left without a name.
  /** @param {string[]} titles */
  function shared(titles) {
    const [first, ...others] = titles;
    if (others.every((one) => one === first)) return 0;
    let end = 0;
    while (end < first.length && others.every((one) => one[end] === first[end])) end += 1;
    while (end && !isBorder(first, end)) end -= 1;
    return titles.every((one) => one.length > end) ? end : 0;
  }

  // A long text without its middle: names of runs often differ at their end.
  /** @param {string} text @param {number} most */
  const cut = (text, most) => (text.length > most ? (text.slice(0, Math.floor(most / 3)) + "…" + text.slice(text.length - Math.floor((most * 2) / 3) + 1)).replace(/…\s*…/, "…") : text);

  // Titles without what all begin with; equal ones have the number of the run behind them, else their place.
  /** @param {string[]} titles @param {(number | null)[]} numbers */
  function labels(titles, numbers) {
    const start = titles.length ? shared(titles) : 0;
    const whole = titles.map((title) => title.slice(start));
    const short = whole.map((label) => cut(label, LONGEST));
    const isOnly = (/** @type {any[]} */ all, /** @type {any} */ one) => all.filter((other) => other === one).length === 1;
    return whole.map(function (label, at) {
      if (isOnly(whole, label)) return isOnly(short, short[at]) ? short[at] : label;
      const isNumbered = numbers[at] !== null && isOnly(numbers, numbers[at]);
      return titles[at] + " (" + (isNumbered ? "#" + numbers[at] : at + 1) + ")";
    });
  }

  // The colour that each has on other pages, or the one that its reader chose, a slot from 1. One that is taken before it
  // gives way to the next that is free, a chosen one to the next dash.
  /** @param {number[]} wanted @param {number[]} [chosen] @returns {{ slot: number, dash: string }[]} */
  function colors(wanted, chosen = []) {
    const taken = new Set();
    /** @param {number} slot @param {number} round @param {number} step */
    function free(slot, round, step) {
      for (let tried = 1; taken.has(round * COLORS + slot); tried++) {
        slot = (slot + step) % COLORS;
        if (!step || tried === COLORS) [round, tried] = [round + 1, 0];
      }
      taken.add(round * COLORS + slot);
      return { slot: slot + 1, dash: DASHES[round % DASHES.length] };
    }
    const isChosen = (/** @type {number} */ slot) => Number.isInteger(slot) && slot >= 1 && slot <= COLORS;
    const kept = wanted.map((_, at) => (isChosen(chosen[at]) ? free(chosen[at] - 1, 0, 0) : null));
    return wanted.map((one, at) => kept[at] || free(((one % COLORS) + COLORS) % COLORS, Math.floor(at / COLORS), 1));
  }

  runpages.compareMembers = {
    MOST,
    COLORS,
    parted,
    labels,
    cut,
    colors,
    /** @param {string} text */
    parse: (text) => text.split(",").filter(Boolean).map(unescaped),
    /** @param {string[]} keys */
    spell: (keys) => keys.map(escaped).join(),
  };
})();
