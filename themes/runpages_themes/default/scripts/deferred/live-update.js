// The open page of a run that goes on takes in what was built since, node by node: what did not change stays as it is,
// with its folds, fields, focus, scroll and live charts. What it takes in was escaped by the builder, is parsed without
// running anything, and is under the policy of the page, which forbids scripts in it. Where a script makes what is inside
// of an element, this has `data-whole`, another one takes its place, and the script begins with that one.
(function () {
  "use strict";
  const main = document.getElementById("main");
  const [EVERY, SELDOM] = [3000, 30000];
  // So long without news, it asks seldom.
  const QUIET = 600000;
  const PATIENCE = 10000;
  const FRAME = "runpages-live";
  const root = document.documentElement.dataset.root;
  // The page as it was built, and for each of its nodes the one that the reader sees.
  /** @type {any} */
  let built = null;
  const seen = new WeakMap();
  // Of one renewal: whether the run goes on, whether a part of the page is for the next one, and what comes at its end.
  let [goesOn, waits, after] = /** @type {[boolean, boolean, (() => void)[]]} */ ([true, false, []]);

  // --- how long the run takes so far ---

  /** @param {number} seconds */
  function span(seconds) {
    const s = Math.floor(Math.max(0, seconds));
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
    if (h >= 24) return Math.floor(h / 24) + " d " + (h % 24) + " h so far";
    if (h) return h + ":" + two(m) + ":" + two(s % 60) + " so far";
    return (m ? m + ":" + two(s % 60) : s + " s") + " so far";
  }

  function clock() {
    const now = Date.now();
    for (const place of document.querySelectorAll("[data-since]")) {
      place.textContent = span((now - Date.parse(place.dataset.since)) / 1000);
    }
  }
  setInterval(clock, SELDOM);
  addEventListener("renewed", clock);
  clock();

  // --- what was built ---

  /** @param {any} copy @param {any} nodes */
  function pair(copy, nodes) {
    const walker = document.createTreeWalker(copy);
    for (const node of nodes) {
      seen.set(walker.currentNode, node);
      walker.nextNode();
    }
  }

  const fresh = (/** @type {string} */ path) => runpages.fresh(root + path);

  // A run that has ended has no script with news; its page tells what it holds, in a frame that nobody sees.
  function page() {
    return new Promise(function (done, failed) {
      const frame = runpages.make("iframe", { name: FRAME, hidden: true });
      frame.src = main.dataset.page + "?t=" + Date.now();
      const over = setTimeout(() => end(failed, new Error("The page of this run is not there")), PATIENCE);
      /** @param {Happening} event */
      function heard(event) {
        if (event.source === frame.contentWindow) end(done, event.data);
      }
      /** @param {(value: any) => void} use @param {any} value */
      function end(use, value) {
        clearTimeout(over);
        removeEventListener("message", /** @type {any} */ (heard));
        frame.remove();
        use(value);
      }
      addEventListener("message", heard);
      document.body.append(frame);
    });
  }

  // --- into the page ---

  // What an element is known by among its neighbours; an item of a tree by the name of its row.
  const key = (/** @type {any} */ node) => (node.nodeType === 1 ? node.id || node.dataset.name || (node.nodeName === "LI" && node.firstElementChild?.title) || "" : "");
  const kind = (/** @type {any} */ node) => [node.nodeName, key(node), node.nodeType === 1 ? node.getAttribute("class") : ""].join(" ");

  /** @param {any} old */
  function drop(old) {
    const next = old.nextSibling;
    seen.get(old).remove();
    old.remove();
    return next;
  }

  /** @param {any} now */
  function made(now) {
    const copy = document.importNode(now, true);
    const node = document.importNode(now, true);
    const nodes = [node];
    for (const walker = document.createTreeWalker(node); walker.nextNode();) nodes.push(walker.currentNode);
    pair(copy, nodes);
    return [copy, node];
  }

  // Scripts put nodes of their own between those of the page: a new node stands after the one it was built after.
  /** @param {any} old @param {any} now @param {number} at */
  function insert(old, now, at) {
    const [copy, node] = made(now);
    old.insertBefore(copy, at);
    const before = copy.previousSibling && seen.get(copy.previousSibling);
    if (before && before.isConnected) before.after(node);
    else seen.get(old).prepend(node);
  }

  /** @param {any} old @param {any} now */
  function attributes(old, now) {
    for (const { name } of [...old.attributes, ...now.attributes]) {
      const value = now.getAttribute(name);
      if (old.getAttribute(name) === value) continue;
      for (const node of [old, seen.get(old)]) {
        if (value === null) node.removeAttribute(name);
        else node.setAttribute(name, value);
      }
    }
  }

  /** @param {any} old @param {any} now */
  function patch(old, now) {
    if (old.isEqualNode(now)) return;
    const node = seen.get(old);
    if (old.nodeType !== 1) {
      node.data = old.data = now.data;
    } else if (old.matches("[data-whole]")) {
      if (goesOn && inUse(node)) waits = true;
      else whole(old, now, node);
    } else if ([...old.childNodes].some((one) => one.nodeType === 3 && seen.get(one).parentNode !== node)) {
      // A text that a script has put another in place of.
      replace(old, now, node);
    } else {
      attributes(old, now);
      children(old, now);
    }
  }

  /** @param {any} old @param {any} now @param {any} node */
  function replace(old, now, node) {
    const [copy, other] = made(now);
    old.replaceWith(copy);
    node.replaceWith(other);
    return other;
  }

  // Nobody is disturbed who looks at a picture, hears something, or has chosen a text to copy it.
  /** @param {any} node */
  function inUse(node) {
    const chosen = /** @type {any} */ (getSelection());
    const plays = [...node.querySelectorAll("audio, video")].some((one) => !one.paused);
    return plays || document.querySelector("#lightbox[open]") || (!chosen.isCollapsed && chosen.containsNode(node, true));
  }

  const alike = (/** @type {any} */ node, /** @type {string} */ name) => [node, ...node.querySelectorAll(name)];
  /** @param {any} old @param {any} now @param {any} node */
  function whole(old, now, node) {
    const focused = /** @type {any} */ (document.activeElement);
    const regions = alike(node, "[tabindex]").map((one) => [one.scrollLeft, one.scrollTop]);
    const [tag, at] = [focused.nodeName, alike(node, focused.nodeName).indexOf(focused)];
    const other = replace(old, now, node);
    alike(other, "[tabindex]").forEach((one, place) => regions[place] && one.scrollTo(...regions[place]));
    after.push(() => at >= 0 && alike(other, tag)[at]?.focus({ preventScroll: true }));
  }

  /** @param {any} old @param {any} now */
  function children(old, now) {
    const known = new Map([...old.childNodes].filter(key).map((one) => [key(one), one]));
    let at = old.firstChild;
    for (const next of now.childNodes) {
      const found = known.get(key(next));
      known.delete(key(next));
      if (found && found.parentNode === old && kind(found) === kind(next)) while (at !== found) at = drop(at);
      if (at && kind(at) === kind(next)) {
        const after = at.nextSibling;
        patch(at, next);
        at = after;
      } else insert(old, next, at);
    }
    while (at) at = drop(at);
  }

  /** @param {string} html */
  function take(html) {
    const now = new DOMParser().parseFromString(html, "text/html");
    const page = now.getElementById("main");
    goesOn = Boolean(page.dataset.live);
    waits = false;
    after = [];
    dispatchEvent(new Event("renewing"));
    patch(built, page);
    dispatchEvent(new Event("renewed"));
    for (const act of after) act();
  }

  // --- when ---

  let [last, news, misses, timer, busy] = ["", Date.now(), 0, 0, false];

  async function look() {
    const { built: at, live } = await fresh("build.js");
    if (at === last) return;
    take(live && live.includes(main.dataset.live) ? await fresh(main.dataset.live) : await page());
    [last, news] = [waits ? "" : at, Date.now()];
    if (!main.dataset.live) runpages.announce("The run has ended");
  }

  async function tick() {
    clearTimeout(timer);
    if (busy || document.hidden || !main.dataset.live) return;
    busy = true;
    try {
      await look();
      misses = 0;
    } catch {
      misses++;  // The site is away, or is being replaced.
    }
    busy = false;
    if (!main.dataset.live) document.removeEventListener("visibilitychange", tick);
    else timer = setTimeout(tick, misses > 2 || Date.now() - news > QUIET ? SELDOM : EVERY);
  }

  runpages.when("built", function ({ copy, nodes }) {
    built = copy;
    pair(copy, nodes);
    document.addEventListener("visibilitychange", tick);
    tick();
  });
})();
