// The images of the runs that are compared: those of one name in a card, all at the stop of one slider.
(function () {
  "use strict";
  const { make, urlState, announce } = runpages;
  const { series, stops } = runpages.imageSeries;
  const { VIEWS, legend } = runpages.imageViews;
  const { sharpenAll } = runpages.imageStage;
  const { spelled, parsed, keyed, follow } = runpages.imageZoom;
  const { tools, MODES, GAINS } = runpages.imageTools;
  const MOST = 50;
  const HELP = { images: "left and right arrows select the step; plus, minus and 0 zoom; Shift with arrows pans; Enter enlarges", media: "left and right arrows select the step" };
  const ENLARGE = "M9.75 1.75h4.5v4.5m0-4.5-5 5M6.25 14.25h-4.5v-4.5m0 4.5 5-5";
  const root = document.documentElement.dataset.root || "";
  const get = (/** @type {string} */ name) => urlState().get("images." + name);
  const set = (/** @type {string} */ name, /** @type {string | null} */ value) => void urlState("images." + name, value);

  // --- what the runs have ---

  /** @param {CompareRun} run */
  async function epochsOf(run) {
    if (!run.metrics.epoch || !run.scripts.points) return undefined;
    const { series: curves, steps } = await runpages.compare.points(run);
    const found = curves.find((/** @type {any} */ one) => one.name === "epoch");
    return found && { steps: steps[found.steps], values: found.values };
  }

  /** @param {Comparison} comparison @param {boolean} withEpochs @returns {Promise<ImageSource[]>} */
  async function sourcesOf({ members, reference, script }, withEpochs) {
    const runs = members.flatMap((member) => member.runs.map((run) => ({ member, run }))).slice(0, MOST);
    return Promise.all(runs.map(async ({ member, run }) => ({
      key: run.page.slice(2, -5),
      label: member.group ? run.title : member.label,
      title: run.title,
      slot: member.slot,
      isReference: run === reference.runs[0],
      href: root + run.page + "#images",
      base: root + run.page.replace(/[^/]*$/, ""),
      began: run.began,
      ...(run.scripts.gallery ? await script(run, "gallery") : { images: [], media: [] }),
      epochs: withEpochs ? await epochsOf(run) : undefined,
    })));
  }

  // --- the section ---

  /** @type {Found} */
  let box;
  /** @type {ImageSource[]} */
  let sources = [];
  /** @type {ImageSeries[]} */
  let all = [];
  /** @type {number[]} */
  let positions = [];
  /** @type {ImageAxis[]} */
  let axes = ["step"];
  /** @type {{ card: Found, one: ImageSeries, seen: boolean, drawn: ImageDrawing | null }[]} */
  let cards = [];
  /** @type {ImageZoom} */
  let zoom = parsed(null);
  let held = "";
  let built = "";

  const [list, note] = [make("div", { className: "cards image-cards" }), make("p", { className: "note", hidden: true })];
  const dialog = make("dialog", { className: "dialog image-large", ariaLabel: "Images" });
  const controls = tools({
    go: (at) => go(positions[at]),
    move: (by) => move(by),
    set(name, value) {
      const usual = /** @type {Record<string, string>} */ ({ by: "step", view: "beside", gain: "1", part: "1" })[name];
      if (name === "by") set("step", null);
      set(name, value === usual ? null : value);
      if (name === "by") restore().catch((error) => announce(error.message));
      else update();
    },
    flip,
  });

  /** @returns {ImageView} */
  function view() {
    const by = axis();
    const asked = get("step");
    const wanted = asked === null ? Infinity : Number(asked);
    const stop = positions.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best), positions[positions.length - 1]);
    const index = (/** @type {string | null} */ key, /** @type {number} */ usual) => {
      const at = sources.findIndex((one) => one.key === key);
      return at < 0 ? usual : at;
    };
    const reference = Math.max(0, sources.findIndex((one) => one.isReference));
    const a = index(get("a"), reference);
    const other = sources.findIndex((one, at) => at !== a && one.images.length);
    const mode = get("view") || "";
    const [gain, side] = [Number(get("gain")), get("side") || ""];
    return {
      by, stop, sources, reference, a, choose: go, divide, unreadable,
      b: index(get("b"), other < 0 ? (a + 1) % sources.length : other),
      part: Math.min(most(), Math.max(1, parseInt(get("part") || "1", 10) || 1)) - 1,
      mode: MODES.includes(mode) && (sources.length > 1 || mode === "grid") ? mode : "beside",
      gain: GAINS.includes(gain) ? gain : 1,
      side: side === "a" || side === "b" ? side : "",
    };
  }

  // Images of one step.
  const most = () => Math.max(...all.map(({ parts }) => parts));
  const axis = () => axes.find((one) => one === get("by")) || "step";

  /** @param {number} stop */
  function go(stop) {
    set("step", stop === positions[positions.length - 1] ? null : String(Number(stop.toFixed(6))));
    update();
  }

  /** @param {number} by */
  function move(by) {
    const at = positions.indexOf(view().stop) + by;
    if (positions[at] !== undefined) go(positions[at]);
  }

  // Where the divider is, as a share of a stage.
  /** @param {number} share */
  function divide(share) {
    const percent = Math.round(100 * Math.max(0, Math.min(1, share)));
    set("side", null);
    set("split", percent === 50 ? null : String(percent));
    update();
  }

  /** @param {"next" | "back"} to */
  function flip(to) {
    const { side, mode } = view();
    if (mode !== "pair") return;
    if (to === "next") held = side;
    set("side", to === "back" ? held || null : side === "b" ? "a" : "b");
    update();
  }

  function unreadable() {
    note.hidden = false;
    note.replaceChildren("Mean |Δ| and PSNR need a web server: a page opened from a file may show images but not read their pixels. ", make("code", { textContent: "runpages serve" }), " is one.");
  }

  /** @param {ImageZoom} to */
  function zoomed(to) {
    zoom = to;
    set("zoom", spelled(to));
    style();
    sharpenAll(box);
  }

  // What all stages follow.
  function style() {
    const { side, gain } = view();
    const split = side ? { a: 100, b: 0 }[side] : Number(get("split") ?? 50);
    for (const [name, value] of Object.entries({ zoom: zoom.scale, x: 100 * zoom.x + "%", y: 100 * zoom.y + "%", split: split + "%", gain })) box.style.setProperty("--" + name, String(value));
    box.classList.toggle("is-zoomed", zoom.scale > 1);
    box.dataset.side = side;
    for (const input of box.querySelectorAll(".shot-divider input")) input.value = split;
    for (const range of box.querySelectorAll(".shot-range")) range.textContent = "0 to " + Math.round(255 / gain);
  }

  // --- cards ---

  const visible = new IntersectionObserver(function (entries) {
    for (const { isIntersecting, target } of entries) {
      const card = cards.find((one) => one.card === target);
      if (!card) continue;
      card.seen = isIntersecting;
      if (isIntersecting) paint(card, view());
    }
    style();
  }, { rootMargin: "200px" });

  /** @param {typeof cards[0]} card @param {ImageView} now */
  function paint(card, now) {
    if (!card.drawn) {
      card.drawn = VIEWS[card.one.kind === "media" ? "media" : now.mode](card.one, now);
      card.card.querySelector(".card-body").replaceChildren(card.drawn.content);
    }
    card.drawn.show(now);
  }

  function enlargeIcon() {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    svg.setAttribute("class", "i s");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ENLARGE);
    svg.append(path);
    return svg;
  }

  /** @param {ImageSeries} one @param {ImageView} now */
  function cardOf(one, now) {
    const items = one.tracks.flatMap((track) => (track || []).map(({ item }) => item)).filter(({ width, height }) => width && height);
    const sized = items[0] || { width: 1, height: 1 };
    const others = items.some(({ width, height }) => width !== sized.width || height !== sized.height) ? " and other sizes" : "";
    const count = one.tracks.filter(Boolean).length;
    const isHalf = sized.width <= 1.3 * sized.height && (now.mode === "pair" || (now.mode !== "grid" && sources.length < 4));
    const about = [items.length ? `${sized.width} × ${sized.height}${others}` : "", count < sources.length ? `${count} of ${sources.length} runs` : ""].filter(Boolean).join(" · ");
    const large = one.kind === "media" ? "" : make("button", { type: "button", className: "button tiny enlarge", ariaLabel: "Enlarge " + one.name, title: "Enlarge" }, enlargeIcon());
    if (large) large.addEventListener("click", () => enlarge(one.name));
    const body = make("div", { className: "card-body", tabIndex: 0, role: "group", ariaLabel: one.name + ": " + HELP[one.kind] });
    const head = [make("h3", { className: "cut", dir: "auto", title: one.name, textContent: one.name }), make("span", { className: "note", textContent: about }), ...(now.mode === "difference" && one.kind === "images" ? [legend()] : []), large];
    const card = make("article", { className: "card image-card" + (isHalf ? "" : " wide"), style: `--w: ${sized.width}; --h: ${sized.height}; --n: ${sources.length}` }, make("div", { className: "card-head" }, ...head), body);
    card.dataset.name = one.name;
    return { card, one, seen: false, drawn: null };
  }

  function update() {
    const now = view();
    const wanted = [now.mode, now.a, now.b, now.by === "epoch", now.mode === "grid" && now.by + now.part, ...sources.flatMap((one) => [one.key, one.label, one.slot, one.isReference])].join();
    const unit = now.by + (positions.length === 1 ? "" : "s");
    const runs = runpages.compare.members.reduce((sum, member) => sum + member.runs.length, 0);
    const cut = runs > MOST ? `, first ${MOST} of ${runs} runs` : "";
    const kinds = new Set(all.map(({ kind }) => kind));
    document.getElementById("h-images").textContent = kinds.size > 1 ? "Images and media" : kinds.has("media") ? "Media" : "Images";
    document.getElementById("images").querySelector(".count").textContent = `${all.length} series, ${positions.length} ${unit}${cut}`;
    controls.show(now, { stops: positions, axes, parts: most() });
    if (built !== wanted) {
      const name = dialog.querySelector(".image-card")?.dataset.name;
      built = wanted;
      visible.disconnect();
      cards = all.map((one) => cardOf(one, now));
      list.replaceChildren(...cards.map(({ card }) => card));
      if (dialog.open) dialog.replaceChildren(controls.head, controls.more, cards.find(({ one }) => one.name === name)?.card || "");
      for (const { card } of cards) visible.observe(card);
    }
    for (const card of cards) if (card.seen) paint(card, now);
    style();
  }

  // --- the large view: the controls and a card of the page, in a dialog until it is closed ---

  /** @param {string} name */
  function enlarge(name) {
    const found = cards.find(({ one }) => one.name === name && one.kind === "images");
    if (!found || dialog.open) return;
    const close = make("button", { type: "button", className: "button", ariaLabel: "Close", title: "Close", textContent: "×" });
    close.dataset.close = "";
    dialog.replaceChildren(controls.head, controls.more, found.card);
    controls.head.append(close);
    runpages.openDialog(dialog, "images.large", name);
    found.card.querySelector(".card-body").focus();
    sharpenAll(dialog);
    dialog.addEventListener("close", function () {
      close.remove();
      box.prepend(controls.head, controls.more);
      list.replaceChildren(...cards.map(({ card }) => card));
      cards.find(({ one }) => one.name === name)?.card.querySelector(".enlarge").focus();
      sharpenAll(box);
    }, { once: true });
  }

  /** @param {Happening} event */
  function key(event) {
    const body = event.target.closest(".image-card .card-body");
    if (!body || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, audio, video, .shot-scroll, .shot-lines")) return;
    const moves = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => move(-1), ArrowRight: () => move(1), Home: () => go(positions[0]), End: () => go(positions[positions.length - 1]),
      Enter: () => event.target === body && enlarge(body.closest(".image-card").dataset.name),
    });
    const to = keyed(event, zoom);
    if (!to && (!moves[event.key] || event.shiftKey)) return;
    if (event.key === "Enter" && event.target !== body) return;
    event.preventDefault();
    if (to) zoomed(to);
    else moves[event.key]();
  }

  async function load() {
    const wantsEpochs = get("by") === "epoch";
    const { compare } = runpages;
    sources = await sourcesOf(compare, wantsEpochs);
    all = series(sources);
    const runs = compare.members.flatMap((member) => member.runs);
    const shots = all.flatMap(({ tracks }) => tracks.flatMap((track) => track || []));
    axes = /** @type {ImageAxis[]} */ (["step", ...(runs.some((run) => run.metrics.epoch) ? ["epoch"] : []), ...(shots.some(({ time }) => time !== null) ? ["time"] : [])]);
    positions = stops(all, axis());
  }

  function begin() {
    box.classList.add("image-compare");
    box.replaceChildren(controls.head, controls.more, note, list, dialog);
    box.addEventListener("keydown", key);
    follow(box, () => zoom, zoomed, (stage, share) => stage.matches(".is-pair") && divide(share));
    new ResizeObserver(() => sharpenAll(box)).observe(box);
    addEventListener("beforeprint", () => cards.forEach((card) => paint(card, view())));
    addEventListener("statechange", () => restore().catch((error) => announce(error.message)));
  }

  // All as the address has it.
  async function restore() {
    await load();
    if (!all.length) return false;
    zoom = parsed(get("zoom"));
    update();
    const large = get("large");
    if (large !== null && !document.querySelector("dialog[open]")) enlarge(large);
  }

  runpages.compare.section("images", function (body) {
    if (!box) {
      box = body;
      begin();
    }
    return restore();
  });
})();
