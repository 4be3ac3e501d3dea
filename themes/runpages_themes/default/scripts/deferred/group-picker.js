// The list of parameters and tags to group runs by.
(function () {
  "use strict";
  const MOST = 100;  // Names in the list at once; the field finds the others.
  const { make } = runpages;

  /** @param {Found} button @param {() => RunColumn[]} columns @param {() => string[]} chosen @param {(keys: string[]) => void} choose */
  runpages.groupPicker = function (button, columns, chosen, choose) {
    const find = make("input", { type: "search", placeholder: "Find a parameter or tag", ariaLabel: "Find a parameter or tag" });
    const list = make("ul", { className: "choices" });
    const reset = make("button", { type: "button", className: "button", textContent: "No groups" });
    const menu = make("div", { className: "menu", role: "group", ariaLabel: "Group by" }, make("label", { className: "field" }, find), list, make("p", { className: "choice-foot" }, make("span"), reset));

    /** @param {RunColumn} column */
    function choice({ key, name, kind }) {
      const box = make("input", { type: "checkbox", checked: chosen().includes(key) });
      box.addEventListener("change", () => choose(box.checked ? [...chosen(), key] : chosen().filter((one) => one !== key)));
      return make("li", {}, make("label", {}, box, make("bdi", { textContent: name }), ...(kind === "tag" ? [make("span", { className: "quiet", textContent: "tag" })] : [])));
    }

    function show() {
      const term = find.value.toLowerCase();
      const rank = (/** @type {RunColumn} */ { key, varies }) => (chosen().includes(key) ? 0 : varies ? 1 : 2);
      const found = columns().filter(({ name }) => name.toLowerCase().includes(term)).sort((a, b) => rank(a) - rank(b));
      list.replaceChildren(...found.slice(0, MOST).map(choice));
      menu.lastElementChild?.firstElementChild?.replaceChildren(`${columns().length} parameters and tags`);
    }

    function close() {
      document.removeEventListener("pointerdown", /** @type {any} */ (away));
      menu.remove();
      button.ariaExpanded = "false";
      button.focus();
    }

    const away = (/** @type {Happening} */ event) => { if (!button.parentElement.contains(event.target)) close(); };
    find.addEventListener("input", show);
    reset.addEventListener("click", () => { choose([]); close(); });
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    return {
      close,
      open() {
        button.after(menu);
        button.ariaExpanded = "true";
        document.addEventListener("pointerdown", /** @type {any} */ (away));
        show();
        find.focus();
      },
    };
  };
})();
