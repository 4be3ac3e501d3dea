// What a section needs is named in its `data-defer` and loaded at the first touch, at once where it has `data-eager`, or
// where the address asks for it. What was pressed meanwhile is pressed then, which may be a picture; a section that has
// to wait for its data says so by a promise, its `ready`.
(function () {
  "use strict";
  const ready = new WeakMap();

  /** @param {any} place */
  function styles(place) {
    for (const href of place.dataset.defer.split(" ")) {
      if (!href.endsWith(".css") || document.querySelector(`link[href="${href}"]`)) continue;
      document.head.append(runpages.make("link", { rel: "stylesheet", href }));
    }
  }

  /** @param {any} place */
  async function load(place) {
    const { defer } = place.dataset;
    styles(place);
    try {
      await Promise.all(defer.split(" ").filter((/** @type {string} */ src) => src.endsWith(".js")).map((/** @type {string} */ src) => runpages.load(src, false)));
      await place.ready;
      ready.set(place, defer);
    } catch (error) {
      runpages.announce(error.message);
    }
  }

  const isReady = (/** @type {any} */ place) => ready.get(place) === place.dataset.defer;

  // Whether the address is in a file that is looked at, a line of a log that is not in the page, or has a state of what
  // is in it: keys are `<id>.<control>`, those of the metrics `<control>`.
  /** @param {Found} place */
  function isAsked(place) {
    const { dataset } = place;
    for (const key of runpages.urlState().keys()) {
      const owner = document.getElementById(key.replace(/\.\w+$/, ""));
      if (key.includes(".") ? owner?.contains(place) || place.contains(owner) : "stateful" in dataset) return true;
    }
    const [id] = location.hash.slice(1).split("?");
    return Boolean(dataset.address) && id.startsWith(dataset.address) && !document.getElementById(id)?.matches("li");
  }

  // What is needed at the first touch of the page, wherever it is.
  const page = { dataset: { defer: document.documentElement.dataset.touch } };
  for (const kind of ["pointerover", "focusin", "scroll", "keydown"]) addEventListener(kind, () => load(page), { once: true, capture: true });
  if (String(runpages.urlState())) load(page);

  runpages.each("[data-defer]", function (place) {
    place.hidden = false;
    for (const kind of ["pointerover", "focusin"]) {
      place.addEventListener(kind, function (event) {
        if (isReady(place)) return;
        if (event.pointerType) runpages.pointed = event;
        load(place);
      });
    }
    place.addEventListener("click", async function (event) {
      const button = event.target.closest("button, a[data-at], a[data-file], thead th");
      if (isReady(place) || !button || button.closest("[data-defer]") !== place) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      await load(place);
      // A table may have been drawn again.
      if (isReady(place)) (button.isConnected ? button : document.elementFromPoint(event.clientX, event.clientY)?.closest("th"))?.click();
      else if (button.href) location.assign(button.href);
    });
    if (isAsked(place)) load(place);
  });
  runpages.each("[data-eager]", load);
  // Keys are pressed then, too; those of the table of runs are for the whole page. What was typed is in its field.
  addEventListener("keydown", async function (event) {
    const place = /^[jkx]$/.test(event.key) ? document.getElementById("runs-section") : event.target.closest("[data-defer]");
    if (!place || isReady(place)) return;
    await load(place);
    if (isReady(place) && !event.defaultPrevented) event.target.dispatchEvent(new KeyboardEvent("keydown", event));
  });
  runpages.each("button[data-copy]", function (button) {
    if (!button.firstChild) button.innerHTML = runpages.icon("copy", "s");
    button.hidden = !navigator.clipboard;
  });
  runpages.each(".toolbar:not([data-levels])", (tools) => { tools.hidden = false; });
  // Why a run failed is at the end of its log, unless the address names a line.
  runpages.each(".log[data-end]:not(:has(:target))", (log) => { log.scrollTop = log.scrollHeight; });
  // Charts without axes get them as they are scrolled to.
  const seen = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) load(target.closest("[data-defer]"));
  });
  runpages.each("[data-bare]", (card) => seen.observe(card));
  runpages.each("[data-at] .card-body", (body) => { body.tabIndex = 0; });

  const sections = () => document.querySelectorAll("[data-defer]");
  addEventListener("renewed", () => sections().forEach(styles));
  addEventListener("statechange", () => [...sections()].filter(isAsked).forEach(load));
})();
