// While runs go on, their page looks for what was built since: the model of the runs is renewed after each build of the
// site, and their curves are read again.
(function () {
  "use strict";
  const root = document.documentElement.dataset.root;
  const [EVERY, SELDOM] = [3000, 30000];
  // So long without news, it asks seldom; where nothing goes on, no more.
  const QUIET = 600000;
  // When the site was built, as far as this page knows; curves that were read before are old.
  let built = "";

  const folderOf = (/** @type {any} */ runs, /** @type {number} */ row) => root + runs.folder + runs.page[row].replace(/(\/index)?\.html$/, "/");
  const isRunning = (/** @type {any} */ runs, /** @type {number} */ row) => runs.kind[row] === "running";

  // The series of a run; those of one that goes on have another address after each build.
  /** @param {any} runs @param {number} row @returns {Promise<Series[]>} */
  async function series(runs, row) {
    const folder = folderOf(runs, row);
    return runpages.series(await runpages.load(folder + "points.js" + (built && isRunning(runs, row) ? "?t=" + built : "")), folder);
  }

  /** @param {RunsModel} model */
  function follow(model) {
    const running = () => [...model.runs.kind.keys()].filter((row) => isRunning(model.runs, row));
    if (!running().length) return;
    let [news, timer, isBusy, goesOn] = [Date.now(), 0, false, true];

    async function look() {
      const now = await runpages.fresh(root + "build.js");
      goesOn = Boolean(now.live);
      if (now.built === built) return;
      for (const row of running()) runpages.forget(folderOf(model.runs, row) + "points"); // With the chunks of long metrics.
      const before = built;
      built = now.built;
      // What is being replaced is looked at again.
      await model.renew().catch(() => { built = before; });
      news = Date.now();
    }

    async function tick() {
      clearTimeout(timer);
      const isQuiet = Date.now() - news > QUIET;
      if (isBusy || document.hidden || (isQuiet && !goesOn)) return;
      isBusy = true;
      await look().catch(() => {}); // The site is away, or is being replaced.
      isBusy = false;
      timer = setTimeout(tick, isQuiet ? SELDOM : EVERY);
    }

    document.addEventListener("visibilitychange", tick);
    tick();
  }

  runpages.runsLive = { follow, series };
})();
