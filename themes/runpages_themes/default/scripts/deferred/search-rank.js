// How well a run answers a query: `seed 2` finds seed=2 first, `status:failed` and `learning_rate:0.01` ask for fields.
(function () {
  "use strict";

  /** @param {string} query */
  const wordsOf = (query) => query.trim().toLowerCase().split(/\s+/);

  // The name and the value of `status:failed`.
  /** @param {string} word */
  const asked = (word) => /^([^:=]+)[:=](.+)$/.exec(word) || [];

  // The value of a field, `optimizer.lr=0.1`, if this is its name or the end of it; else null.
  /** @param {string} field @param {string} name */
  function valueOf(field, name) {
    const at = field.indexOf("=");
    const own = field.slice(0, at);
    return at > 0 && (own === name || own.endsWith("." + name)) ? field.slice(at + 1) : null;
  }

  // Of a number the whole value is meant, of a text its beginning.
  /** @param {string} field @param {string} name @param {string} value */
  function answers(field, name, value) {
    const known = valueOf(field, name);
    return known === value || (!/^[-\d.]/.test(value) && (known || "").startsWith(value));
  }

  // What a run has to hold: for each word of a query one of these texts.
  runpages.searchTexts = (query) => wordsOf(query).map(function (word) {
    const [, name, value] = asked(word);
    return name && word[name.length] === ":" ? [name + "=" + value, word] : [word];
  });

  // The rank, 0 for the best, and the fields that matched; null where a word is nowhere.
  runpages.searchRank = function (title, more, fields, query) {
    const words = wordsOf(query);
    const whole = words.join(" ");
    const own = wordsOf(title).join(" ");
    const low = fields.map((field) => field.toLowerCase());
    const rest = own + " " + more.toLowerCase();
    /** @type {Set<number>} */
    const matched = new Set();
    let together = false;
    for (let at = 0; at < words.length; at += 1) {
      const [, name, value] = asked(words[at]);
      const exact = low.flatMap((field, place) => (name && answers(field, name, value) ? [place] : []));
      const plain = low.flatMap((field, place) => (field.includes(words[at]) ? [place] : []));
      if (!exact.length && !plain.length && !rest.includes(words[at])) return null;
      const pair = low.flatMap((field, place) => (at && valueOf(field, words[at - 1]) === words[at] ? [place] : []));
      together ||= pair.length > 0;
      // A single character is in most fields, and no reason.
      for (const place of pair.length ? pair : exact.length ? exact : words[at].length > 1 ? plain : []) matched.add(place);
    }
    const inOne = low.some((field) => words.every((word) => field.includes(word)));
    // `more` begins with the id and the number.
    const isIt = own === whole || more.toLowerCase().split(" ", 2).includes(whole);
    const rank = isIt ? 0 : words.every((word) => own.includes(word)) ? 1 : together ? 2 : inOne ? 3 : 4;
    return { rank, matched: fields.filter((_, place) => matched.has(place)).slice(0, 4) };
  };
})();
