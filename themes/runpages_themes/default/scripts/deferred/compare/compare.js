// The page that compares runs: what is compared comes from the address, and each section is drawn as it comes into view,
// and again when the members, their reference or their colours change.
(function () {
  "use strict";
  const { make, urlState } = runpages;
  const { MOST, parted, labels, colors, parse, spell } = runpages.compareMembers;
  const root = document.documentElement.dataset.root || "";
  const frame = document.getElementById("compare");
  // Small data to compare is in that of the run.
  const has = (/** @type {CompareRun} */ { compared, scripts }) => compared || scripts.compared;
  // Most runs of a group: each has its own data.
  const MOST_IN_GROUP = 500;
  /** @type {Record<string, (member: CompareMember) => unknown>} */
  const CONTENT = {
    metrics: ({ runs }) => runs.some((run) => Object.keys(run.metrics).length),
    curves: ({ runs }) => runs.some((run) => run.scripts.points),
    groups: ({ group }) => group,
    parameters: ({ runs }) => runs.some((run) => Object.keys({ ...run.params, ...run.tags }).length),
    environment: ({ runs }) => runs.some((run) => Object.keys(run.environment).length),
    charts: ({ runs }) => runs.some(({ scripts }) => scripts.diagnostics || scripts.charts),
    tables: ({ runs }) => runs.some((run) => run.scripts.tables),
    predictions: ({ runs }) => runs.some((run) => run.scripts.tables),
    images: ({ runs }) => runs.some((run) => run.scripts.gallery),
    code: ({ runs }) => runs.some((run) => has(run) || run.environment.git),
    configuration: ({ runs }) => runs.some(has),
    logs: ({ runs }) => runs.some((run) => run.scripts.logs),
  };
  const sections = /** @type {NodeListOf<Found>} */ (document.querySelectorAll(".compare-section"));
  /** @type {Map<string, (box: Found, comparison: Comparison) => any>} */
  const drawers = new Map();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Map<string, Promise<CompareMember>>} */
  const known = new Map();
  let [turn, shown] = [0, ""];

  /** @type {Comparison} */
  const comparison = {
    members: [],
    all: [],
    asked: [],
    reference: /** @type {any} */ (null),
    usualPair: null,
    isPrinted: false,
    get pairBy() {
      return urlState().get("metrics.pair") ?? comparison.usualPair;
    },
    section(id, draw) {
      drawers.set(id, draw);
      if (seen.has(id)) paint(id);
    },
    script: (run, name) => /** @type {any} */ (run)[name] ?? runpages.load(root + run.scripts[name]),
    points: (run) => comparison.script(run, "points"),
    set,
    recolor(key, slot) {
      urlState("colors", listed(keys(), new Map(given()).set(key, String(slot))));
      return show();
    },
    loads,
    tell() {}, // In summary.js.
    redraw: paint,
    draw: (section) => (seen.has(section.id) ? paint(section.id) : enter(section)),
  };

  // --- members ---

  /** @param {string} page from the root of the site @returns {Promise<CompareRun>} */
  async function runOf(page) {
    const data = await runpages.load(root + page.replace(/\.html$/, "/run.js"));
    return { params: {}, tags: {}, note: "", environment: {}, metrics: {}, scripts: {}, damaged: false, number: null, seconds: null, ...data };
  }

  // The styles and scripts that `data-loads` of a part of the page names.
  /** @param {string} names */
  function loads(names) {
    const sources = names.split(" ").filter(Boolean);
    for (const href of sources.filter((one) => one.endsWith(".css"))) {
      if (!document.querySelector(`link[href="${href}"]`)) document.head.append(make("link", { rel: "stylesheet", href }));
    }
    return Promise.all(sources.filter((one) => one.endsWith(".js")).map((src) => runpages.load(src, false)));
  }

  /** @param {CompareMember} member @param {string} folder @param {string} query @returns {Promise<CompareMember>} */
  async function groupOf(member, folder, query) {
    await loads(frame.dataset.group);
    try {
      const { runs, load } = await runpages.compareGroup(folder, query);
      if (!runs.length) return { ...member, missing: "has no runs" };
      if (runs.length > MOST_IN_GROUP) return { ...member, missing: "has " + runs.length + " runs, and a group may have " + MOST_IN_GROUP + "; add a condition to its query" };
      return { ...member, group: true, ...await load(runOf) };
    } catch (error) {
      const isQuery = error instanceof runpages.runQuery.QueryError;
      return { ...member, missing: isQuery ? "has a query that is not understood: " + error.message : "could not be loaded: " + error.message };
    }
  }

  /** @param {string} key @returns {Promise<CompareMember>} */
  async function found(key) {
    const names = parted(key);
    const member = { key, title: names?.query || key, label: key, color: "", slot: 0, dash: "", group: false, pairBy: null, runs: [], missing: "" };
    if (!names) return { ...member, missing: "names no run: write experiment/run, or experiment?query for a group" };
    if (names.query) return groupOf(member, names.folder, names.query);
    try {
      const run = await runOf("e/" + names.folder + "/" + names.run + ".html");
      return { ...member, title: run.title, runs: [run] };
    } catch {
      return { ...member, missing: "is not in this site" };
    }
  }

  /** @param {string} key */
  function loaded(key) {
    const one = known.get(key) || found(key);
    known.set(key, one);
    return one;
  }

  // A number that stays with a member: that of a run in its experiment, as on other pages.
  /** @param {CompareMember} member */
  const wanted = ({ key, runs: [run], group }) => (group || run.number === null ? [...key].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 9973, 7) : run.number - 1);

  // --- the page ---

  // An address that was typed may have a state only, `#runs=a,b`, and the question marks of groups as they are. Then the
  // right one comes, with a "statechange".
  function isSpelled() {
    const [place, ...state] = location.hash.slice(1).split("?");
    const isBare = /^[\w.]+=/.test(place);
    if (!isBare && state.length < 2) return true;
    location.replace("#" + (isBare ? "?" + [place, ...state].join("%3F") : place + "?" + state.join("%3F")));
    return false;
  }

  const keys = () => [...new Set(parse(urlState().get("runs") || ""))];

  // The colours that the reader gave, by member; the address lists them in the order of the members.
  function given() {
    const slots = (urlState().get("colors") || "").split(",");
    return new Map(keys().map((key, at) => [key, slots[at] || ""]));
  }
  /** @param {string[]} now @param {Map<string, string>} slots */
  const listed = (now, slots) => now.map((key) => slots.get(key) || "").join().replace(/,+$/, "") || null;

  const asAddressed = () => JSON.stringify([keys(), urlState().get("ref"), urlState().get("colors")]);

  async function show() {
    const [mine, asked, ref] = [++turn, keys(), urlState().get("ref")];
    shown = asAddressed();
    const all = await Promise.all(asked.slice(0, MOST).map(loaded));
    if (mine !== turn) return;
    const members = all.filter((one) => !one.missing);
    const look = colors(members.map(wanted), members.map(({ key }) => Number(given().get(key))));
    const short = labels(members.map((one) => one.title), members.map(({ group, runs: [run] }) => (group ? null : run.number)));
    comparison.members = members.map((one, at) => ({ ...one, ...look[at], label: short[at], color: "var(--s" + look[at].slot + ")" }));
    comparison.all = all.map((one) => comparison.members[members.indexOf(one)] || one);
    comparison.asked = asked;
    comparison.reference = comparison.members.find((one) => one.key === ref) || comparison.members[0];
    const pairs = new Set(comparison.members.filter(({ group }) => group).map(({ pairBy }) => pairBy));
    comparison.usualPair = pairs.size === 1 ? [...pairs][0] : null;
    for (const section of sections) section.hidden = !comparison.members.some(CONTENT[section.id]);
    document.dispatchEvent(new CustomEvent("comparisonchange"));
    await Promise.all([...seen].map(paint));
  }

  // Compare these, in this order; without a reference the first is it.
  /** @param {string[]} now @param {string | null} reference */
  function set(now, reference = null) {
    urlState("colors", listed(now, given()));
    urlState("runs", now.length ? spell(now) : null);
    urlState("ref", reference && reference !== now[0] ? reference : null);
    return show();
  }

  // --- sections ---

  /** @type {Map<string, Promise<void>>} */
  const painting = new Map();

  // One drawing of a section follows the other: of those that wait the last is enough.
  /** @param {string} id */
  function paint(id) {
    const section = document.getElementById(id);
    if (!drawers.has(id) || !comparison.reference) return undefined;
    const mine = turn;
    const next = (painting.get(id) || Promise.resolve()).then(async function () {
      if (mine !== turn || !comparison.members.some(CONTENT[id])) return;
      const box = section.querySelector(".compare-body");
      try {
        section.hidden = (await drawers.get(id)?.(box, comparison)) === false;
      } catch (error) {
        box.replaceChildren(make("div", { className: "callout bad" }, make("div", {}, make("p", {}, make("b", { textContent: "This section could not be drawn." })), make("pre", { textContent: error.message }))));
      }
    });
    painting.set(id, next);
    return next;
  }

  /** @param {Found} section */
  async function begin(section) {
    if (seen.has(section.id)) return;
    await loads(section.dataset.loads || "");
    seen.add(section.id);
    await paint(section.id);
  }

  const enter = (/** @type {Found} */ section) => begin(section).catch((error) => runpages.announce(error.message));

  const observer = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) enter(/** @type {any} */ (target));
  }, { rootMargin: "300px" });

  // Paper has all sections whole, also those that were never in view. Data is loaded for that, which a browser does not
  // wait for, so the usual key prints when all is there.
  async function whole() {
    comparison.isPrinted = true;
    await Promise.all([...sections].filter(({ hidden }) => !hidden).map((section) => (seen.has(section.id) ? paint(section.id) : enter(section))));
  }
  matchMedia("print").addEventListener("change", function ({ matches }) {
    if (!matches) comparison.isPrinted = false;
    else if (!comparison.isPrinted) whole();
  });
  addEventListener("keydown", async function (event) {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    await whole();
    globalThis.print();
  });

  runpages.compare = comparison;
  addEventListener("statechange", function () {
    if (isSpelled() && asAddressed() !== shown) show();
  });
  // A dialog that the address asks for may belong to a section that is not in view.
  const isAsked = (/** @type {Found} */ { id }) => urlState().has(id + ".large");
  (isSpelled() ? show() : Promise.resolve()).then(function () {
    sections.forEach((section) => (isAsked(section) ? enter(section) : observer.observe(section)));
    // What the address points at was empty when the page came.
    const [id, query] = location.hash.slice(1).split("?");
    if (query) document.getElementById(id)?.scrollIntoView();
  });
})();
