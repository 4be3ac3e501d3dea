// What a run's page tells of other runs: the one before and after, its parent, its children, its way to the best.
// It comes from the index of the experiment, so that one new run makes no other page stale.
(function () {
  "use strict";
  const { make } = runpages;
  const main = document.getElementById("main");
  const root = document.documentElement.dataset.root;
  const { live, runs: index } = main.dataset;  // `live` is gone when the end is shown.
  if (!index) return;
  // Runs of an index that is read again while a run goes on.
  const MOST_FRESH = 2000;

  /** @param {any} runs @param {number} at */
  function link(runs, at) {
    return make("a", { href: root + runs.folder + runs.page[at], dir: "auto", textContent: runs.title[at] });
  }

  /** @param {string} id @param {string} key @param {string} shape @param {any} runs @param {number} at */
  function neighbour(id, key, shape, runs, at) {
    const a = make("a", { id, className: "button framed", role: "link", innerHTML: runpages.icon(shape) });
    const does = (id === "next" ? "Next" : "Previous") + " run";
    Object.assign(a.dataset, { key, does });
    if (runs.page[at]) a.href = root + runs.folder + runs.page[at];
    else a.ariaDisabled = "true";
    a.title = does + ": " + (runs.title[at] || "none");
    return a;
  }

  /** @param {any} runs @param {number} at */
  function deltas(runs, at) {
    for (const tile of document.querySelectorAll("[data-metric]")) {
      const [goal, best, holder] = runs.best[tile.dataset.metric] || [];
      tile.querySelector(".delta")?.remove();
      if (!goal || !runs.page[1]) continue;
      const way = Number(tile.dataset.value) - best;
      const worse = way > 0 === (goal === "min");
      const word = (way > 0 ? "▲ " : "▼ ") + Number(Math.abs(way).toPrecision(3)) + (worse ? " worse" : " better");
      const delta = make("span", { className: "delta" });
      if (holder === at) delta.append("✓ best run");
      else delta.append(make("span", way ? { className: worse ? "worse" : "better", textContent: word } : { textContent: "= equal" }), way ? " than " : " to ", link(runs, holder));
      delta.title = delta.textContent;
      tile.querySelector(".after").append(delta);
    }
  }

  /** @type {any} */
  let known = null;
  /** @param {any} runs */
  function show(runs) {
    known = runs;
    const at = runs.page.indexOf(main.dataset.page);
    // Of a part of the runs, more are loaded there, and shown.
    if (runs.shards || runs.children[at]) runpages.load(main.dataset.children).then(() => runpages.childRuns(runs, at, show));
    if (runs.shards || at < 0) return;
    // The newest run comes first.
    document.querySelector(".neighbours").replaceChildren(
      neighbour("previous", "[", "left", runs, at + 1), neighbour("next", "]", "right", runs, at - 1));
    deltas(runs, at);
    for (const place of document.querySelectorAll("[data-run-id]")) {
      const other = runs.id.indexOf(place.dataset.runId);
      if (other >= 0) place.replaceChildren(link(runs, other));
    }
  }

  // The index of a large experiment is large: the page comes first. Without it the page tells of its own run only.
  const idle = new Promise((done) => (window.requestIdleCallback || setTimeout)(done, { timeout: 1000 }));
  idle.then(() => runpages.load(root + index)).then(show, () => {});
  addEventListener("renewed", function () {
    if (known && (!live || known.page.length > MOST_FRESH)) show(known);
    else if (live) runpages.fresh(root + index).then(show, () => {});
  });
})();
