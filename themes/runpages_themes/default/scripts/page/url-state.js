// What a reader chose is in the address, after the place on the page: `#metrics?smooth=0.6&x=time`. Links within the page
// keep it, the runs before and after get it. A dialog is an entry of the history, so that going back closes it.
(function () {
  "use strict";
  // Browsers limit how often an address may be written.
  const REST = 100;
  // As it is, or will be when it is written.
  let { hash } = location;
  let [timer, last, kept] = [0, 0, ""];
  // As it is since the last "hashchange", which comes a moment after the history has moved.
  let seen = hash;
  /** @type {{ dialog: Found, key: string, value: string } | null} */
  let opened = null;
  // The key of a closed dialog whose entry the history is leaving.
  let left = "";

  const parts = (/** @type {string} */ text) => text.slice(1).split("?");
  const state = () => new URLSearchParams(parts(hash)[1]);

  /** @param {string} place @param {URLSearchParams | string} query */
  function set(place, query) {
    const text = String(query).replace(/%(2C|2F|3A|7E)/g, decodeURIComponent);
    hash = place || text ? "#" + place + (text && "?" + text) : "";
  }

  function write() {
    clearTimeout(timer);
    [timer, last] = [0, Date.now()];
    // Else this would be written into another entry; it is written when that is known.
    if (location.hash !== seen) return;
    history.replaceState(history.state || {}, "", hash || location.pathname.split("/").pop() + location.search);
    seen = location.hash;
  }

  runpages.urlState = function (name, value) {
    const [known, before] = [state(), hash];
    if (name === undefined) return known;
    if (value === null) known.delete(name);
    else known.set(name, String(value));
    set(parts(hash)[0], known);
    if (hash !== before) {
      if (Date.now() - last > REST) write();
      else timer ||= setTimeout(write, REST);
    }
    return known;
  };

  runpages.urlPlace = function (id) {
    set(id, state());
    write();
  };

  function enter() {
    if (!opened || history.state?.dialog === opened.key) return;
    // Where the address came with the dialog, the page without it comes before.
    runpages.urlState(opened.key, null);
    write();
    const known = state();
    known.set(opened.key, opened.value);
    set(parts(hash)[0], known);
    history.pushState({ dialog: opened.key }, "", hash);
    seen = location.hash;
  }

  function leave() {
    const { key } = /** @type {any} */ (opened);
    opened = null;
    if (left) runpages.urlState(key, null);
    else {
      left = key;
      history.back();
    }
  }

  /** @param {Happening} event */
  function closed({ target }) {
    if (opened?.dialog === target && !target.open) leave();
  }

  runpages.openDialog = function (dialog, key, value) {
    // One that was closed just now, whose "close" is still to come.
    if (opened) leave();
    opened = { dialog, key, value };
    dialog.showModal();
    dialog.addEventListener("close", closed);
    if (!left) enter();
  };

  addEventListener("hashchange", function () {
    seen = location.hash;
    const isNew = !history.state;
    const [place, query] = parts(seen);
    const known = state();
    clearTimeout(timer);
    timer = 0;
    if (!left && opened && !new URLSearchParams(query).has(opened.key)) {
      const { dialog } = opened;
      left = opened.key;
      opened = null;
      dialog.close();
    }
    if (left && !isNew) {
      // What was chosen in the dialog stays.
      known.delete(left);
      set(place, known);
    } else if (query === undefined && kept) set(place, kept);
    else hash = seen;
    kept = left = "";
    if (isNew || hash !== seen) write();
    enter();
    // At the document, so that the window can hear it before all others.
    document.dispatchEvent(new CustomEvent("statechange", { bubbles: true, detail: isNew }));
  });

  for (const kind of ["click", "auxclick"]) {
    addEventListener(kind, function (event) {
      const link = !event.defaultPrevented && event.target.closest("a[href]");
      if (!link) return;
      if (timer) write();
      const text = parts(hash)[1] || "";
      kept = link.matches("[href^='#']") ? text : "";
      if (link.closest(".neighbours")) link.hash = text && "?" + text;
    });
  }
})();
