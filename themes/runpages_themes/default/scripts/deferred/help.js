// The help lists the single keys of the page, which can be turned off; it is the dialog `help.keys` of the address.
(function () {
  "use strict";
  const { make } = runpages;
  const help = document.getElementById("help");
  const single = document.getElementById("single-keys");

  /** @param {string} what @param {string} key */
  function row(what, key) {
    return make("div", {}, make("dt", { textContent: what }), make("dd", {}, make("kbd", { textContent: key })));
  }

  function open() {
    const holders = [...document.querySelectorAll("[data-key]")].filter((node) => node.checkVisibility());
    document.getElementById("help-keys").replaceChildren(...holders.map(({ dataset }) => row(dataset.does, dataset.key)), row("Close", "Esc"));
    single.checked = runpages.stored("keys") !== "off";
    runpages.openDialog(help, "help.keys", "open");
  }

  function restore() {
    if (runpages.urlState().has("help.keys") && !help.open) open();
  }

  document.getElementById("help-button").addEventListener("click", open);
  single.addEventListener("change", () => runpages.stored("keys", single.checked ? "on" : "off"));
  help.addEventListener("click", function (event) {
    if (event.target === help) help.close();
  });
  // Of every dialog.
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  addEventListener("statechange", restore);
  restore();
})();
