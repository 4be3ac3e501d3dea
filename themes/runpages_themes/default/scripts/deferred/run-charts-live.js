// The curves of runs that go on are read again after each build of the site.
(function () {
  "use strict";
  const { runsTable: model } = runpages;
  const root = document.documentElement.dataset.root;
  const [EVERY, SELDOM] = [3000, 30000];
  // So long without news, it asks seldom.
  const QUIET = 600000;
  // When the site was built, as far as this page knows; curves that were read before are old.
  let built = "";

  const isRunning = (/** @type {number} */ row) => model.runs.kind[row] === "running";
  const folderOf = (/** @type {number} */ row) => model.runs.page[row].replace(/(\/index)?\.html$/, "/");

  // The series of a run; those of one that goes on have another address after each build.
  /** @param {number} row @returns {Promise<Series[]>} */
  async function series(row) {
    const folder = folderOf(row);
    return runpages.series(await runpages.load(folder + "points.js" + (built && isRunning(row) ? "?t=" + built : "")), folder);
  }

  /** @param {() => void} redraw */
  function follow(redraw) {
    const running = Array.from({ length: model.count }, (_, row) => row).filter(isRunning);
    if (!running.length) return;
    let [news, timer, isBusy, goesOn] = [Date.now(), 0, false, true];

    async function look() {
      const now = await runpages.fresh(root + "build.js");
      if (now.built === built) return;
      [built, news] = [now.built, Date.now()];
      for (const row of running) runpages.forget(folderOf(row) + "points"); // With the chunks of long metrics.
      // The build in which the last one ended is read as well.
      goesOn = Boolean(now.live);
      redraw();
    }

    async function tick() {
      clearTimeout(timer);
      if (isBusy || document.hidden || !goesOn) return;
      isBusy = true;
      await look().catch(() => {}); // The site is away, or is being replaced.
      isBusy = false;
      timer = setTimeout(tick, Date.now() - news > QUIET ? SELDOM : EVERY);
    }

    document.addEventListener("visibilitychange", tick);
    tick();
  }

  runpages.runChartsLive = { follow, series };
})();
