// The filter of metrics leaves those whose names, or notes, have all its words; groups can be folded, one or all.
(function () {
  "use strict";
  const { make } = runpages;

  // Gives what reads the address and filters again. `changed` is called when other cards are in view.
  runpages.metricFilter = function (section, changed) {
    const field = section.querySelector("[data-filter]");
    Object.assign(field, { autocomplete: "off", spellcheck: false });
    const counter = section.querySelector("[data-count]");
    const none = make("p", { className: "empty", hidden: true }, make("span"), " ", make("button", { type: "button", className: "button", textContent: "Clear the filter" }));
    section.append(none);
    const foldAll = section.querySelector("[data-fold]");
    const groups = () => [...section.querySelectorAll("[data-group]")];
    const name = (/** @type {Found} */ group) => group.querySelector("h3").textContent;
    const terms = () => field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const count = (/** @type {number} */ number, /** @type {string} */ word) => number + " " + word + (number === 1 ? "" : "s");
    const closed = () => groups().filter((group) => !group.open).map(name);
    // On a phone large groups come folded.
    const usual = innerWidth < 700 ? groups().filter((group) => group.querySelectorAll(".metric").length > 12).map(name) : [];
    const folded = () => runpages.urlState().get("fold")?.split(",").filter(Boolean).map((name) => name.replace(/%[2-7][\dA-F]/g, decodeURIComponent)) ?? usual;

    /** @param {Found} node @param {string[]} words */
    function hits(node, words) {
      const text = (node.dataset.name + " " + (node.querySelector(".note.warn")?.textContent || "")).toLowerCase();
      return words.every((word) => text.includes(word));
    }

    /** @param {Found} group @param {string[]} words */
    function filterGroup(group, words) {
      const quiet = group.querySelector("summary .quiet");
      const all = group.querySelectorAll("[data-name]").length;
      const left = group.querySelectorAll("[data-name]:not([hidden])").length;
      group.hidden = !left;
      group.open = Boolean(words.length) || !folded().includes(name(group));
      quiet.textContent = words.length ? left + " of " + all : String(all);
      const link = document.querySelector(`.rail [href="#${CSS.escape(group.id)}"]`);
      if (link) link.querySelector(".count").textContent = quiet.textContent;
      link?.classList.toggle("none", !left);
    }

    /** @param {number} left @param {number} all @param {string[]} words */
    function report(left, all, words) {
      counter.textContent = words.length ? left + " of " + all : "";
      none.hidden = !words.length || left === all;
      const text = count(all - left, "metric") + (left ? " without “" + words.join(" ") + "”" : "");
      none.querySelector("span").textContent = left ? text : "No metric matches.";
      runpages.announce(words.length ? left + " of " + count(all, "metric") : "");
    }

    function filter() {
      const words = terms();
      const nodes = [...section.querySelectorAll("[data-name]")];
      for (const node of nodes) node.hidden = !hits(node, words);
      for (const group of groups()) filterGroup(group, words);
      for (const table of section.querySelectorAll(".singles, .of-texts + .cards")) {
        table.hidden = !table.querySelector("[data-name]:not([hidden])");
        if (table.previousElementSibling?.matches(".of-texts")) table.previousElementSibling.hidden = table.hidden;
      }
      foldAll.textContent = groups().every((group) => !group.open) ? "Unfold all" : "Fold all";
      foldAll.hidden = !groups().length;
      report(nodes.filter((node) => !node.hidden).length, nodes.length, words);
      changed();
    }

    // What is left after a choice may end above the screen.
    function show() {
      if (section.getBoundingClientRect().top < 0) section.scrollIntoView();
    }

    /** @param {string[]} names */
    function fold(names) {
      runpages.urlState("fold", names.join() === usual.join() ? null : names.map((name) => name.replace(/[%,]/g, encodeURIComponent)).join(","));
      filter();
    }
    foldAll.addEventListener("click", function () {
      fold(groups().some((group) => group.open) ? groups().map(name) : []);
      show();
    });
    section.addEventListener("toggle", function (event) {
      if (!event.target.matches("[data-group]") || terms().length) return;
      if (closed().join() !== folded().join()) fold(closed());
    }, true);

    field.addEventListener("input", function () {
      runpages.urlState("filter", field.value.trim() || null);
      filter();
      show();
    });
    none.querySelector("button").addEventListener("click", function () {
      field.value = "";
      runpages.urlState("filter", null);
      filter();
      field.focus();
    });

    function restore() {
      const wanted = runpages.urlState().get("filter") || "";
      if (field.value.trim() !== wanted) field.value = wanted;
      filter();
    }
    // What was folded and typed before this script came.
    if (!runpages.urlState().has("fold")) fold(closed());
    if (field.value) runpages.urlState("filter", field.value.trim());
    return restore;
  };
})();
