// A table with a column for each member: its first column stays in sight, and it can be saved.
(function () {
  "use strict";
  const { make, compare: comparison } = runpages;
  const { parted } = runpages.compareMembers;
  const root = document.documentElement.dataset.root || "";

  // The page of a run; of a group the table of its runs.
  /** @param {CompareMember} member */
  function hrefOf({ key, group, runs: [run] }) {
    const query = parted(key)?.query || "";
    return root + (group ? run.page.replace(/[^/]+$/, "index.html#runs?runs.query=") + encodeURIComponent(query) : run.page);
  }

  const isReference = (/** @type {CompareMember} */ { key }) => key === comparison.reference.key;

  /** @param {CompareMember} member */
  function head(member) {
    const { label, title, slot, group, runs } = member;
    const damaged = !group && runs[0].damaged ? [make("span", { className: "note", textContent: " damaged" })] : [];
    const status = !group && !["completed", "none"].includes(runs[0].status.kind) ? [make("span", { className: "note", textContent: " " + runs[0].status.word.toLowerCase() })] : [];
    return make("th", { scope: "col", className: "n", title },
      make("span", { className: "member-head" }, make("i", { className: "dot-key s" + slot }), ...(isReference(member) ? [make("span", { className: "ref", textContent: "ref" })] : []), make("a", { className: "cut", dir: "auto", href: hrefOf(member), textContent: label })),
      ...(group ? [make("span", { className: "sub", textContent: "n " + runs.length })] : []), ...status, ...damaged);
  }

  /** @param {string} name @param {CompareMember[]} members */
  const heads = (name, members) => make("thead", {}, make("tr", {}, make("th", { scope: "col", className: "name", textContent: name }), ...members.map(head)));

  // A card with a table; `foot` is below it.
  /** @param {string} label @param {string} name @param {CompareMember[]} members @param {Found[]} rows @param {(Node | string)[]} foot */
  function card(label, name, members, rows, foot) {
    const table = make("table", { className: "table compare-table" }, heads(name, members), make("tbody", {}, ...rows));
    const scroll = make("div", { className: "card scroll tall inner", role: "group", ariaLabel: label, tabIndex: 0 }, table);
    return make("div", { className: "card compare-card" }, scroll, ...(foot.length ? [make("div", { className: "card-foot table-foot" }, ...foot)] : []));
  }

  /** @param {string} key @param {string} label @param {boolean} isOn */
  function checkbox(key, label, isOn) {
    const input = make("input", { type: "checkbox", checked: isOn });
    input.addEventListener("change", () => choose(key, input.checked ? "all" : null));
    return make("label", { className: "check" }, input, " " + label);
  }

  // What was chosen is in the address, and the section is drawn anew.
  /** @param {string} key @param {string | null} value */
  function choose(key, value) {
    const [section] = key.split(".");
    const focused = /** @type {any} */ (document.activeElement)?.dataset?.focus;
    runpages.urlState(key, value);
    return comparison.redraw(section)?.then(() => focused && document.getElementById(section).querySelector(`[data-focus="${focused}"]`)?.focus());
  }

  // A button that saves what a section shows.
  /** @param {string} name @param {(format: string) => TextTable} made */
  function exporter(name, made) {
    const button = make("button", { type: "button", className: "button framed", textContent: "Export", ariaHasPopup: "true" });
    button.addEventListener("click", async function () {
      await comparison.loads(document.getElementById("compare").dataset.export);
      const { menu, save } = runpages.textTable;
      menu(button, (format) => save("compare " + name, format, made(format)));
      button.click();
    }, { once: true });
    return make("span", { className: "chooser" }, button);
  }

  // The tools at the right of a section's head.
  /** @param {string} id @param {(Node | string)[]} inner */
  function tools(id, ...inner) {
    const section = document.getElementById(id);
    let box = section.querySelector(".compare-tools");
    if (!box) section.querySelector(".head").append(box = make("div", { className: "toolbar compare-tools" }));
    box.replaceChildren(...inner);
  }

  /** @param {string} id @param {string} words */
  function count(id, words) {
    document.getElementById(id).querySelector(".head .count").textContent = words;
  }

  // Controls are read anew when another address comes.
  /** @param {string} id */
  function follow(id) {
    addEventListener("statechange", () => comparison.redraw(id));
  }

  runpages.compareTable = { card, choose, checkbox, exporter, tools, count, follow, isReference, hrefOf };
})();
