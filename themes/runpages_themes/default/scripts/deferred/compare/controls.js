// What the sections of a comparison share: controls whose state is in the address, and the names of members and runs.
(function () {
  "use strict";
  const { cardTools, make, urlState } = runpages;

  // A choice of one of a few, as `[value, text]`, of which the first is the usual one.
  /** @param {string} key @param {string} name @param {string[][]} options @param {(value: string) => void} choose */
  function segments(key, name, options, choose) {
    const asked = urlState().get(key);
    const chosen = options.some(([value]) => value === asked) ? asked : options[0][0];
    const made = make("fieldset", { className: "segments" }, make("legend", { className: "vh", textContent: name }));
    made.dataset.state = key;
    options.forEach(function ([value, text], at) {
      const input = make("input", { type: "radio", name: key, value, defaultChecked: at === 0, checked: value === chosen });
      made.append(make("label", {}, input, text));
    });
    made.addEventListener("change", ({ target: { value } }) => {
      urlState(key, value === options[0][0] ? null : value);
      choose(value);
    });
    return made;
  }

  /** @param {string} key @param {string} name @param {string[][]} options @param {(value: string) => void} choose */
  function select(key, name, options, choose) {
    const asked = urlState().get(key);
    const made = make("select", { ariaLabel: name }, ...options.map(([value, text]) => make("option", { value, textContent: text })));
    made.value = options.some(([value]) => value === asked) ? asked : options[0][0];
    made.dataset.state = key;
    made.addEventListener("change", () => {
      urlState(key, made.value === options[0][0] ? null : made.value);
      choose(made.value);
    });
    return make("label", { className: "compare-choice" }, name, made);
  }

  // What a control has now.
  /** @param {string} key @param {string} usual */
  const state = (key, usual) => urlState().get(key) || usual;

  // The colour of a member as a short line with its dash, or as a dot.
  /** @param {{ slot: number, dash: string }} of */
  function key({ slot, dash }) {
    const { shape } = runpages.runDrawing;
    const line = shape("path", { d: "M0 4h16", ...(dash && { "stroke-dasharray": dash }) });
    return shape("svg", { class: "line-key s" + slot, width: 16, height: 8, "aria-hidden": "true" }, line);
  }
  /** @param {{ slot: number }} of */
  const dot = ({ slot }) => make("i", { className: "dot-key s" + slot });

  /** @param {{ slot: number, label: string }} of */
  const named = (of) => make("span", { className: "compare-run" }, dot(of), make("bdi", { textContent: of.label }));

  // The runs of all members, the reference first: those of a group have its colour and their own numbers.
  /** @param {Comparison} comparison @returns {ComparedRun[]} */
  function runs({ members, reference }) {
    return [reference, ...members.filter((one) => one !== reference)].flatMap((member) => member.runs.map((run) => ({
      member, run, slot: member.slot, dash: member.dash,
      label: member.group ? member.label + " #" + (run.number ?? run.id) : member.label,
    })));
  }

  // Controls of a section, in the row of its name.
  /** @param {Found} box @param {...(Node | string)} tools */
  function headed(box, ...tools) {
    const head = box.closest("section").querySelector(".head");
    head.querySelector(".compare-tools")?.remove();
    head.append(make("div", { className: "compare-tools" }, ...tools));
  }

  // A name within an element's id.
  /** @param {string} prefix @param {string} name */
  const id = (prefix, name) => prefix + "-" + [...name].map((one) => (/[\w-]/.test(one) ? one : "~" + (one.codePointAt(0) || 0).toString(16))).join("");

  // A few names, and how many more there are.
  /** @param {string[]} names */
  const few = (names) => names.slice(0, 6).join(", ") + (names.length > 6 ? " and " + (names.length - 6) + " more" : "");

  /** @param {number} count @param {string} word */
  const counted = (count, word) => count.toLocaleString("en") + " " + word + (count === 1 ? "" : "s");

  // A card of a figure with its head and its tools, which save its own `lines` and `drawing`. `restore` is for when it is on
  // the page.
  /** @param {string} prefix @param {string} name @param {{ lines: () => any[][], drawing?: (draw: () => string) => string }} files */
  function card(prefix, name, { lines, drawing }) {
    const made = make("article", { className: "card compare-card", id: id(prefix, name) });
    const note = make("span", { className: "note cut" });
    made.append(make("div", { className: "card-head" }, make("h3", { className: "cut", dir: "auto", textContent: name, title: name }), note));
    const title = () => made.querySelector("h3").textContent;
    /** @type {NonNullable<CardOwn["acts"]>} */
    const acts = { csv: ["CSV", () => runpages.saveCsv(title(), lines())] };
    if (drawing) acts.svg = ["SVG", () => runpages.save(title(), ".svg", new Blob([runpages.paper.small(drawing(() => runpages.cardPicture.drawing(made)))], { type: "image/svg+xml" }))];
    return { node: made, note, restore: cardTools.follow(made, { acts }) };
  }

  runpages.compareControls = { card, counted, dot, few, headed, id, key, named, runs, segments, select, state };
})();
