// What is compared, as chips: a press makes one the reference, Delete removes it, Alt with an arrow moves it; the dot
// changes its color.
(function () {
  "use strict";
  const { make, compare: comparison } = runpages;
  const { COLORS, parted, cut } = runpages.compareMembers;
  const LONGEST = 42;
  const box = document.getElementById("compare-chips");

  const keys = () => [...comparison.asked];

  /** @param {number} at */
  function focus(at) {
    const all = box.querySelectorAll(".chip-name");
    (all[Math.min(at, all.length - 1)] || input).focus();
  }

  /** @param {number} at */
  async function remove(at) {
    const { key, title } = comparison.all[at];
    const reference = comparison.reference?.key === key ? null : comparison.reference?.key;
    await comparison.set(keys().filter((one) => one !== key), reference);
    runpages.announce("Removed " + title);
    focus(at);
  }

  /** @param {number} from @param {number} to */
  async function move(from, to) {
    if (to < 0 || to >= comparison.all.length) return;
    const now = keys();
    now.splice(to, 0, ...now.splice(from, 1));
    await comparison.set(now, comparison.reference?.key);
    runpages.announce(comparison.all[to].title + ": " + (to + 1) + " of " + now.length);
    focus(to);
  }

  // The color after this one that no other member has, if there is one.
  /** @param {number} slot */
  function next(slot) {
    const all = Array.from({ length: COLORS }, (_, at) => ((slot + at) % COLORS) + 1);
    return all.find((one) => comparison.members.every((member) => member.slot !== one)) || all[0];
  }

  /** @param {CompareMember} member @param {number} at */
  function chip(member, at) {
    const { key, title, missing, slot, runs, group } = member;
    const isReference = comparison.reference?.key === key;
    const where = group || runs[0] ? (group ? parted(key)?.folder + ", " + runs.length + " runs" : runs[0].experiment.name) : "";
    const name = make("button", { type: "button", className: "chip-name", title: missing ? title + " " + missing : title + (where && " (" + where + ")") + (isReference ? ": the reference" : ": make it the reference") },
      ...(isReference ? [make("span", { className: "ref", textContent: "ref" })] : []),
      make("bdi", { className: "cut", textContent: cut(title, LONGEST) }), ...(group ? [make("span", { className: "quiet", textContent: "n " + runs.length })] : []),
      ...(missing ? [make("span", { className: "note", textContent: "missing" })] : []));
    name.ariaPressed = String(isReference);
    name.disabled = Boolean(missing);
    const dot = make("button", { type: "button", className: "chip-color", ariaLabel: "Change the color of " + title, title: "Change the color" }, make("i", { className: "dot-key s" + slot }));
    dot.addEventListener("click", async function () {
      await comparison.recolor(key, next(slot));
      box.children[at]?.querySelector(".chip-color")?.focus();
    });
    const close = make("button", { type: "button", className: "button tiny", ariaLabel: "Remove " + title, title: "Remove", textContent: "×" });
    const item = make("span", { className: "chip" + (missing ? " lost" : ""), role: "listitem", draggable: true }, ...(missing ? [] : [dot]), name, close);
    name.addEventListener("click", async function () {
      await comparison.set(keys(), key);
      focus(at);
    });
    close.addEventListener("click", () => remove(at));
    item.addEventListener("keydown", function (/** @type {Happening} */ event) {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Delete" || event.key === "Backspace") remove(at);
      else if (way && event.altKey) move(at, at + way);
      else return;
      event.preventDefault();
    });
    item.addEventListener("dragstart", (/** @type {any} */ event) => event.dataTransfer.setData("text/plain", String(at)));
    item.addEventListener("dragover", (/** @type {any} */ event) => event.preventDefault());
    item.addEventListener("drop", function (/** @type {any} */ event) {
      event.preventDefault();
      const from = parseInt(event.dataTransfer.getData("text/plain"), 10);
      if (from >= 0 && from !== at) move(from, at);
    });
    return item;
  }

  // --- adding ---

  const input = make("input", { type: "text", id: "add-run", inputMode: "search", role: "combobox", ariaLabel: "Add a run", ariaExpanded: "false", ariaAutoComplete: "list", autocomplete: "off", spellcheck: false, placeholder: "Add run: name, lr:0.1" });
  runpages.adding = () => Promise.all(document.getElementById("compare").dataset.search.split(" ").map((src) => runpages.load(src, false)));
  input.addEventListener("focus", () => runpages.adding().then(() => runpages.addMembers(input)), { once: true });

  function show() {
    box.replaceChildren(...comparison.all.map(chip));
  }

  box.after(make("div", { className: "field add-run" }, input));
  document.addEventListener("comparisonchange", show);
})();
