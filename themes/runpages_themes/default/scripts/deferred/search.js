// The search field: experiments and runs by name, id, tags and parameters. The index is loaded when it is needed.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const [MOST, LONGEST] = [20, 24];
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
      found.push({ order, title: one.name, href: root + one.page, kind: "Experiment", fields: [], more: "" });
      try {
        const [runs, words] = await Promise.all([runpages.load(root + one.runs), runpages.load(root + one.words)]);
        runs.title.forEach(function (/** @type {string} */ title, /** @type {number} */ at) {
          const metrics = words.metrics[words.logged[at]];
          const fields = ["status=" + runs.status[at], ...words.fields[at], ...metrics.map((/** @type {string} */ name) => "metric=" + name)];
          const more = [runs.id[at], "#" + runs.number[at], one.name].join(" ");
          found.push({ order, title, href: root + runs.folder + runs.page[at], kind: one.name, state: runs.status[at], began: runs.began[at], fields, more });
        });
      } catch {
        // What has no index is not found; its experiment is.
      }
    }));
    entries = found.sort((a, b) => a.order - b.order);
  }

  /** @param {Card} entry @param {string} query */
  function hit(entry, query) {
    const found = runpages.searchRank(entry.title, entry.more, entry.fields, query);
    return found && { entry, ...found };
  }

  /** @param {string} query */
  function matches(query) {
    if (!query.trim()) return [];
    const hits = entries.map((/** @type {Card} */ entry) => hit(entry, query)).filter(Boolean);
    return hits.sort((/** @type {Card} */ a, /** @type {Card} */ b) => a.rank - b.rank);
  }

  /** @param {Date} began */
  function age(began) {
    const hours = Math.floor((Date.now() - Number(began)) / 3600000);
    return hours < 1 ? "just now" : hours < 48 ? hours + " h ago" : hours < 720 ? Math.floor(hours / 24) + " d ago" : began.toISOString().slice(0, 10);
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

  /** @param {any} found @param {number} at @param {Set<string>} common */
  function option({ entry, matched }, at, common) {
    const began = entry.began && new Date(entry.began * 1000);
    const rest = entry.fields.filter((/** @type {string} */ field) => !/^(status|metric)=/.test(field) && !matched.includes(field) && !common.has(field));
    /** @type {(Node | string)[]} */
    const parts = [[entry.kind, entry.state].filter(Boolean).join(" · ")];
    if (began) parts.push(" · ", age(began));
    for (const field of matched) parts.push(" · ", make("mark", { textContent: brief(field, entry.fields) }));
    for (const field of rest) parts.push(" · ", brief(field, entry.fields));
    const title = make("span", { className: "title", textContent: entry.title, dir: "auto" });
    const note = make("span", { className: "note", dir: "auto", title: [...matched, ...rest].join(" · ") }, ...parts);
    return make("li", { id: "found-" + at, role: "option" }, make("a", { href: entry.href, tabIndex: -1 }, title, note));
  }

  // The fields that all hits have: what tells them apart are the others.
  /** @param {any[]} hits */
  function shared(hits) {
    const [first, ...others] = hits.map((found) => found.entry.fields);
    return new Set(others.length ? first.filter((/** @type {string} */ field) => others.every((fields) => fields.includes(field))) : []);
  }

  function show() {
    const query = field.value.trim();
    const hits = entries && query ? matches(query) : [];
    list.textContent = "";
    const shown = hits.slice(0, MOST);
    const common = shared(shown);
    list.append(...shown.map((/** @type {any} */ found, /** @type {number} */ at) => option(found, at, common)));
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
