// The search field: experiments and runs by name, id, tags and parameters. The index is loaded when it is needed.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const MOST = 20;
  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const root = document.documentElement.dataset.root;
  /** @type {any} */
  let entries = null;
  let chosen = -1;

  async function load() {
    const experiments = await runpages.load(root + "search.js");
    /** @type {Card[]} */
    const found = [];
    await Promise.all(experiments.map(async function (/** @type {any} */ one, /** @type {any} */ order) {
      found.push({ order, title: one.name, href: root + one.page, kind: "Experiment", words: one.name.toLowerCase() });
      try {
        const [runs, words] = await Promise.all([runpages.load(root + one.runs), runpages.load(root + one.words)]);
        runs.title.forEach(function (/** @type {string} */ title, /** @type {number} */ at) {
          const text = [title, runs.id[at], "#" + runs.number[at], words[at]].join(" ").toLowerCase();
          found.push({ order, title, href: root + runs.folder + runs.page[at], kind: one.name, words: text, why: words[at] });
        });
      } catch {
        // What has no index is not found; its experiment is.
      }
    }));
    entries = found.sort((a, b) => a.order - b.order);
  }

  /** @param {string} query */
  function matches(query) {
    const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!terms.length) return [];
    /** @type {[number, Card][]} */
    const hits = [];
    for (const entry of entries) {
      if (!terms.every((/** @type {string} */ term) => entry.words.includes(term))) continue;
      const title = entry.title.toLowerCase();
      hits.push([title === query.toLowerCase() ? 0 : terms.every((/** @type {string} */ term) => title.includes(term)) ? 1 : 2, entry]);
    }
    return hits.sort((a, b) => a[0] - b[0]).map((hit) => hit[1]);
  }

  /** @param {any} entry @param {number} at */
  function option(entry, at) {
    const part = (/** @type {string} */ className, /** @type {string} */ textContent) => make("span", { className, textContent, dir: "auto" });
    const parts = [part("title", entry.title), part("note", [entry.kind, entry.why].filter(Boolean).join(" · "))];
    return make("li", { id: "found-" + at, role: "option" }, make("a", { href: entry.href, tabIndex: -1 }, ...parts));
  }

  function show() {
    const query = field.value.trim();
    const hits = entries && query ? matches(query) : [];
    list.textContent = "";
    list.append(...hits.slice(0, MOST).map(option));
    if (query && entries && hits.length !== 1) {
      const textContent = !hits.length ? "No matches" : hits.length > MOST ? MOST + " of " + hits.length : hits.length + " found";
      list.append(make("li", { className: "rest", role: "presentation", textContent }));
    }
    announce(query && entries ? hits.length + " found" : "");
    open(Boolean(query && entries));
    choose(hits.length ? 0 : -1);
  }

  /** @param {boolean} is */
  function open(is) {
    list.hidden = !is;
    field.setAttribute("aria-expanded", String(is));
    if (!is) choose(-1);
  }

  /** @param {number} at */
  function choose(at) {
    const items = list.querySelectorAll("[role=option]");
    chosen = items.length && at >= 0 ? (at + items.length) % items.length : -1;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", items[chosen].id);
      items[chosen].scrollIntoView({ block: "nearest" });
    }
  }

  async function begin() {
    try {
      if (!entries) await load();
      if (field.value) show();
    } catch (error) {
      list.textContent = error.message;
      open(true);
    }
  }
  field.addEventListener("focus", begin);
  field.addEventListener("input", show);
  field.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 1 ? list.querySelectorAll("[role=option]").length - 1 : -1));
    } else if (event.key === "Enter") {
      const item = list.querySelectorAll("[role=option]")[chosen];
      if (item) item.firstChild.click();
    } else if (event.key === "Escape") {
      if (list.hidden) field.blur();
      open(false);
    }
  });
  field.addEventListener("blur", function (event) {
    // A press on a result takes the focus first.
    if (!list.contains(event.relatedTarget)) setTimeout(() => open(false), 200);
  });
  if (document.activeElement === field) begin();
})();
