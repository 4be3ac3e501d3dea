// Cards of logged texts: a slider chooses the step; words are found in all steps; a text is compared with the one before.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const PAUSE = 150;
  // Most lines and finds that are shown; a text of a megabyte may have many.
  const [MOST_LINES, MOST_FOUND] = [5000, 2000];

  // Where a query is in a text; both are in small letters.
  /** @param {string} text @param {string} query */
  function places(text, query) {
    const found = [];
    for (let at = query ? text.indexOf(query) : -1; at >= 0; at = text.indexOf(query, at + query.length)) found.push(at);
    return found;
  }

  // Small letters of the same length: some letters have longer ones.
  /** @param {string} text */
  function small(text) {
    const lower = text.toLowerCase();
    return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  }

  // A line with marks around what was found, and around what changed.
  /** @param {TextChange} row @param {string} query */
  function pieces({ text, changed }, query) {
    const found = places(small(text), query);
    const cuts = [0, text.length, ...(changed || []), ...found.flatMap((at) => [at, at + query.length])].sort((a, b) => a - b);
    return cuts.slice(1).flatMap(function (end, k) {
      const [start, part] = [cuts[k], text.slice(cuts[k], end)];
      if (!part) return [];
      const isFound = found.some((at) => at <= start && start < at + query.length);
      const inner = isFound ? make("mark", {}, part) : part;
      // An odd number of ends before it: it is within one of the ranges.
      const isChanged = (changed || []).filter((edge) => edge <= start).length % 2;
      return [isChanged ? make("b", {}, inner) : inner];
    });
  }

  /** @param {Found} section @param {Found} card */
  function begin(section, card) {
    const find = (/** @type {string} */ selector) => card.querySelector(selector);
    const [field, box, finds] = [find("[data-find]"), find(".sample-text"), find("output")];
    const [moves, views] = [[...card.querySelectorAll("[data-move]")], [...card.querySelectorAll("[type=radio]")]];
    /** @type {any[]} */
    let [items, groups] = [[], []];
    const ready = runpages.load(section.dataset.gallery).then(function ({ media }) {
      ({ items, groups } = media[Number(card.dataset.sample)]);
    });
    const text = async (/** @type {any} */ { src, href }) => (await runpages.load(src))[href];
    const key = (/** @type {string} */ name) => card.id + "." + name;
    /** @type {Card} */
    const view = { query: "", diff: false, at: Number(find("[type=range]")?.defaultValue || 0), hits: [], mark: -1, drawn: 0 };

    // Redraws of one card follow one another: only the last one asked for is shown.
    async function draw() {
      const drawn = ++view.drawn;
      await ready;
      const item = items[view.at];
      const [now, before] = [await text(item), view.diff && view.at ? await text(items[view.at - 1]) : null];
      if (drawn !== view.drawn) return;
      /** @type {TextChange[]} */
      const rows = before === null ? now.split("\n").map((/** @type {string} */ line, /** @type {number} */ k) => ({ sign: " ", text: line, before: 0, after: k + 1 })) : runpages.textDiff(before.split("\n"), now.split("\n"));
      box.classList.toggle("is-diff", before !== null);
      box.firstElementChild.replaceChildren(...rows.slice(0, MOST_LINES).map(function (row) {
        const line = make("li", { dir: "auto", className: { "+": "add", "-": "del" }[row.sign] || "" }, ...pieces(row, view.query), "\n");
        Object.assign(line.dataset, { before: row.before || "", after: row.after || "", sign: row.sign.replace("-", "−") });
        return line;
      }));
      about(item, rows, before !== null);
      view.mark = -1;
    }

    /** @param {any} item @param {TextChange[]} rows @param {boolean} compared */
    function about(item, rows, compared) {
      const cut = rows.length > MOST_LINES ? `${MOST_LINES} of ${rows.length} lines` : "";
      const link = make("a", { href: item.href }, make("bdi", { textContent: item.file }));
      find(".about").replaceChildren([cut, "step " + item.step, item.caption, item.note].filter(Boolean).join(" · ") + " · ", link);
      for (const frame of card.querySelectorAll(".sample-frames button")) frame.setAttribute("aria-current", String(Number(frame.dataset.at) === view.at));
      const count = (/** @type {string} */ sign) => rows.filter((row) => row.sign === sign).length;
      const changed = find("[data-changed]");
      if (changed) changed.textContent = compared ? `+${count("+")} −${count("-")} since step ${items[view.at - 1].step}` : "";
      card.querySelector("[data-copy]").disabled = compared;
      if (view.query) told();
    }

    function told() {
      const here = box.querySelectorAll("mark").length;
      const steps = view.hits.length ? `“${field.value}” in ${view.hits.length} of ${items.length}, first at step ${items[view.hits[0]].step}` : "No matches";
      finds.textContent = !view.query ? "" : items.length > 1 && view.hits.length ? `${here} here · ${steps}` : view.hits.length ? `${here} here` : steps;
      for (const button of moves) button.disabled = !view.hits.length;
    }

    const { go } = runpages.slider(card, async function (to) {
      view.at = to;
      await draw();
    }, () => ready.then(() => groups.map((/** @type {any} */ group) => group[1])));

    // Finds, shown as marks over the slider.
    async function search() {
      const query = (view.query = small(field.value));
      runpages.urlState(key("find"), field.value || null);
      await ready;
      const texts = query ? await Promise.all(items.map(text)) : [];
      if (query !== view.query) return;
      view.hits = texts.flatMap((one, k) => (small(one).includes(query) ? [k] : []));
      const steps = find(".steps");
      steps?.querySelector(".hits")?.remove();
      if (steps && view.hits.length) {
        const marks = view.hits.slice(0, MOST_FOUND).map((/** @type {number} */ hit) => make("i", { style: `--at: ${hit / (items.length - 1)}` }));
        steps.querySelector("input").before(make("span", { className: "hits" }, ...marks));
      }
      await draw();
      told();
      announce(finds.textContent);
    }

    // The next match of this text, else the first or last one of the next step that has one.
    /** @param {number} by */
    async function move(by) {
      let marks = box.querySelectorAll("mark");
      let next = view.mark < 0 && by < 0 ? marks.length - 1 : view.mark + by;
      if (next < 0 || next >= marks.length) {
        const later = by > 0 ? view.hits.find((/** @type {number} */ hit) => hit > view.at) : view.hits.findLast((/** @type {number} */ hit) => hit < view.at);
        await go(later ?? view.hits.at(by > 0 ? 0 : -1));
        marks = box.querySelectorAll("mark");
        next = by > 0 ? 0 : marks.length - 1;
      }
      if (!marks.length) return;
      marks.forEach((one, k) => one.classList.toggle("at", k === next));
      marks[next].scrollIntoView({ block: "nearest" });
      view.mark = next;
    }

    let pause = 0;
    field.addEventListener("input", function () {
      clearTimeout(pause);
      pause = setTimeout(() => search().catch(failed), PAUSE);
    });
    field.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") return;
      event.preventDefault();
      (small(field.value) === view.query ? move(event.shiftKey ? -1 : 1) : search()).catch(failed);
    });
    card.addEventListener("click", function (event) {
      const [button, frame] = [event.target.closest("[data-move]"), event.target.closest("[data-at]")];
      if (button) move(Number(button.dataset.move)).catch(failed);
      if (frame) go(Number(frame.dataset.at));
    });
    /** @param {boolean} on */
    function compare(on) {
      view.diff = on;
      for (const one of views) one.checked = (one.value === "diff") === on;
      runpages.urlState(key("diff"), on ? "true" : null);
      draw().catch(failed);
    }
    for (const one of views) one.addEventListener("change", () => compare(one.value === "diff"));

    function restore() {
      const state = runpages.urlState();
      const [asked, diff] = [state.get(key("find")) || field.value, state.get(key("diff")) === "true" || Boolean(views[1]?.checked)];
      if (diff !== view.diff) compare(diff);
      if (small(asked) !== view.query) {
        field.value = asked;
        search().catch(failed);
      }
    }
    addEventListener("statechange", restore);
    restore();
    // The page has the first lines of the last text: others come to the card that is touched.
    const wake = () => view.drawn || draw().catch(failed);
    for (const kind of ["pointerover", "focusin"]) card.addEventListener(kind, wake, { once: true });
    if (card.matches(":hover, :focus-within")) wake();
  }

  const failed = (/** @type {Error} */ error) => announce(error.message);
  runpages.each("[data-sample]", (card) => begin(card.closest("section"), card));
})();
