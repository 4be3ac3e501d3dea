// Single keys press the button, or enter the field, that names them in `data-key`; the help lists what there is.
(function () {
  "use strict";
  const { make } = runpages;
  const help = document.getElementById("help");
  const single = document.getElementById("single-keys");
  const FIELDS = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

  function holders() {
    return [...document.querySelectorAll("[data-key]")].filter((node) => node.checkVisibility());
  }

  /** @param {any} what @param {any} key */
  function row(what, key) {
    return make("div", {}, make("dt", { textContent: what }), make("dd", {}, make("kbd", { textContent: key })));
  }

  function fill() {
    const list = document.getElementById("help-keys");
    list.textContent = "";
    for (const node of holders()) {
      list.append(row(node.dataset.does, node.dataset.key));
    }
    list.append(row("Close", "Esc"));
  }

  function on() {
    return runpages.stored("keys") !== "off";
  }

  addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !on()) return;
    if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
    const node = holders().find((one) => one.dataset.key === event.key);
    if (!node) return;
    event.preventDefault();
    if (node.matches(FIELDS)) node.focus();
    else node.click();
  });

  const button = document.getElementById("help-button");
  button.hidden = false;
  function open() {
    fill();
    single.checked = on();
    runpages.openDialog(help, "help.keys", "open");
  }
  const restore = () => { if (runpages.urlState().has("help.keys") && !help.open) open(); };
  button.addEventListener("click", open);
  addEventListener("statechange", restore);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  single.addEventListener("change", () => runpages.stored("keys", single.checked ? "on" : "off"));
  help.addEventListener("click", function (event) {
    if (event.target === help) help.close();
  });
  restore();
})();
