// The search field: experiments and runs by name, id, tags, parameters, metrics and descriptions. What it looks in is
// loaded as it is needed, the newest runs first.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const [MOST, LONGEST] = [20, 24];
  // Of them, where runs match as well.
  const EXPERIMENTS = 6;
  // Bytes that are loaded for a query, with those of the newest runs, and at a time.
  const [ROOM, BATCH] = [100_000, 60_000];
  // Milliseconds without a key before more is loaded.
  const REST = 50;
  /** @type {SearchIndex | null} */
  let index = null;
  // The newest runs, which answer most queries, are on their way before the first one.
  /** @type {Promise<unknown> | null} */
  let newest = null;

  const say = (/** @type {number} */ count) => (count < 10000 ? String(count) : count.toLocaleString("en-US"));

  /** @param {SearchCard[]} cards @param {string} query @returns {SearchHit[]} */
  function matches(cards, query) {
    const words = runpages.searchTexts(query);
    const close = cards.filter((card) => words.every((texts) => texts.some((one) => card.low.includes(one))));
    return close.flatMap(function (card) {
      const found = runpages.searchRank(card.title, card.more, card.fields, query);
      return found ? [{ card, ...found }] : [];
    });
  }

  // The first of some blocks, which are taken from them: at least one, and no more than are loaded at a time.
  /** @param {any[]} blocks */
  function taken(blocks) {
    let size = 0;
    const end = blocks.findIndex((block, at) => (size += block.size) > BATCH && at > 0);
    return blocks.splice(0, end < 0 ? blocks.length : end);
  }

  // A field by the last part of its name, and of that by its end, where no other field has the same: `learning_rate=0.1`.
  /** @param {string} field @param {string[]} fields */
  function brief(field, fields) {
    const end = field.search(/=|$/);
    const start = Math.max(field.lastIndexOf(".", end) + 1, end - LONGEST);
    const short = field.slice(start);
    const isClear = fields.filter((one) => one.includes(field.slice(start, end) + "=")).length < 2;
    return !isClear ? field : start && field[start - 1] !== "." ? "…" + short : short;
  }

  // What is chosen is the link or the button itself: in an option nothing else may be pressed.
  /** @param {Found} inner */
  function item(inner) {
    Object.assign(inner, { role: "option", tabIndex: -1 });
    return make("li", { role: "presentation" }, inner);
  }

  // The fields that all hits have: what tells them apart are the others.
  /** @param {SearchHit[]} hits */
  function shared(hits) {
    const [first, ...others] = hits.filter(({ card }) => !card.runs).map(({ card }) => card.fields);
    return new Set(others.length ? first.filter((one) => others.every((fields) => fields.includes(one))) : []);
  }

  // A field with the list of what it finds, which are links.
  runpages.searchField = function (field, list) {
    // `isWanted`: Enter was pressed before the first hit was sure, since a better one may come.
    let [chosen, timer, turn, isWanted, isSure] = [-1, 0, 0, false, false];

    // What the blocks that are loaded have, the best first. `rest` are those that may have more.
    /** @param {SearchIndex} known @param {string} query @param {any[] | null} rest */
    function answer(known, query, rest) {
      const experiments = matches(known.experiments, query);
      const runs = known.blocks.flatMap((block) => matches(block.cards || [], query));
      const hits = [...experiments, ...runs].sort((a, b) => a.rank - b.rank);
      let room = runs.length ? EXPERIMENTS : MOST;
      const shown = hits.filter(({ card }) => !card.runs || room-- > 0).slice(0, MOST);
      show(shown, hits.length, rest && rest.reduce((sum, block) => sum + block.runs, 0));
      return runs.length;
    }

    // Search the blocks that may have it until there are enough hits, or all of them.
    /** @param {string} query @param {boolean} all */
    async function look(query, all) {
      const known = /** @type {SearchIndex} */ (index);
      const mine = ++turn;
      const unread = (/** @type {any[]} */ blocks) => blocks.filter((block) => !block.cards);
      await newest;
      if (mine !== turn) return;
      // Where the newest runs have enough hits, also the filters would be loaded for nothing.
      const isEnough = !all && (query.length < 2 || answer(known, query, null) >= MOST);
      let room = ROOM - BATCH;
      const rest = unread(isEnough ? known.blocks : await known.likely(runpages.searchTexts(query)));
      while (mine === turn) {
        const count = answer(known, query, rest);
        if (isEnough || !rest.length || (!all && (count >= MOST || room <= 0))) {
          isSure = true;
          if (isWanted && list.querySelector("a")) enter();
          return;
        }
        const batch = taken(rest);
        room -= batch.reduce((sum, { size }) => sum + size, 0);
        await Promise.all(batch.map(known.load));
      }
    }

    // A field that matched; of a description what is around the word that was sought.
    /** @param {string} text @param {string[]} fields */
    function marked(text, fields) {
      if (!text.startsWith("note=")) return [make("mark", { textContent: brief(text, fields) })];
      const low = text.toLowerCase();
      const word = runpages.searchTexts(field.value).flat().find((one) => low.includes(one)) || "";
      const at = low.indexOf(word);
      const start = Math.max(5, at - 30);
      return [(start > 5 ? "…" : "") + text.slice(start, at), make("mark", { textContent: text.slice(Math.max(5, at), at + word.length) }), text.slice(Math.max(5, at + word.length), at + 80)];
    }

    /** @param {SearchHit} hit @param {Set<string>} common */
    function option({ card, matched }, common) {
      const began = card.began && (runpages.age(Date.now() / 1000 - card.began) || new Date(card.began * 1000).toISOString().slice(0, 10));
      const state = card.fields.find((one) => one.startsWith("status="));
      const others = card.fields.filter((one) => !/^(status|metric|param|note)=/.test(one) && !matched.includes(one) && !common.has(one));
      const size = card.runs && card.runs + (card.runs === "1" ? " run" : " runs");
      const parts = [card.kind, state?.slice(7), began, size].flatMap((part) => (part ? [[part]] : []));
      /** @type {(Node | string)[][]} */
      const note = [...parts, ...matched.map((one) => marked(one, card.fields)), ...(size ? [] : others).map((one) => [brief(one, card.fields)])];
      const inner = note.flatMap((part) => [" · ", ...part]).slice(1);
      return item(make("a", { href: card.href },
        make("span", { className: "title", textContent: card.title, dir: "auto" }), make("span", { className: "note", dir: "auto", title: [...matched, ...others].join(" · ") }, ...inner)));
    }

    // `left` is how many runs were not searched; null where that is not known yet.
    /** @param {SearchHit[]} shown @param {number} count @param {number | null} left */
    function show(shown, count, left) {
      const { runs } = /** @type {SearchIndex} */ (index);
      const common = shared(shown);
      const found = !count ? "No matches" : (count > shown.length ? shown.length + " of " : "") + say(count) + " found";
      const textContent = left === null && !count ? "Searching…" : found + " in " + (left ? say(runs - left) + " of " : "") + say(runs) + (runs === 1 ? " run" : " runs") + (left === 0 && !count ? ". Logs are not searched." : "");
      const items = shown.map((hit) => option(hit, common));
      if (left && field.value.trim().length > 1) {
        const more = make("button", { type: "button", textContent: "Search the other " + say(left) + " runs" });
        more.addEventListener("mousedown", (event) => event.preventDefault()); // The field keeps the focus.
        more.addEventListener("click", () => look(field.value.trim(), true));
        items.push(item(more));
      }
      const before = chosen;
      list.replaceChildren(...items, make("li", { className: "rest", role: "presentation", textContent }));
      announce(textContent);
      open(true);
      choose(items.length ? Math.min(Math.max(before, 0), items.length - 1) : -1);
    }

    /** @param {boolean} is */
    function open(is) {
      list.hidden = !is;
      field.ariaExpanded = String(is);
      if (is) return;
      isWanted = false;
      choose(-1);
    }

    const options = () => list.querySelectorAll("[role=option]");

    /** @param {number} at */
    function choose(at) {
      const items = options();
      chosen = items.length && at >= 0 ? (at + items.length) % items.length : -1;
      items.forEach((one, place) => Object.assign(one, { id: list.id + place, ariaSelected: String(place === chosen) }));
      if (chosen < 0) field.removeAttribute("aria-activedescendant");
      else {
        field.setAttribute("aria-activedescendant", list.id + chosen);
        items[chosen].scrollIntoView({ block: "nearest" });
      }
    }

    function enter() {
      const hit = options()[chosen];
      isWanted = !hit || !(chosen || isSure);
      if (!isWanted) hit.click();
    }

    function typed() {
      clearTimeout(timer);
      turn += 1;
      chosen = -1;
      isSure = false;
      const query = field.value.trim();
      if (!index || !query) {
        announce("");
        return open(false);
      }
      answer(index, query, null);
      timer = setTimeout(() => look(query, false).catch(failed), REST);
    }

    /** @param {Error} error */
    function failed(error) {
      list.textContent = error.message;
      open(true);
    }

    async function begin() {
      if (!index) {
        index = await runpages.searchIndex(document.documentElement.dataset.root || "");
        newest = Promise.all(taken([...index.blocks]).map(index.load));
      }
      if (field.value) typed();
    }
    field.addEventListener("focus", () => begin().catch(failed));
    field.addEventListener("input", function () {
      isWanted = false;
      typed();
    });
    field.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 1 ? options().length - 1 : -1));
      } else if (event.key === "Enter") {
        enter();
      } else if (event.key === "Escape") {
        if (list.hidden) field.blur();
        open(false);
      }
    });
    field.addEventListener("blur", function (event) {
      // A press on a result takes the focus first.
      if (!list.contains(event.relatedTarget)) setTimeout(() => open(false), 200);
    });
    if (document.activeElement === field) field.parentElement.ready = begin().catch(failed);
  };

  const field = document.getElementById("search");
  Object.assign(field, { inputMode: "search", enterKeyHint: "search", ariaAutoComplete: "list", spellcheck: false });
  runpages.searchField(field, document.getElementById("found"));
})();
