// Two members beside each other as cards of what changed: files or logs. The texts of those that are open are loaded and
// compared; the controls of the section are in the address.
(function () {
  "use strict";
  const { make, urlState } = runpages;
  // Cards that are compared at once, and changed lines up to which they are open.
  const [EAGER, OPEN] = [20, 200];
  // Cards at once: those of 2,000 files would take seconds.
  const PAGE = 50;
  const NS = "http://www.w3.org/2000/svg";

  function turn() {
    const made = document.createElementNS(NS, "svg");
    const path = document.createElementNS(NS, "path");
    made.setAttribute("class", "i s turn");
    made.setAttribute("viewBox", "0 0 16 16");
    made.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "m4 6 4 4 4-4");
    made.append(path);
    return made;
  }

  const spelled = (/** @type {number} */ count) => count.toLocaleString("en-US");
  const plural = (/** @type {number} */ count, /** @type {string} */ word) => spelled(count) + " " + word + (count === 1 ? "" : "s");
  const spaces = (/** @type {string} */ line) => line.replace(/\s+/g, "");

  // --- a card ---

  /** @param {ChangeEntry} entry @param {ChangeView} view */
  function card(entry, view) {
    const counts = make("span", { className: "right" });
    const about = make("span", { className: "note cut", textContent: [entry.state, entry.note].filter(Boolean).join(", ") });
    const name = make("code", { className: "cut", dir: "auto", title: entry.name, textContent: entry.name });
    const body = make("div", { className: "change-body" });
    const box = make("details", { className: "card changed" }, make("summary", {}, turn(), name, about, counts), body);
    /** @type {Promise<number> | null} */
    let compared = null;

    // Compare the texts; the number of changed lines.
    function compare() {
      compared ??= entry.texts().then(function (texts) {
        if (typeof texts === "string") {
          body.append(make("p", { className: "note empty-note", textContent: texts }));
          return 0;
        }
        let count = 0;
        let isCounted = false;
        texts.forEach(function ({ label, sides, values }, at) {
          if (values) return body.append(valuesTable(values));
          const rows = runpages.textDiff(sides[0].lines, sides[1].lines, view.key);
          const [added, removed] = ["+", "-"].map((sign) => rows.filter((row) => row.sign === sign).length);
          if (!isCounted) counts.replaceChildren(make("span", { className: "came", textContent: "+" + spelled(added) }), " ", make("span", { className: "went", textContent: "−" + spelled(removed) }));
          isCounted = true;
          count += added + removed;
          body.append(part(rows, sides, label, at > 0));
        });
        return count;
      }, function (error) {
        body.append(make("p", { className: "note empty-note", textContent: error.message }));
        return 0;
      });
      return compared;
    }

    // The first text is open, others are folded in the card; each is drawn when it is seen.
    /** @param {TextChange[]} rows @param {CodeLines[]} sides @param {string} label @param {boolean} isFolded */
    function part(rows, sides, label, isFolded) {
      const isEqual = rows.every((row) => row.sign === " ");
      const drawn = () => (isEqual ? make("p", { className: "note empty-note", textContent: view.key ? "Only what is ignored differs" : "No line differs, only line ends or the end of the file" }) : runpages.diffView(rows, sides, view.isSplit, entry.name));
      const inner = make("div");
      const place = isFolded ? make("details", { className: "change-more" }, make("summary", { textContent: label + (isEqual ? ", equal" : ", changed") }), inner) : inner;
      const draw = () => inner.firstChild || inner.append(drawn());
      if (isFolded) place.addEventListener("toggle", draw, { once: true });
      else if (box.open) draw();
      else box.addEventListener("toggle", draw, { once: true });
      return place;
    }

    // Paper has what is open: all others would have to be loaded.
    box.dataset.shown = "";
    box.addEventListener("toggle", () => box.open && compare());
    return { box, compare };
  }

  // What changed by key: a path with its value before and after.
  /** @param {NonNullable<ChangeText["values"]>} values */
  function valuesTable(values) {
    if (!values.length) return make("p", { className: "note empty-note", textContent: "No value differs, only the order or the layout" });
    const cell = (/** @type {string | null} */ text, /** @type {string} */ className) => make("td", { className: text === null ? "none" : className, textContent: text ?? "–" });
    const rows = values.map(({ name, before, after }) => make("tr", {}, make("th", { scope: "row", dir: "auto", textContent: name }), cell(before, "del"), make("td", { className: "quiet", textContent: "→" }), cell(after, "add")));
    return make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "Values that differ" }, make("table", { className: "table diff-values" }, make("tbody", {}, ...rows)));
  }

  // Cards of the first files; further ones come at a press, and their names can be searched in the page before.
  /** @param {{ box: Found, name: string }[]} cards @param {string} what */
  function paged(cards, what) {
    const box = make("div", { className: "changed" });
    /** @param {number} from @param {boolean} isFocused */
    function show(from, isFocused) {
      const rest = cards.slice(from + PAGE);
      box.querySelector(".change-rest")?.remove();
      box.append(...cards.slice(from, from + PAGE).map((one) => one.box));
      if (isFocused) cards[from].box.querySelector("summary").focus();
      if (!rest.length) return;
      const more = make("button", { type: "button", className: "button framed", textContent: "Show " + Math.min(PAGE, rest.length) + " more" });
      more.addEventListener("click", () => show(from + PAGE, true));
      box.append(make("div", { className: "change-rest" }, more, namesOf(rest.map(({ name }) => name), "further " + what)));
    }
    show(0, false);
    return box;
  }

  // A fold of names, in which the page can be searched while it is closed.
  /** @param {string[]} names @param {string} what */
  function namesOf(names, what) {
    const list = make("div", { className: "change-names", textContent: names.join("\n") });
    return make("details", { className: "card changed" }, make("summary", {}, turn(), make("span", { textContent: plural(names.length, what) })), list);
  }

  // --- a section ---

  /** @param {string} legend @param {string} id @param {string[][]} choices @param {(value: string) => void} use */
  function segments(legend, id, choices, use) {
    const made = make("fieldset", { className: "segments" }, make("legend", { className: "vh", textContent: legend }), ...choices.map(([key, word]) => make("label", {}, make("input", { type: "radio", name: id, value: key }), word)));
    made.addEventListener("change", (event) => use(event.target.value));
    return made;
  }

  /** @param {string} word @param {(checked: boolean) => void} use */
  function toggle(word, use) {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => use(box.checked));
    return make("label", { className: "change-switch" }, box, word);
  }

  // The member beside the reference: as the address says, else the first.
  /** @param {string} id @param {Comparison} comparison */
  function others(id, comparison) {
    const all = comparison.members.filter((one) => one !== comparison.reference);
    return { all, chosen: all.find((one) => one.key === urlState().get(id + ".with")) || all[0] };
  }

  /** @param {CompareMember} member */
  const named = ({ label, group }) => make("bdi", { textContent: label + (group ? " (first run)" : "") });

  /** @param {ChangeSection} section */
  function changeCards({ id, what, ignores, collect, normal, inWords }) {
    const head = document.getElementById(id).querySelector(".head");
    const tools = make("div", { className: "change-tools" });
    head.append(tools);
    let [turns, shown, offered] = [0, "", ""];
    /** @type {string | null} */
    let words = null;
    let redraw = () => {};

    /** @param {Found} box @param {Comparison} comparison */
    async function draw(box, comparison) {
      redraw = () => draw(box, comparison).catch((error) => runpages.announce(error.message));
      const { reference } = comparison;
      const { all, chosen } = others(id, comparison);
      if (!chosen) return false;
      const isSplit = urlState().get(id + ".view") === "split";
      const isIgnored = urlState().has(id + ".ignore") !== Boolean(normal);
      const asked = [reference, chosen, ...all].map((one) => one.key + one.label).concat(String(isSplit), String(isIgnored)).join("\n");
      if (asked === shown) {
        tell(comparison);
        return true;
      }
      const mine = ++turns;
      shown = ""; // Not what it was, and not yet what is asked.
      const key = isIgnored ? normal || spaces : undefined;
      const found = await collect(reference, chosen, comparison, key);
      if (mine !== turns) return true;
      if (!found && all.length === 1) return false;
      controls(all, chosen, isSplit, isIgnored);
      head.querySelector(".count").replaceChildren(named(reference), " → ", named(chosen));
      if (!found) box.replaceChildren(make("p", { className: "note", textContent: `Neither of these two has any ${what}s` }));
      else await fill(box, found, { isSplit, key }, () => mine === turns);
      shown = asked;
      const count = found ? found.entries.filter(({ state }) => state !== "equal").length : 0;
      // Of several members only this pair is known.
      const isKnown = inWords && found?.entries.length && (count || all.length === 1);
      words = !isKnown ? null : count ? inWords(count) + (all.length > 1 ? ` (${reference.label} → ${chosen.label})` : "") : "";
      tell(comparison);
      return true;
    }

    /** @param {Comparison} comparison */
    function tell(comparison) {
      if (words !== null) comparison.tell(id, words);
    }

    // The controls stay what they are while only their values change, so that the focus stays.
    /** @param {CompareMember[]} all @param {CompareMember} chosen @param {boolean} isSplit @param {boolean} isIgnored */
    function controls(all, chosen, isSplit, isIgnored) {
      const names = all.map((one) => one.key + one.label).join("\n");
      if (offered !== names) {
        offered = names;
        /** @param {string} name @param {string | null} value */
        const set = function (name, value) {
          urlState(id + "." + name, value);
          redraw();
        };
        const select = make("select", { ariaLabel: "Compare with" }, ...all.map((one) => make("option", { value: one.key, textContent: one.label })));
        select.addEventListener("change", () => set("with", select.value === all[0].key ? null : select.value));
        tools.replaceChildren(
          ...(all.length > 1 ? [select] : []),
          toggle(ignores, (isOn) => set("ignore", isOn === Boolean(normal) ? null : String(isOn))),
          segments("Layout of changes", id + "-view", [["", "Unified"], ["split", "Side by side"]], (value) => set("view", value || null)),
        );
      }
      for (const input of tools.querySelectorAll("input")) input.checked = input.type === "checkbox" ? isIgnored : (input.value === "split") === isSplit;
      for (const select of tools.querySelectorAll("select")) select.value = chosen.key;
    }

    /** @param {Found} box @param {ChangeList} found @param {ChangeView} view @param {() => boolean} isCurrent */
    async function fill(box, found, view, isCurrent) {
      const changed = found.entries.filter(({ state }) => state !== "equal");
      const names = found.entries.filter(({ state }) => state === "equal").map(({ name }) => name);
      const cards = changed.map((entry) => ({ name: entry.name, ...card(entry, view) }));
      let open = 0;
      for (const one of cards.slice(0, EAGER)) {
        const count = await one.compare();
        if (!isCurrent()) return;
        one.box.open = open + count <= OPEN || one === cards[0];
        if (one.box.open) open += count;
      }
      const differ = !found.entries.length ? [] : [changed.length ? `. ${spelled(changed.length)} of ${plural(found.entries.length, what)} ${changed.length === 1 ? "differs" : "differ"}.` : `. All ${what}s are equal.`];
      box.replaceChildren(make("p", { className: "note change-about" }, ...found.about, ...differ), paged(cards, what), ...(names.length ? [namesOf(names, "equal " + what)] : []));
    }

    addEventListener("statechange", () => redraw());
    return draw;
  }

  runpages.changeCards = changeCards;
})();
