// What a run's page tells of other runs: the one before and after, its parent, its children, its way to the best.
// It comes from the index of the experiment, so that one new run makes no other page stale.
(function () {
  "use strict";
  const { make } = runpages;
  const main = document.getElementById("main");
  const root = document.documentElement.dataset.root;
  if (!main.dataset.runs) return;
  const { live } = main.dataset;  // It is gone when the end is shown.
  // Runs of an index that is read again while a run goes on.
  const MOST_FRESH = 2000;

  /** @param {any} runs @param {number} at */
  function link(runs, at) {
    return make("a", { href: root + runs.folder + runs.page[at], dir: "auto", textContent: runs.title[at] });
  }

  /** @param {string} id */
  function icon(id) {
    const made = (/** @type {string} */ tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
    const svg = made("svg");
    svg.setAttribute("class", "i s " + id.slice(2));
    svg.appendChild(made("use")).setAttribute("href", "#" + id);
    return svg;
  }

  /** @param {string} id @param {any} runs @param {number} at */
  function neighbour(id, runs, at) {
    const a = document.getElementById(id);
    a.hidden = false;
    if (at < 0 || at >= runs.page.length) return;
    a.href = root + runs.folder + runs.page[at];
    a.title = a.dataset.does + ": " + runs.title[at];
    a.setAttribute("aria-label", a.title);
    a.removeAttribute("aria-disabled");
  }

  /** @param {any} runs @param {number} at */
  function deltas(runs, at) {
    for (const tile of document.querySelectorAll("[data-metric]")) {
      const [goal, best, holder] = runs.best[tile.dataset.metric] || [];
      tile.querySelector(".better, .worse")?.remove();
      if (!goal || !Number.isFinite(Number(tile.dataset.value)) || runs.page.length < 2) continue;
      const way = Number(tile.dataset.value) - best;
      const text = make("span");
      const place = tile.querySelector(".after");
      if (holder === at || way === 0) {
        text.className = "better";
        text.textContent = "✓ best run";
      } else {
        text.className = "worse";
        text.textContent = (way > 0 ? "▲ " : "▼ ") + String(Number(Math.abs(way).toPrecision(3))) + " to best run";
        text.title = runs.title[holder];
      }
      place.append(" ", text);
    }
  }

  /** @param {any} runs @param {any} own */
  function children(runs, own) {
    const rows = runs.parent.flatMap((/** @type {any} */ parent, /** @type {number} */ at) => (parent === own ? [at] : []));
    const section = document.getElementById("children");
    if (!rows.length) return;
    const body = section.querySelector("tbody");
    body.textContent = "";
    section.querySelector(".count").textContent = rows.length;
    section.querySelector("[data-metric-name]").textContent = runs.metric || "";
    for (const at of rows.reverse()) {
      const row = body.insertRow();
      row.append(make("th", { scope: "row" }, link(runs, at)));
      const state = row.insertCell().appendChild(make("span", { className: "status" }));
      const { id } = document.getElementById("i-" + runs.kind[at]) || {};
      if (id) state.append(icon(id));
      state.append(runs.status[at]);
      for (const text of [runs.value[at], runs.took[at]]) {
        const cell = row.insertCell();
        cell.className = "n";
        cell.textContent = text;
      }
    }
    section.hidden = false;
    const entry = document.getElementById("rail-children");
    entry.hidden = false;
    entry.querySelector(".count").textContent = rows.length;
  }

  /** @type {any} */
  let known = null;
  /** @param {any} runs */
  function show(runs) {
    known = runs;
    const at = runs.page.indexOf(main.dataset.page);
    if (at < 0) return;
    // The newest run comes first.
    neighbour("previous", runs, at + 1);
    neighbour("next", runs, at - 1);
    deltas(runs, at);
    children(runs, runs.id[at]);
    for (const place of document.querySelectorAll("[data-run-id]")) {
      const other = runs.id.indexOf(place.dataset.runId);
      if (other >= 0) place.replaceChildren(link(runs, other));
    }
  }

  // The index of a large experiment is large: the page comes first. Without it the page tells of its own run only.
  const idle = new Promise((done) => (window.requestIdleCallback || setTimeout)(done, { timeout: 1000 }));
  idle.then(() => runpages.load(root + main.dataset.runs)).then(show, () => {});
  addEventListener("renewed", function () {
    if (known && (!live || known.page.length > MOST_FRESH)) show(known);
    else if (live) runpages.fresh(root + main.dataset.runs).then(show, () => {});
  });
})();
