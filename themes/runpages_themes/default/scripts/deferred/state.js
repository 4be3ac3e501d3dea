// Controls with `data-state` are in the address: what is set is written there, and what is there is set, whichever control
// it is. A key is the id of the card or section that the control is in, a dot, and the name that `data-state` gives it.
// What is as it was built is not written.
(function () {
  "use strict";
  /** @param {Found} node */
  function key(node) {
    const { state } = node.dataset;
    return state.includes(".") ? state : node.parentElement.closest("[id]").id + "." + state;
  }

  const inputs = (/** @type {Found} */ node) => /** @type {any[]} */ ([...node.querySelectorAll("input")]);

  // Segments have the value of the one that is checked, folds are "open" or "closed", buttons are pressed: "true", "false".
  /** @param {Found} node */
  function value(node) {
    if (node.matches("details")) return node.open ? "open" : "closed";
    if (node.matches("fieldset")) return inputs(node).find((one) => one.checked).value;
    return node.ariaPressed ?? node.value;
  }

  /** @param {Found} node */
  function usual(node) {
    if (node.matches("details")) return node.dataset.usual || "closed";
    if (node.matches("fieldset")) return inputs(node).find((one) => one.defaultChecked).value;
    if (node.matches("button")) return "false";
    return node.matches("select") ? node.options[0].value : node.defaultValue;
  }

  // As by hand, so that a script that listens acts.
  /** @param {Found} node @param {string} wanted */
  function set(node, wanted) {
    if (node.matches("details")) node.open = wanted === "open";
    else if (node.matches("fieldset")) inputs(node).find((one) => one.value === wanted && !one.disabled)?.click();
    else if (node.matches("button")) node.click();
    else {
      node.value = wanted;
      for (const kind of ["input", "change"]) node.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }

  /** @param {Found} node */
  function write(node) {
    const now = value(node);
    runpages.urlState(key(node), now === usual(node) ? null : now);
  }

  /** @param {Found} node */
  function restore(node) {
    const wanted = runpages.urlState().get(key(node)) ?? usual(node);
    if (value(node) !== wanted) set(node, wanted);
  }

  // What was set before this script came.
  runpages.each("[data-state]", (node) => (runpages.urlState().has(key(node)) ? restore : write)(node));
  // First the folds, of which one may then be opened for what the address points at.
  addEventListener("statechange", () => document.querySelectorAll("[data-state]").forEach(restore), true);
  for (const kind of ["input", "change", "click"]) {
    addEventListener(kind, function (event) {
      const node = event.target.closest("[data-state]");
      if (node && node.matches("button") === (kind === "click")) write(node);
    });
  }
  document.addEventListener("toggle", (event) => event.target.matches("[data-state]") && write(event.target), true);
})();
