// What a reader opens comes with its scripts when it is opened: the help, large pictures, cards as files, documents.
(function () {
  "use strict";
  const src = /** @type {string} */ (document.documentElement.dataset.opened);
  runpages.opened = () => runpages.load(src, false);

  /** @param {() => unknown} [act] */
  const open = (act) => void runpages.opened().then(act, (error) => runpages.announce(error.message));
  const isFree = () => !document.querySelector("dialog[open]");
  const help = () => open(() => isFree() && runpages.help());
  function restore() {
    if (runpages.urlState().has("help.keys") && isFree()) help();
  }

  document.getElementById("help-button").addEventListener("click", help);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  document.addEventListener("toggle", (event) => event.target.matches(".document") && open(), true);
  if (document.querySelector(".document[open]")) open();
  addEventListener("statechange", restore);
  restore();
})();
