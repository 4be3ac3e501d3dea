// Logs: find, levels, wrap, and the lines before those of the page, which come in scripts of a thousand as they are seen.
// A press on the number of a line makes it the page's address, and an address brings its line.
(function () {
  "use strict";
  const CHUNK = 1000;
  const STEP = 2000;
  const NEAR = "800px 0px";
  const PAUSE = 150;
  const MOST_MARKED = 5000;
  const words = window.Highlight && CSS.highlights ? new Highlight() : null;
  if (words) CSS.highlights.set("find", words);

  const logs = new Map();
  const count = (/** @type {number} */ number) => (number < 10000 ? String(number) : number.toLocaleString("en-US"));
  const plural = (/** @type {number} */ number, /** @type {any} */ what) => count(number) + " " + what + (number === 1 ? "" : "s");
  const { make, announce } = runpages;

  // The lines of a script: their texts, the runs of those with styles, and which have a level.
  /** @param {any} chunk */
  function decoded(chunk) {
    const texts = chunk.text.split("\n");
    for (const [row, runs] of Object.entries(chunk.styled)) texts[row] = runs.filter((/** @type {any} */ _, /** @type {any} */ place) => place % 2 === 0).join("");
    const levels = new Map([...chunk.warnings.map((/** @type {number} */ row) => [row, "w"]), ...chunk.errors.map((/** @type {number} */ row) => [row, "e"])]);
    return { texts, styled: chunk.styled, level: (/** @type {number} */ row) => levels.get(row) || "" };
  }

  // The lines that came with the page.
  /** @param {any} box */
  function written(box) {
    const items = [...box.querySelectorAll("li")];
    const texts = items.map((item) => item.textContent);
    return { texts, level: (/** @type {number} */ row) => items[row].className.split(" ").find((/** @type {string} */ name) => name === "w" || name === "e") || "" };
  }

  /** @param {string} id @param {number} number @param {any} data @param {number} row */
  function item(id, number, data, row) {
    const line = make("li", { id: id + "-L" + number, value: number, className: data.level(row) });
    const runs = data.styled[row];
    if (!runs) line.textContent = data.texts[row];
    for (let at = 0; runs && at < runs.length; at += 2) {
      line.append(runs[at + 1] ? make("span", { className: runs[at + 1] }, runs[at]) : runs[at]);
    }
    return line;
  }

  // `was` is what a box of the same log knew, before there were more lines.
  /** @param {Found} card @param {any} box @param {any} was */
  function open(card, box, was) {
    const field = card.querySelector("[data-find]");
    const finds = card.querySelector("[data-finds]");
    const known = new Map(was ? was.parts.map((/** @type {any} */ part) => [part.from + "-" + part.to, part.data]) : []);
    const [head, start] = [Number(card.dataset.first), Number(card.dataset.start)];
    /** @type {Card} */
    const state = { shown: head, level: "", hits: [], at: -1, asked: 0, query: "" };
    /** @type {Card[]} */
    const parts = [];
    for (let from = start; from < head;) {
      const place = Math.floor((from - 1) / CHUNK);
      const to = Math.min(head - 1, (place + 1) * CHUNK);
      parts.push({ place, from, to, box: null, data: known.get(from + "-" + to), filled: false });
      from = to + 1;
    }
    /** @type {Card[]} */
    const own = [...box.children].map((one) => ({ from: one.querySelector("ol").start, box: one, filled: true }));
    for (const part of own) {
      part.data = written(part.box);
      part.to = part.from + part.data.texts.length - 1;
    }
    const all = [...parts, ...own];
    const partOf = (/** @type {number} */ number) => all.find((part) => part.from <= number && number <= part.to);

    // --- lines that come ---

    /** @param {any} part */
    async function load(part) {
      part.data ??= decoded(await runpages.load(card.dataset.lines + part.place + ".js?v=" + card.dataset.version));
      return part.data;
    }

    async function loaded() {
      await Promise.all(parts.map(load));
    }

    // The rows of a part that are shown.
    /** @param {any} part */
    function rows(part) {
      const found = [];
      for (let row = Math.max(state.shown - part.from, 0); row <= part.to - part.from; row++) {
        if (!state.level || part.data.level(row) === state.level) found.push(row);
      }
      return found;
    }

    /** @param {any} part */
    async function fill(part) {
      if (part.filled) return;
      await load(part);
      if (part.filled) return;
      part.filled = true;
      part.box.firstChild.replaceChildren(...rows(part).map((row) => item(card.id, part.from + row, part.data, row)));
      part.box.classList.remove("waits");
      marked();
    }

    // Nothing that is read moves when what is above it comes.
    const seen = new IntersectionObserver(function (entries) {
      for (const { isIntersecting, target } of entries) {
        const part = parts.find((one) => one.box === target);
        if (isIntersecting && part) fill(part).catch((error) => announce(error.message));
      }
    }, { root: box, rootMargin: NEAR });

    /** @param {any} part */
    function place(part) {
      const number = state.level ? rows(part).length : part.to - Math.max(part.from, state.shown) + 1;
      if (!part.box) {
        part.box = make("div", {}, make("ol"));
        const after = parts.find((one) => one.from > part.from && one.box) || own[0];
        after.box.before(part.box);
        seen.observe(part.box);
      }
      part.filled = false;
      part.box.firstChild.textContent = "";
      part.box.className = "waits";
      part.box.hidden = !number;
      part.box.style.setProperty("--n", number);
      // The observer tells again of what stays in sight.
      seen.unobserve(part.box);
      seen.observe(part.box);
    }

    /** @param {number} from */
    function show(from) {
      if (from >= state.shown) return;
      const first = own[0].box;
      const [before, top] = [first.offsetTop, box.scrollTop];
      const old = state.shown;
      state.shown = from;
      for (const part of [...parts].reverse()) if (part.to >= from && part.from < old) place(part);
      box.style.overflowAnchor = "none";
      box.scrollTop = top + first.offsetTop - before;
      box.style.overflowAnchor = "";
      told();
    }

    function told() {
      const left = state.shown - 1;
      const there = state.shown - start;
      const bar = card.querySelector(".log-before");
      if (!bar || !parts.length) return;
      const before = bar.querySelector("[data-before]");
      before.textContent = left ? plural(left, "earlier line") + " not shown" : `All ${plural(own[own.length - 1].to, "line")} loaded`;
      before.hidden = left > 0 && !there;
      bar.querySelector("[data-earlier]").hidden = there <= STEP;
      bar.querySelector("[data-all]").hidden = !there;
      bar.querySelector("[data-all]").textContent = start > 1 ? "Show " + count(there) : "Show all";
    }

    /** @param {number} number */
    async function jump(number) {
      const part = partOf(number);
      if (!part) return null;
      if (state.level && (await load(part)).level(number - part.from) !== state.level) {
        card.querySelector(".segments input").checked = true;
        runpages.urlState(card.id + ".level", null);
        await filter("");
      }
      show(Math.min(state.shown, parts.includes(part) ? Math.max(part.from, start) : state.shown));
      await fill(part);
      const line = document.getElementById(card.id + "-L" + number);
      for (const other of document.querySelectorAll(".log .at")) other.classList.remove("at");
      line.classList.add("at");
      const [outer, inner] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
      if (inner.top < outer.top || inner.bottom > outer.bottom) box.scrollTop += inner.top - outer.top - box.clientHeight / 3;
      return line;
    }

    // --- levels ---

    /** @param {string} level @param {boolean} [quiet] */
    async function filter(level, quiet) {
      state.level = level;
      await loaded();
      if (state.level !== level) return;
      if (level) box.dataset.level = level;
      else delete box.dataset.level;
      // A list counts on over lines that are not shown only where they say their numbers.
      for (const part of own) part.box.querySelectorAll("li").forEach((/** @type {Found} */ line, /** @type {number} */ row) => { line.value = part.from + row; });
      if (level) show(start);
      parts.filter((part) => part.box).forEach(place);
      await find(quiet);
    }

    // --- find ---

    /** @param {boolean} [quiet] */
    async function find(quiet) {
      const query = field.value.toLowerCase();
      const asked = ++state.asked;
      state.query = query;
      if (query) await loaded();
      if (asked !== state.asked) return;
      const kept = state.hits[state.at] || 1;
      state.hits = [];
      for (const part of query ? all : []) {
        part.data.texts.forEach(function (/** @type {string} */ text, /** @type {number} */ row) {
          if (text.toLowerCase().includes(query) && (!state.level || part.data.level(row) === state.level)) state.hits.push(part.from + row);
        });
      }
      state.at = -1;
      marked();
      finds.hidden = !query;
      const next = state.hits.findIndex((/** @type {number} */ number) => number >= kept);
      if (state.hits.length) await move(0, Math.max(next, 0), quiet);
      else finds.querySelector("output").textContent = "No matches";
    }

    /** @param {number} by @param {number} [to] @param {boolean} [quiet] */
    async function move(by, to, quiet) {
      if (!state.hits.length) return;
      state.at = to ?? (state.at + by + state.hits.length) % state.hits.length;
      const text = count(state.at + 1) + " of " + plural(state.hits.length, "line");
      finds.querySelector("output").textContent = text;
      const number = state.hits[state.at];
      if (quiet) return;
      const line = await jump(number);
      announce(text + ", line " + number + ": " + line?.textContent.slice(0, 200));
    }

    // What was found is marked in the lines that are there.
    function marked() {
      if (!words) return;
      words.clear();
      if (!state.query) return;
      let left = MOST_MARKED;
      for (const number of state.hits) {
        const line = left > 0 && document.getElementById(card.id + "-L" + number);
        if (!line) continue;
        const nodes = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node = /** @type {any} */ (nodes.nextNode()); node; node = nodes.nextNode()) {
          const text = node.data.toLowerCase();
          for (let at = text.indexOf(state.query); at >= 0 && left-- > 0; at = text.indexOf(state.query, at + state.query.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, Math.min(at + state.query.length, node.length));
            words.add(range);
          }
        }
      }
    }

    // --- a log that has grown ---

    // Who reads its end goes on with it; for everybody else nothing moves.
    async function again() {
      box.classList.toggle("wraps", was.box.classList.contains("wraps"));
      Object.assign(state, { hits: [was.state.hits[was.state.at]], at: 0 });
      if (!was.atEnd) show(Math.max(was.state.shown, start));
      box.scrollTop = was.atEnd ? box.scrollHeight : was.top;
      if (was.state.level) await filter(was.state.level, true);
      else if (field.value) await find(true);
      box.scrollTop = was.atEnd ? box.scrollHeight : was.top;
    }

    /** @type {Card} */
    const log = { box, parts, state, start, jump, show, move, find, filter };
    log.leave = () => Object.assign(log, { top: box.scrollTop, atEnd: box.scrollTop + box.clientHeight >= box.scrollHeight - 2 });
    told();
    if (was) again().catch(failed);
    return log;
  }

  // --- hands ---

  const failed = (/** @type {Error} */ error) => announce(error.message);
  /** @param {Found} card */
  function arm(card) {
    const log = () => logs.get(card.id);
    const field = card.querySelector("[data-find]");
    let pause = 0;
    function typed() {
      clearTimeout(pause);
      pause = setTimeout(() => log().find().catch(failed), PAUSE);
    }
    card.addEventListener("click", function (/** @type {Happening} */ event) {
      const button = event.target.closest("button");
      if (!button) return;
      const { box, move, show, start, state } = log();
      if (button.dataset.move) move(Number(button.dataset.move)).catch(failed);
      if ("earlier" in button.dataset) {
        show(Math.max(state.shown - STEP, start));
        box.scrollTop -= box.clientHeight - 57;
      }
      if ("all" in button.dataset) {
        show(start);
        box.scrollTop = 0;
      }
      if ("wrap" in button.dataset) button.setAttribute("aria-pressed", String(box.classList.toggle("wraps")));
    });
    field.addEventListener("input", typed);
    field.addEventListener("keydown", function (/** @type {Happening} */ event) {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const { state, move, find } = log();
      if (field.value.toLowerCase() === state.query) move(event.shiftKey ? -1 : 1).catch(failed);
      else find().catch(failed);
    });
    card.querySelector(".segments").addEventListener("change", (/** @type {Happening} */ event) => {
      log().filtered = log().filter(event.target.value).catch(failed);
    });
    // What was done before this script was there.
    if (field.value) typed();
    const chosen = card.querySelector(".segments :checked");
    if (chosen && chosen.value) log().filter(chosen.value).catch(failed);
  }

  function look() {
    for (const card of document.querySelectorAll(".log-card")) {
      const [box, was] = [card.querySelector(".log"), logs.get(card.id)];
      if (!box || (was && was.box === box)) continue;
      if (was) runpages.forget(card.dataset.lines);
      logs.set(card.id, open(card, box, was));
      if (was) continue;
      arm(card);
      // As in a terminal, where the run goes on.
      if (document.querySelector("[data-live]") && !box.scrollTop) box.scrollTop = box.scrollHeight;
    }
  }

  // --- addresses ---

  let followed = "";
  async function follow() {
    const [place] = location.hash.slice(1).split("?");
    const [, id, number] = /^(log-.+)-L(\d+)$/.exec(place) || [];
    if (place === followed || !logs.has(id)) return;
    followed = place;
    try {
      await logs.get(id).filtered;
      const line = await logs.get(id).jump(Number(number));
      if (line) line.scrollIntoView({ block: "nearest" });
      else {
        document.getElementById(id).scrollIntoView();
        announce("The log has no line " + number + " here");
      }
    } catch (error) {
      announce(error.message);
    }
  }

  addEventListener("renewing", () => logs.forEach((log) => log.leave()));
  addEventListener("renewed", look);
  look();
  document.addEventListener("click", function (event) {
    const line = event.target.closest(".log li[id]");
    const width = line && parseFloat(getComputedStyle(line, "::before").width);
    if (line && event.target === line && event.clientX - line.getBoundingClientRect().left < width) {
      const state = String(runpages.urlState());
      location.hash = line.id + (state && "?" + state);
    }
  });
  addEventListener("statechange", follow);
  follow();
})();
