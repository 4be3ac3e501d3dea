// The field for the query of the runs: it marks names and mistakes at their places, and completes names and values.
(function () {
  "use strict";
  const { make, runsTable, runQuery, runFilter, runCells, runsTerms } = runpages;
  const [MOST, REST, LARGE] = [12, 150, 20000];
  const FIELDS = [["status", "is completed, failed …"], ["tag", "has a tag"], ["after", "started at or after a date"], ["before", "started before a date"], ["number", ""], ["title", "contains"], ["id", "contains"], ["host", "contains"], ["commit", "contains"], ["note", "contains"], ["duration", "in seconds"]];
  const SIGNS = [[":", "is, also 1..3 or a,b"], ["<", "less than"], ["<=", "at most"], [">", "greater than"], [">=", "at least"], ["!=", "is another"]];

  const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
  const FRAGMENT = new RegExp(String.raw`(-?)((?:${QUOTED}|[^\s"():=<>!,]|\w+\([^()]*\)?)*)(?:(:|!=|<=|>=|=|<|>)((?:${QUOTED}|[^\s"()])*(?:"(?:[^"\\]|\\.)*)?))?$`);

  // --- completion ---

  // What is being written at the caret: from where, a name, and after a sign the beginning of a value.
  /** @param {string} text */
  function fragment(text) {
    const [whole, minus, name, sign, value] = /** @type {string[]} */ (FRAGMENT.exec(text) || []);
    const start = text.length - whole.length;
    return { start, at: start + minus.length, name, sign, value };
  }

  /** @param {string} term */
  function names(term) {
    const low = term.toLowerCase();
    const found = FIELDS.filter(([name]) => name.startsWith(low) && (!["host", "commit", "note"].includes(name) || runsTable.column("run:" + name)?.count)).map(([name, note]) => ({ text: name + ":", name, note }));
    for (const kind of ["param", "metric", "tag"]) {
      for (const column of runsTable.columns) {
        if (column.kind !== kind || !column.name.toLowerCase().includes(low.replace(/^"/, ""))) continue;
        const name = runFilter.nameOf(column, runsTable.columns);
        found.push({ text: column.type === "words" ? name + ":" : name, name, note: kind === "metric" ? "metric, " + (runCells.labelOf(column, runsTable.usual(column.key))) : kind === "param" ? "parameter" : "tag" });
      }
    }
    return found;
  }

  // The values of a column that hold what is written, the most frequent first.
  /** @param {RunNeed} need @param {string} value */
  async function values({ key, aggregate }, value) {
    const low = value.replace(/^"/, "").toLowerCase();
    const found = runsTerms.counts(await runsTable.load(key, aggregate), runsTable.count).filter(([text]) => text.toLowerCase().includes(low));
    // How many of a part have a value would mislead.
    const note = (/** @type {number} */ count) => (runsTable.count < runsTable.whole ? "" : runCells.counted(count));
    return found.slice(0, MOST).map(([text, count]) => ({ text: runQuery.spelledValue(text), name: text || "(empty)", note: note(count) }));
  }

  // What may stand at the caret, and from where on it replaces what is there.
  /** @param {string} text */
  async function suggestions(text) {
    const { at, name, sign, value } = fragment(text);
    if (sign) {
      const start = text.length - value.length + value.lastIndexOf(",") + 1;
      if (name === "tag") return { from: start, found: runsTable.columns.filter((one) => one.kind === "tag" && one.name.toLowerCase().includes(text.slice(start).toLowerCase())).slice(0, MOST).map((one) => ({ text: runQuery.spelledValue(one.name), name: one.name, note: String(one.count) })) };
      const need = (sign === ":" || sign === "=" || sign === "!=") && runFilter.named(name, runsTable.columns);
      if (!need || ["run:id", "run:started", "run:note"].includes(need.key)) return { from: start, found: [] };
      return { from: start, found: await values(need, text.slice(start)) };
    }
    const need = name && runFilter.named(name, runsTable.columns);
    const isWhole = need && runFilter.nameOf(runsTable.column(need.key), runsTable.columns) === name && runsTable.column(need.key).type === "numbers";
    const signs = isWhole ? SIGNS.map(([text, note]) => ({ text: name + text, name: name + text, note })) : [];
    return { from: at, found: [...signs, ...names(name).filter((one) => one.name !== name)].slice(0, MOST) };
  }

  // Whether more text may make it right; what is quoted of it is wrong already.
  const isUnfinished = (/** @type {any} */ error) => error.end >= runsTable.query.trimEnd().length && !error.message.includes("“");

  // --- the field ---

  class Box {
    /** @param {Found} section */
    constructor(section) {
      this.field = section.querySelector("#runs-query");
      this.box = this.field.closest(".query");
      this.marks = this.box.querySelector(".query-marks");
      this.list = this.box.querySelector("[role=listbox]");
      this.error = this.box.querySelector(".query-error");
      this.clear = this.box.querySelector("[data-clear]");
      this.chosen = -1;
      this.from = 0;
      this.end = 0;
      /** @type {any[]} */
      this.found = [];
      this.turn = 0;
      // Whether the reader says that it is the whole query.
      this.isEntered = false;
      this.listen();
      if (this.field.value.trim() && !runsTable.query) runsTable.setQuery(this.field.value);
      else this.show();
    }

    listen() {
      const { field, list } = this;
      let timer = 0;
      field.addEventListener("input", () => {
        clearTimeout(timer);
        this.isEntered = false;
        timer = setTimeout(() => this.ask(this.finished()), runsTable.count > LARGE ? REST : 0);
        this.mark();
        this.suggest();
      });
      field.addEventListener("focus", () => this.suggest());
      field.addEventListener("click", () => this.suggest());
      field.addEventListener("blur", () => {
        this.close();
        if (field.value.trim() !== runsTable.query.trim()) this.ask(field.value);
        else this.show();
      });
      field.addEventListener("scroll", () => { this.marks.style.transform = "translateX(" + -field.scrollLeft + "px)"; });
      field.addEventListener("keydown", (/** @type {Happening} */ event) => this.key(event));
      // A press on the list must not take the focus from the field.
      list.addEventListener("pointerdown", (/** @type {Happening} */ event) => event.preventDefault());
      list.addEventListener("click", (/** @type {Happening} */ event) => {
        const at = [...list.children].indexOf(event.target.closest("li"));
        if (at >= 0) this.take(at);
      });
      this.clear.addEventListener("click", () => {
        this.write("");
        field.focus();
      });
      document.addEventListener("runs-shown", () => this.show());
    }

    /** @param {string} text */
    write(text) {
      this.field.value = text;
      this.mark();
      this.ask(this.finished());
    }

    /** @param {string} query */
    ask(query) {
      runsTable.setQuery(query).catch((error) => runpages.announce(error.message));
    }

    // The query without a part of a name that is being written at its end, which would be free text.
    finished() {
      const { value } = this.field;
      const { start, name, sign } = fragment(value);
      const isName = name && !sign && this.field === document.activeElement && names(name).length > 0;
      return isName ? value.slice(0, start) : value;
    }

    // What was set elsewhere, and what is wrong. A value that is still to be written is no mistake yet.
    show() {
      const { field } = this;
      const isHere = document.activeElement === field;
      if (!isHere) field.value = runsTable.query;
      const { error } = runsTable;
      const isShown = error && !(isHere && !this.isEntered && isUnfinished(error));
      field.setAttribute("aria-invalid", String(Boolean(isShown)));
      this.error.hidden = !isShown;
      this.error.textContent = isShown ? error.message + ". Try " : "";
      if (isShown) this.error.append(make("code", { textContent: error.example }));
      this.mark();
    }

    // Names in colour, terms on a ground, a mistake underlined; the field's own text has no colour.
    mark() {
      const text = this.field.value;
      this.clear.hidden = !text;
      const parts = [];
      let at = 0;
      const put = (/** @type {number} */ end, className = "") => {
        if (end > at) parts.push(className ? make("span", { className, textContent: text.slice(at, end) }) : text.slice(at, end));
        at = Math.max(at, end);
      };
      const { error } = runsTable;
      if (error && !this.error.hidden && runsTable.query === text) {
        put(error.at);
        put(error.end, "mistake");
      } else {
        for (const term of this.terms(text)) {
          put(/(^|[\s(])-$/.test(text.slice(0, term.at)) ? term.at - 1 : term.at);
          const token = make("span", { className: "token" }, text.slice(at, term.at));
          if (term.nameEnd > term.at) token.append(make("span", { className: "field-name", textContent: text.slice(term.at, term.nameEnd) }));
          token.append(text.slice(term.nameEnd, term.end));
          parts.push(token);
          at = term.end;
        }
      }
      put(text.length);
      this.marks.replaceChildren(...parts);
    }

    /** @param {string} text @returns {QueryTerm[]} */
    terms(text) {
      try {
        return runQuery.parse(text).terms;
      } catch {
        return [];
      }
    }

    // --- the list ---

    async suggest() {
      const turn = ++this.turn;
      const { field } = this;
      const end = field.selectionStart;
      const { from, found } = await suggestions(field.value.slice(0, end)).catch(() => ({ from: 0, found: [] }));
      if (turn !== this.turn || document.activeElement !== field) return;
      [this.from, this.end, this.found, this.chosen] = [from, end, found, -1];
      this.list.replaceChildren(...found.map((/** @type {any} */ one, /** @type {number} */ at) => make("li", { id: "runs-query-" + at, role: "option" }, make("bdi", { className: "title", textContent: one.name }), make("span", { className: "quiet", textContent: one.note }))));
      this.list.hidden = !found.length;
      field.setAttribute("aria-expanded", String(Boolean(found.length)));
      this.choose(-1);
    }

    close() {
      this.turn++;
      this.list.hidden = true;
      this.field.setAttribute("aria-expanded", "false");
      this.field.removeAttribute("aria-activedescendant");
    }

    /** @param {number} at */
    choose(at) {
      const items = [...this.list.children];
      this.chosen = items.length && at >= 0 ? at % items.length : -1;
      items.forEach((item, place) => item.setAttribute("aria-selected", String(place === this.chosen)));
      if (this.chosen < 0) this.field.removeAttribute("aria-activedescendant");
      else {
        this.field.setAttribute("aria-activedescendant", items[this.chosen].id);
        items[this.chosen].scrollIntoView({ block: "nearest" });
      }
    }

    // Put a suggestion in its place; a value is followed by a blank, a name by what comes next.
    /** @param {number} at */
    take(at) {
      const { field, from, end } = this;
      const { text } = this.found[at];
      const isName = /[:=<>]$/.test(text) || !fragment(field.value.slice(0, end)).sign;
      const next = text + (isName ? "" : " ");
      this.write(field.value.slice(0, from) + next + field.value.slice(end).replace(/^\s+/, ""));
      field.focus();
      field.setSelectionRange(from + next.length, from + next.length);
      this.suggest();
    }

    /** @param {Happening} event */
    key(event) {
      const { length } = this.found;
      const isOpen = !this.list.hidden;
      if (event.key === "ArrowDown" && isOpen) this.choose(this.chosen + 1);
      else if (event.key === "ArrowUp" && isOpen) this.choose(this.chosen < 0 ? length - 1 : (this.chosen - 1 + length) % length);
      else if ((event.key === "Enter" || event.key === "Tab") && isOpen && this.chosen >= 0) this.take(this.chosen);
      else if (event.key === "Enter") {
        this.close();
        this.isEntered = true;
        this.ask(this.field.value);
      } else if (event.key === "Escape" && isOpen) this.close();
      else if (event.key === "Escape") this.field.blur();
      else return;
      event.preventDefault();
    }
  }

  runpages.runsQueryBox = function ({ section }) {
    const box = new Box(section);
    if (document.activeElement === box.field) box.suggest();
  };
})();
