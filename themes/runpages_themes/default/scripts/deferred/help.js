// The help lists the single keys of the page, which can be turned off; it is the dialog `help.keys` of the address.
(function () {
  "use strict";
  const { make } = runpages;
  const keys = make("dl", { className: "keys" });
  const single = /** @type {any} */ (make("input", { type: "checkbox", id: "single-keys" }));
  const choice = make("p", { className: "keys-switch" }, make("label", {}, single, " Single-letter keys"));
  const help = runpages.dialog("help", "Keyboard", "", keys, choice);

  // What no button has: where it can be done, what it does, and the keys or words.
  const MORE = [
    [".runs", "Run", "j k x"],
    ["#metrics .chart", "Point of a chart", "← → Home End"],
    ["#metrics .chart", "Ten points of a chart", "PgUp PgDn"],
    ["#metrics .chart", "Reset zoom", "Esc"],
    [".cells-of", "Cell of a matrix", "← → ↑ ↓"],
    [".gallery", "Large image: previous, next", "← →"],
    [".gallery", "Large image: zoom, fit, full size", "+ − 0 1"],
    [".gallery", "Large image: move", "Shift ← → ↑ ↓"],
    ["[data-find]", "Log: next, previous match", "Enter, Shift Enter"],
    [".file-tree", "File", "↑ ↓ Home End"],
    ["[data-rows]", "Filter rows: text", 'dog "two words"'],
    ["[data-rows]", "Filter rows: text of a column", "label:dog label=dog"],
    ["[data-rows]", "Filter rows: numbers", "prob>0.9 step<=3"],
  ];

  /** @param {string} what @param {string} key */
  function row(what, key) {
    return make("div", {}, make("dt", { textContent: what }), make("dd", {}, make("kbd", { textContent: key })));
  }

  function open() {
    const holders = [...document.querySelectorAll("[data-key]")].filter((node) => node.checkVisibility());
    keys.replaceChildren(...holders.map((node) => row(node.dataset.does || node.ariaLabel || node.title, node.dataset.key)), ...MORE.filter(([where]) => document.querySelector(where)).map(([, what, keys]) => row(what, keys)), row("Close", "Esc"));
    single.checked = runpages.stored("keys") !== "off";
    runpages.openDialog(help, "help.keys", "open");
  }

  single.addEventListener("change", () => runpages.stored("keys", single.checked ? "on" : "off"));
  help.addEventListener("click", function (event) {
    if (event.target === help) help.close();
  });
  runpages.help = open;
})();
