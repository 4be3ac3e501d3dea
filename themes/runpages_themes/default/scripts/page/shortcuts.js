// Single keys press the button, or enter the field, that names them in `data-key`; the help lists what there is.
(function () {
  "use strict";
  const FIELDS = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

  addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || runpages.stored("keys") === "off") return;
    if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
    const node = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key && one.checkVisibility());
    if (!node) return;
    event.preventDefault();
    if (node.matches(FIELDS)) node.focus();
    else node.click();
  });
})();
