// The page that compares runs: what is compared comes from the address, and each section is drawn as it comes into view,
// and again when the members, their reference or their colours change.
(function () {
  "use strict";
  const { make, urlState } = runpages;
  const { MOST, parted, labels, colors, parse, spell } = runpages.compareMembers;
  const root = document.documentElement.dataset.root || "";
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
    code: ({ runs }) => runs.some((run) => run.scripts.code),
    configuration: ({ runs }) => runs.some((run) => run.scripts.outputs),
    logs: ({ runs }) => runs.some((run) => run.scripts.logs),
  };
  const sections = /** @type {NodeListOf<Found>} */ (document.querySelectorAll(".compare-section"));
  /** @type {Map<string, (box: Found, comparison: Comparison) => any>} */
  const drawers = new Map();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Map<string, Promise<CompareMember>>} */
  const known = new Map();
  let turn = 0;

  /** @type {Comparison} */
  const comparison = {
    members: [],
    missing: [],
    reference: /** @type {any} */ (null),
    section(id, draw) {
      drawers.set(id, draw);
      if (seen.has(id)) paint(id);
    },
    script: (run, name) => runpages.load(root + run.scripts[name]),
    points: (run) => comparison.script(run, "points"),
    set,
  };

  // --- members ---

  /** @param {any} data @returns {CompareRun} */
  const whole = (data) => ({ params: {}, tags: {}, note: "", environment: {}, metrics: {}, scripts: {}, damaged: false, number: null, seconds: null, ...data });

  /** @param {string} key @returns {Promise<CompareMember>} */
  async function found(key) {
    const names = parted(key);
    const member = { key, title: key, label: key, color: "", slot: 0, dash: "", group: false, runs: [], missing: "" };
    if (!names) return { ...member, missing: "is no run of a site: its name is to be experiment/run" };
    try {
      const run = whole(await runpages.load(root + "e/" + names.folder + "/" + names.run + "/run.js"));
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

  function keys() {
    return [...new Set(parse(urlState().get("runs") || ""))];
  }

  async function show() {
    const mine = ++turn;
    const asked = keys();
    const all = await Promise.all(asked.slice(0, MOST).map(loaded));
    if (mine !== turn) return;
    const members = all.filter((one) => !one.missing);
    const colored = colors(members.map(wanted));
    const short = labels(members.map((one) => one.title), members.map((one) => "#" + (one.runs[0]?.number ?? one.key)));
    comparison.missing = all.filter((one) => one.missing);
    comparison.members = members.map((one, at) => ({ ...one, label: short[at], slot: colored[at].slot, dash: colored[at].dash, color: "var(--s" + colored[at].slot + ")" }));
    const ref = urlState().get("ref");
    comparison.reference = comparison.members.find((one) => one.key === ref) || comparison.members[0];
    for (const section of sections) section.hidden = !comparison.members.some(CONTENT[section.id]);
    chips();
    document.dispatchEvent(new CustomEvent("comparisonchange"));
    for (const id of seen) paint(id);
  }

  // Compare these, in this order; without a reference the first is it.
  /** @param {string[]} now @param {string | null} reference */
  function set(now, reference = null) {
    urlState("runs", now.length ? spell(now) : null);
    urlState("ref", reference && reference !== now[0] ? reference : null);
    show();
  }

  /** @param {string} key */
  function remove(key) {
    const left = keys().filter((one) => one !== key);
    const ref = urlState().get("ref");
    set(left, ref === key ? null : ref);
  }

  function chips() {
    const box = document.getElementById("compare-chips");
    box.replaceChildren(...comparison.members.map(function (member) {
      const close = make("button", { type: "button", className: "button tiny", ariaLabel: "Remove " + member.title, textContent: "×" });
      close.addEventListener("click", () => remove(member.key));
      return make("span", { className: "chip" }, make("i", { className: "dot-key s" + member.slot }), member.title, close);
    }));
    document.getElementById("compare-title").textContent = "Compare " + comparison.members.length + " runs";
  }

  // --- sections ---

  /** @type {Map<string, Promise<void>>} */
  const painting = new Map();

  // One drawing of a section follows the other: of those that wait the last is enough.
  /** @param {string} id */
  function paint(id) {
    const section = document.getElementById(id);
    if (!drawers.has(id) || !comparison.reference) return;
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
  }

  /** @param {Found} section */
  async function begin(section) {
    if (seen.has(section.id)) return;
    seen.add(section.id);
    const sources = (section.dataset.loads || "").split(" ").filter(Boolean);
    for (const href of sources.filter((one) => one.endsWith(".css"))) {
      if (!document.querySelector(`link[href="${href}"]`)) document.head.append(make("link", { rel: "stylesheet", href }));
    }
    await Promise.all(sources.filter((one) => one.endsWith(".js")).map((src) => runpages.load(src, false)));
    paint(section.id);
  }

  const enter = (/** @type {Found} */ section) => begin(section).catch((error) => runpages.announce(error.message));

  const observer = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) if (isIntersecting) enter(/** @type {any} */ (target));
  }, { rootMargin: "300px" });

  runpages.compare = comparison;
  addEventListener("statechange", show);
  // A dialog that the address asks for may belong to a section that is not in view.
  const isAsked = (/** @type {Found} */ { id }) => urlState().has(id + ".large");
  show().then(() => sections.forEach((section) => (isAsked(section) ? enter(section) : observer.observe(section))));
})();
