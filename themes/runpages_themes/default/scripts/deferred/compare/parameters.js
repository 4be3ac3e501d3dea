// Parameters and tags of all members, and what differs between their environments.
(function () {
  "use strict";
  const { make, compare: comparison, compareValues: values, compareEnvironment: environment, compareTable: table } = runpages;

  /** @param {CompareValues} row @param {string} kind */
  function line({ name, texts, differs }, kind) {
    const isLong = (/** @type {string | null} */ text) => text !== null && text.length > 24;
    const cells = texts.map(function (text, at) {
      const isMissing = text === null;
      return make("td", { className: "value n" + (differs[at] ? " best" : "") + (isMissing ? " none" : ""), title: isLong(text) ? text : "" }, isMissing ? "–" : text || (kind === "tag" ? "✓" : "“”"));
    });
    return make("tr", {}, make("th", { scope: "row", className: "name", title: name }, make("bdi", { textContent: name }), ...(kind ? [" ", make("span", { className: "quiet small", textContent: kind })] : [])), ...cells);
  }

  /** @param {{ rows: CompareValues[], kind: string }[]} parts @param {string} name */
  const exported = (parts, name) => () => ({
    heads: [name, ...comparison.members.map(({ label }) => label)],
    isNumber: [false, ...comparison.members.map(() => true)],
    rows: parts.flatMap(({ rows, kind }) => rows.map((row) => [(kind ? kind + " " : "") + row.name, ...row.texts.map((text) => text ?? "–")])),
  });

  // The rows that differ, and all others where they are asked for.
  /** @param {string} id @param {string} name @param {{ rows: CompareValues[], kind: string }[]} parts @param {string} label @param {boolean} isFold */
  function valuesCard(id, name, parts, label, isFold) {
    const { members } = comparison;
    const rows = parts.flatMap(({ rows: all }) => all);
    const equal = rows.filter(({ isDifferent }) => !isDifferent).length;
    // Who opens a fold in which nothing differs wants what is equal.
    const isWhole = members.length < 2 || (isFold && equal === rows.length);
    const isAll = isWhole || runpages.urlState().get(id + ".rows") === "all";
    const shown = parts.map(({ rows: all, kind }) => ({ kind, rows: all.filter((row) => isAll || row.isDifferent) }));
    const lines = shown.flatMap(({ rows: all, kind }) => all.map((row) => line(row, kind)));
    if (!lines.length) lines.push(make("tr", {}, make("td", { className: "none", colSpan: members.length + 1, textContent: "Nothing differs." })));
    const foot = isWhole ? [] : equal ? [table.checkbox(id + ".rows", "Show " + equal + " equal", isAll)] : [make("span")];
    const card = table.card(label, name, members, lines, [...foot, ...(foot.length ? [make("span", { className: "note", textContent: "bold = differs from the reference" })] : [])]);
    const check = card.querySelector("input[type=checkbox]");
    if (check) check.dataset.focus = "rows";
    return { card, shown, differ: rows.length - equal };
  }

  comparison.section("parameters", function (box) {
    const { members, reference } = comparison;
    const parts = [{ rows: values.params(members, reference), kind: "" }, { rows: values.tags(members, reference), kind: "tag" }];
    const { card, shown } = valuesCard("parameters", "Parameter", parts, "Parameters and tags", false);
    const words = parts.filter(({ rows }) => rows.length).map(({ rows, kind }) => rows.filter((/** @type {CompareValues} */ { isDifferent }) => isDifferent).length + " of " + rows.length + (kind ? " " + kind + (rows.length === 1 ? "" : "s") : ""));
    table.count("parameters", members.length > 1 ? words.join(", ") + " differ" : "");
    table.tools("parameters", table.exporter("parameters", exported(shown, "parameter")));
    box.replaceChildren(card);
  });

  // --- the environment ---

  // Of two members what differs, of more how many facts.
  function tell() {
    const { members, reference } = comparison;
    if (members.length < 2) return;
    const base = environment.facts(reference.runs);
    const found = members.filter(({ key }) => key !== reference.key).map(({ runs }) => environment.changes(base, environment.facts(runs)));
    const names = new Set(found.flat().map((/** @type {CompareChange} */ { name }) => name));
    const many = names.size + (names.size === 1 ? " fact" : " facts") + " of the environment";
    comparison.tell("environment", members.length === 2 ? environment.inWords(found[0]).join(", ") : names.size ? many : "");
  }

  document.addEventListener("comparisonchange", tell);
  tell();

  /** @param {CompareMember} member @param {string[]} words */
  const sentence = ({ label, slot }, words) => make("div", {}, make("dt", {}, make("i", { className: "dot-key s" + slot }), make("bdi", { className: "cut", textContent: label })), make("dd", { textContent: words.join(", ") || "equal" }));

  comparison.section("environment", function (box) {
    const { members, reference } = comparison;
    const facts = members.map(({ runs }) => environment.facts(runs));
    const base = environment.facts(reference.runs);
    const words = facts.map((one) => environment.inWords(environment.changes(base, one)));
    const captured = facts.filter((one) => one.size).length;
    const others = members.map((member, at) => ({ member, at })).filter(({ member }) => !table.isReference(member));
    const list = make("dl", { className: "kv environment-words" }, ...others.map(({ member, at }) => sentence(member, facts[at].size && base.size ? words[at] : ["not captured"])));
    const names = [...new Set(facts.flatMap((/** @type {Map<string, string>} */ one) => [...one.keys()]))];
    const rows = names.map(function (name) {
      const texts = facts.map((/** @type {Map<string, string>} */ one) => one.get(name) ?? null);
      const differs = texts.map((/** @type {string | null} */ text, /** @type {number} */ at) => facts[at].size > 0 && base.size > 0 && text !== (base.get(name) ?? null));
      return { name: name.replace(/^packages\./, ""), texts, differs, isDifferent: differs.includes(true) };
    });
    const isOpen = runpages.urlState().get("environment.facts") === "open";
    const parts = [{ rows, kind: "" }];
    const { card, shown, differ } = valuesCard("environment", "Fact", parts, "Facts of the environment", true);
    const fold = make("details", { className: "more-of" + (differ ? "" : " all-equal"), open: isOpen }, make("summary", { textContent: differ > 1 ? "Show the " + differ + " facts that differ" : differ ? "Show the fact that differs" : "Show the facts" }), card);
    fold.addEventListener("toggle", () => runpages.urlState("environment.facts", fold.open ? "open" : null));
    table.count("environment", differ ? differ + " of " + rows.length + " facts differ" : captured ? "equal" : "");
    table.tools("environment", table.exporter("environment", exported(shown, "fact")));
    box.replaceChildren(...(words.some((one) => one.length) || captured < members.length ? [list] : []), fold);
  });

  for (const id of ["parameters", "environment"]) table.follow(id);
})();
