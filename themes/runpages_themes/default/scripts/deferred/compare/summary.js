// The head of the page: what is compared, what could not be loaded, and what differs in a line whose parts are links.
(function () {
  "use strict";
  const { make, compare: comparison, compareValues: values } = runpages;
  const { MOST } = runpages.compareMembers;
  const [note, line, button] = ["compare-note", "compare-differs", "compare-link"].map((id) => document.getElementById(id));
  const site = document.title.split(" · ").slice(1).join(" · ");
  /** @type {Map<string, string>} */
  const findings = new Map();

  const count = (/** @type {number} */ n, /** @type {string} */ word) => n + " " + word + (n === 1 ? "" : "s");

  function title() {
    const { members } = comparison;
    const groups = members.filter(({ group }) => group).length;
    const runs = members.length - groups;
    const what = [runs || !groups ? count(runs, "run") : "", groups ? count(groups, "group") : ""].filter(Boolean).join(" and ");
    const names = members.map(({ title: one }) => one);
    document.getElementById("compare-title").textContent = members.length ? "Compare " + what : "Compare runs";
    document.title = [members.length ? "Compare " + names.slice(0, 2).join(", ") + (names.length > 2 ? " and " + (names.length - 2) + " more" : "") : "Compare runs", site].filter(Boolean).join(" · ");
    const experiments = new Map(members.flatMap(({ runs: [run] }) => [[run.experiment.folder, run]]));
    const links = [...experiments.values()].flatMap((run) => [", ", make("a", { href: run.page.replace(/[^/]+$/, "index.html"), dir: "auto", textContent: run.experiment.name })]);
    document.getElementById("compare-of").replaceChildren(...links.slice(1));
  }

  function notes() {
    const { all, asked, members } = comparison;
    const left = asked.length - MOST;
    const runs = document.getElementById("main").dataset.runsPage;
    /** @type {any[]} */
    const found = [];
    if (!all.length) {
      found.push(make("div", { className: "empty" }, make("b", { textContent: "No runs to compare" }),
        make("p", { className: "second" }, "Tick two or more of ", make("a", { href: runs, textContent: "the runs" }), " and press Compare, or add them here by name, id, tag or parameter.")));
    }
    for (const { title: name, missing } of all) if (missing) found.push(make("p", { className: "note" }, make("b", { dir: "auto", textContent: name }), " " + missing + "."));
    if (left > 0) found.push(make("p", { className: "note", textContent: "The first " + MOST + " are compared; " + left + " more are in the address." }));
    if (members.length === 1) found.push(make("p", { className: "compare-one" }, "Add another to see what differs" + (members[0].group ? "." : ":")));
    note.replaceChildren(...found);
    if (members.length === 1 && !members[0].group) runpages.adding().then(() => runpages.offerMembers(members[0], found.at(-1)));
  }

  /** @param {string} id @param {string} words */
  const link = (id, words) => make("a", { href: "#" + id, textContent: words });

  function differs() {
    const { members, reference } = comparison;
    line.hidden = members.length < 2;
    if (line.hidden) return;
    const differing = (/** @type {CompareValues[]} */ rows) => rows.filter(({ isDifferent }) => isDifferent).length;
    const params = values.params(members, reference);
    const [some, tags] = [differing(params), differing(values.tags(members, reference))];
    const parts = [
      some ? link("parameters", some + " of " + count(params.length, "parameter")) : null,
      tags ? link("parameters", count(tags, "tag")) : null,
      ...[...findings].filter(([id, words]) => words && !document.getElementById(id).hidden).map(([id, words]) => link(id, words)),
    ].filter((part) => part !== null);
    const equal = findings.has("environment") ? ["Parameters, tags and environment are equal."] : [];
    line.replaceChildren(...(parts.length ? ["Differ: ", ...parts.flatMap((part) => [", ", part]).slice(1)] : equal));
  }

  // What another section found to differ: `code of 2 files`; an empty text for nothing.
  comparison.tell = function (id, words) {
    findings.set(id, words);
    differs();
  };

  // Whether the code differs is known before it is loaded.
  function code() {
    const ids = new Set(comparison.members.flatMap(({ runs }) => runs.map(({ snapshot }) => snapshot || "")));
    findings.set("code", ids.size > 1 ? "code" : "");
  }

  button.addEventListener("click", async function () {
    try {
      await navigator.clipboard.writeText(location.href);
      runpages.announce("Link copied");
    } catch {
      runpages.announce("Copying was not allowed; the link is in the address bar");
    }
  });

  document.addEventListener("comparisonchange", function () {
    button.hidden = !navigator.clipboard || !comparison.all.length;
    title();
    notes();
    code();
    differs();
  });
})();
