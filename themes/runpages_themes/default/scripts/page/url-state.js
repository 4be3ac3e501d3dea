// What a reader chose is in the address, after the place on the page: `#metrics?smooth=0.6&x=time`. Links within the page
// keep it, the runs before and after get it. A dialog is an entry of the history, so that going back closes it.
(function () {
  "use strict";
  // Browsers limit how often an address may be written.
  const REST = 100;
  // As it is, or will be when it is written.
  let { hash } = location;
  let [timer, last, kept] = [0, 0, ""];
  /** @type {{ dialog: Found, key: string } | null} */
  let opened = null;

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
    history.replaceState(history.state || {}, "", hash || location.pathname.split("/").pop() + location.search);
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

  runpages.openDialog = function (dialog, key, value) {
    if (history.state?.dialog !== key) {
      // Where the address came with the dialog, the page without it comes before.
      runpages.urlState(key, null);
      write();
      const known = state();
      known.set(key, value);
      set(parts(hash)[0], known);
      history.pushState({ dialog: key }, "", hash);
    }
    opened = { dialog, key };
    dialog.showModal();
    dialog.addEventListener("close", () => opened && history.back(), { once: true });
  };

  addEventListener("hashchange", function () {
    const isNew = !history.state;
    const [place, query] = parts(location.hash);
    const known = state();
    clearTimeout(timer);
    timer = 0;
    const closes = opened && !new URLSearchParams(query).has(opened.key) && opened;
    if (closes) {
      opened = null;
      closes.dialog.close();
    }
    if (closes && !isNew) {
      // What was chosen in the dialog stays.
      known.delete(closes.key);
      set(place, known);
    } else if (query === undefined && kept) set(place, kept);
    else ({ hash } = location);
    kept = "";
    if (isNew || hash !== location.hash) write();
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
