// The tools of a card: what it shows as a file, and a large view. A card may bring tools of its own, which come first; those
// with the name of a common one replace it.
(function () {
  "use strict";
  const { make, announce } = runpages;
  /** @type {Found | undefined} */
  let dialog;

  // --- files ---

  const name = (/** @type {Found} */ card) => card.querySelector("h3, h4").textContent;

  /** @param {Found} table */
  function rows(table) {
    return [...table.rows].map((row) => [...row.cells].map((cell) => cell.dataset.n ?? (cell.title || cell.textContent).trim()));
  }

  // The counts of a matrix; of others, their data.
  /** @param {Found} card */
  async function csv(card) {
    const { diagnostics } = document.getElementById("charts")?.dataset || {};
    const large = card.querySelector(".cells-of");
    const more = large && (await runpages.load(diagnostics))[Number(large.dataset.more)];
    if (more) return runpages.saveCsv(name(card), [["", ...more.labels], ...more.counts.map((/** @type {number[]} */ counts, /** @type {number} */ at) => [more.labels[at], ...counts])]);
    const tables = [...card.querySelectorAll(".matrix")];
    const sheets = tables.length ? tables : [...card.querySelectorAll(".points table, .rows, .data-rows table")];
    const parts = sheets.map(function (sheet) {
      const above = sheet.parentElement.previousElementSibling;
      const title = sheets.length > 1 && above?.matches("h4") ? [[above.textContent]] : [];
      return [...title, ...(sheet.matches("table") ? rows(sheet) : sheet.textContent.trim().split("\n").map((/** @type {string} */ row) => row.split("\t")))];
    });
    runpages.saveCsv(name(card), parts.flatMap((part, at) => (at ? [[], ...part] : part)));
  }

  // --- the large view ---

  // The card in a dialog, below others that are moved with it; a comment keeps the place of each. `key` and `value` are how
  // the address names it; `drawn` is called when the card has its room, and again when it is back.
  /** @param {Found} card @param {CardLarge} how */
  function enlarge(card, { key = card.id + ".large", value = "open", others = [], drawn } = {}) {
    const view = dialog ??= runpages.dialog("large", "", "large", make("div", { className: "large-body" }));
    const back = [...others, card].map(function (node) {
      const home = document.createComment("");
      node.replaceWith(home);
      view.querySelector(".large-body").append(node);
      return () => home.replaceWith(node);
    });
    view.querySelector("h2").textContent = name(card);
    runpages.openDialog(view, key, value);
    drawn?.(true);
    view.addEventListener("close", function () {
      for (const one of back) one();
      drawn?.(false);
      card.querySelector("[data-act=enlarge]")?.focus({ preventScroll: true });
    }, { once: true });
  }

  /** @param {"png" | "svg"} kind */
  const saved = (kind) => async (/** @type {Found} */ card) => {
    await runpages.opened();
    await runpages.cardPicture[kind](card);
  };

  // The common tools of a card, by what is in it.
  /** @param {Found} card @returns {CardOwn["acts"]} */
  function common(card) {
    const hasRows = card.querySelector("table, .rows, .cells") && !card.querySelector("[data-csv]");
    const isDrawn = card.matches(".run-chart") || card.querySelector(".chart, .cells, .matrix");
    return { ...(hasRows ? { csv: ["CSV", csv] } : {}), ...(isDrawn ? { png: ["PNG", saved("png")], svg: ["SVG", saved("svg")] } : {}) };
  }

  /** @param {Found} card @param {CardOwn} own */
  function arm(card, { acts = {}, home = card.querySelector(".card-head"), large = enlarge }) {
    if (card.querySelector(".card-tools")) return;
    /** @type {NonNullable<CardOwn["acts"]>} */
    const known = { ...acts, ...common(card), ...acts, enlarge: ["Enlarge", large] };
    const tools = make("span", { className: "card-tools", role: "group", ariaLabel: "Tools of " + name(card) }, ...Object.entries(known).map(function ([act, [textContent]]) {
      const made = make("button", { type: "button", className: "button tiny", textContent });
      made.dataset.act = act;
      return made;
    }));
    tools.addEventListener("click", async function (event) {
      const act = event.target.closest("button")?.dataset.act;
      try {
        await known[act]?.[1](card);
      } catch (error) {
        announce(/** @type {Error} */ (error).message);
      }
    });
    home.append(tools);
  }

  // The tools come when the card is touched, and the large view where the address asks for it: what is given asks again,
  // for a card that comes to the page later.
  /** @param {Found} card @param {CardOwn} own */
  function follow(card, own = {}) {
    const wake = () => arm(card, own);
    for (const kind of ["pointerenter", "focusin"]) card.addEventListener(kind, wake, { once: true });
    if (card.matches(":hover, :focus-within") || matchMedia("(hover: none)").matches) wake();
    function restore() {
      if (!runpages.urlState().has(card.id + ".large") || document.querySelector("dialog[open]") || !card.isConnected) return;
      wake();
      enlarge(card);
    }
    addEventListener("statechange", restore);
    restore();
    return restore;
  }

  runpages.cardTools = { arm, enlarge, follow };
  runpages.each("#charts .card:not(.run-chart):has(.chart, .cells, .matrix), .logged", (card) => follow(card));
})();
