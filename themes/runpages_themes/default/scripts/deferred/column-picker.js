// The columns of a wide logged table, for a reader to choose.
(function () {
  "use strict";
  const MOST = 100;  // Names in the list at once; the field finds the others.

  const { make } = runpages;

  runpages.ColumnPicker = class {
    /** @param {any} view @param {Found} button */
    constructor(view, button) {
      this.view = view;
      this.button = button;
      this.panel = make("div", { className: "menu", role: "group", ariaLabel: "Columns" });
      this.find = make("input", { type: "search", placeholder: "Find a column", ariaLabel: "Find a column" });
      const label = make("label", { className: "field" });
      label.append(this.find);
      this.list = make("ul", { className: "choices" });
      const foot = make("p", { className: "choice-foot" });
      this.said = make("span");
      const reset = make("button", { type: "button", className: "button", textContent: "Reset" });
      foot.append(this.said, reset);
      this.panel.append(label, this.list, foot);
      this.find.addEventListener("input", () => this.show());
      reset.addEventListener("click", () => { view.choose(new Set(view.first)); this.show(); });
      this.panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
      this.away = (/** @type {Happening} */ event) => { if (!button.parentElement.contains(event.target)) this.close(); };
    }

    open() {
      this.button.after(this.panel);
      this.button.ariaExpanded = "true";
      document.addEventListener("pointerdown", this.away);
      this.show();
      this.find.focus();
    }

    close() {
      document.removeEventListener("pointerdown", /** @type {any} */ (this.away));
      this.panel.remove();
      this.button.ariaExpanded = "false";
      this.button.focus();
    }

    show() {
      const { rows } = this.view;
      const term = this.find.value.toLowerCase();
      const found = rows.columns.filter((/** @type {Column} */ column) => column.name.toLowerCase().includes(term)).slice(0, MOST);
      this.list.replaceChildren(...found.map((/** @type {Column} */ column) => this.choice(column)));
      this.tell();
    }

    tell() {
      this.said.textContent = this.view.shown.length + " of " + this.view.rows.columns.length + " shown";
    }

    /** @param {Column} column */
    choice(column) {
      const item = make("li");
      const label = item.appendChild(make("label"));
      const box = make("input", { type: "checkbox", checked: this.view.shown.includes(column) });
      box.addEventListener("change", () => {
        const chosen = new Set(this.view.shown);
        if (box.checked) chosen.add(column);
        else if (chosen.size > 1) chosen.delete(column);
        box.checked = chosen.has(column);
        this.view.choose(chosen);
        this.tell();
      });
      label.append(box, make("bdi", { textContent: column.name }));
      return item;
    }
  };
})();
