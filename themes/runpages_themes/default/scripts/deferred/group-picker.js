// The button and the list of parameters and tags to group runs by; what shows the groups is loaded when there are some.
(function () {
  "use strict";
  const MOST = 100;  // Names in the list at once; the field finds the others.
  const { make, runsTable: model } = runpages;

  /** @param {Found} button */
  function arm(button) {
    const find = make("input", { type: "search", placeholder: "Find a parameter or tag", ariaLabel: "Find a parameter or tag" });
    const list = make("ul", { className: "choices" });
    const reset = make("button", { type: "button", className: "button", textContent: "No groups" });
    const foot = make("span");
    const menu = make("div", { className: "menu", role: "group", ariaLabel: "Group by" }, make("label", { className: "field" }, find), list, make("p", { className: "choice-foot" }, foot, reset));

    /** @param {RunColumn} column */
    function choice({ key, name, kind }) {
      const box = make("input", { type: "checkbox", checked: model.groupBy.includes(key) });
      box.addEventListener("change", () => model.setGroup(box.checked ? [...model.groupBy, key] : model.groupBy.filter((one) => one !== key)));
      return make("li", {}, make("label", {}, box, make("bdi", { textContent: name }), ...(kind === "tag" ? [" ", make("span", { className: "quiet", textContent: "tag" })] : [])));
    }

    // What is chosen first, then what varies.
    function fill() {
      const term = find.value.toLowerCase();
      const columns = model.columns.filter(({ kind }) => kind === "param" || kind === "tag");
      const rank = (/** @type {RunColumn} */ { key, varies }) => (model.groupBy.includes(key) ? 0 : varies ? 1 : 2);
      const found = columns.filter(({ name }) => name.toLowerCase().includes(term)).sort((a, b) => rank(a) - rank(b));
      list.replaceChildren(...found.slice(0, MOST).map(choice));
      foot.textContent = `${found.length} of ${columns.length} parameters and tags`;
    }

    find.addEventListener("input", fill);
    reset.addEventListener("click", () => {
      model.setGroup([]);
      menu.close();
    });
    runpages.menu(button, menu, fill);
  }

  const section = document.getElementById("groups");
  const button = document.querySelector("#runs-group > button");
  const chosen = button.querySelector("span");

  function show() {
    const isGrouped = model.groupBy.length > 0;
    chosen.textContent = isGrouped ? "Group: " + model.groupBy.map((key) => model.column(key).name).join(", ") : "Group";
    button.classList.toggle("on", isGrouped);
    section.hidden = !isGrouped;
    document.getElementById("runs-section").classList.toggle("grouped", isGrouped);
    if (!isGrouped) return;
    for (const src of section.dataset.needs.split(" ")) {
      if (src.endsWith(".js")) runpages.load(src, false).catch((error) => runpages.announce(error.message));
      else if (!document.querySelector(`link[href="${src}"]`)) document.head.append(make("link", { rel: "stylesheet", href: src }));
    }
  }

  document.addEventListener("runs-grouped", show);
  // Not before there are names to choose from: keys that were pressed in an empty menu would reach another control.
  model.ready.then(() => {
    arm(button);
    show();
  });
})();
