// Diagnostics under a hand: the squares of a confusion matrix as shares, one square told, one class among many curves.
(function () {
  "use strict";
  const more = () => runpages.load(document.getElementById("charts").dataset.diagnostics);
  const { announce } = runpages;
  const sum = (/** @type {any[]} */ values) => values.reduce((/** @type {any} */ total, /** @type {any} */ value) => total + value, 0);
  const across = (/** @type {any} */ rows, /** @type {number} */ at) => sum(rows.map((/** @type {any} */ row) => row[at]));
  const share = (/** @type {any} */ part, /** @type {any} */ whole, /** @type {number} */ digits) => (whole ? (part / whole).toFixed(digits) : "–");

  // --- a table of counts ---

  /** @param {Found} table */
  function counted(table) {
    const cells = [...table.tBodies[0].rows].map((row) => [...row.cells].filter((cell) => !cell.matches("th, .share")));
    const counts = cells.map((row) => row.map((cell) => Number(cell.dataset.n ?? cell.textContent.replaceAll(",", ""))));
    const words = cells.map((row) => row.map((cell) => cell.textContent));
    const labels = [...table.tBodies[0].rows].map((row) => row.cells[0].title);
    const name = function (/** @type {Found} */ cell) {
      const true_ = cells.findIndex((row) => row.includes(/** @type {any} */ (cell)));
      if (true_ < 0) return;
      const at = cells[true_].indexOf(/** @type {any} */ (cell));
      const count = counts[true_][at];
      const shares = count ? ": " + share(count, sum(counts[true_]), 3) + " of the row, " + share(count, across(counts, at), 3) + " of the column" : "";
      cell.title = words[true_][at] + " of " + labels[true_] + " predicted as " + labels[at] + shares;
    };
    table.addEventListener("pointerover", (event) => name(event.target));
    table.querySelectorAll("td:hover").forEach(name);
    return function show(/** @type {any} */ kind) {
      table.classList.toggle("is-shares", kind !== "count");
      cells.forEach((row, true_) => row.forEach(function (cell, at) {
        const count = counts[true_][at];
        if (!count) return;
        const whole = kind === "column" ? across(counts, at) : sum(counts[true_]);
        cell.textContent = kind === "count" ? words[true_][at] : share(count, whole, 2);
        if (cell.className === "wrong") cell.style.setProperty("--o", (0.16 + 0.6 * Math.min(1, (count / whole) * 10)).toFixed(2));
      }));
    };
  }

  // --- a drawn matrix ---

  const PIXEL = 10;  // Units of a drawing.
  const NS = "http://www.w3.org/2000/svg";
  /** @param {any} place */
  function drawn(place) {
    const svg = place.querySelector(".cells");
    const plot = svg.querySelector("svg");
    const here = svg.querySelector(".here");
    const line = place.querySelector(".cell-said");
    const size = Number(svg.dataset.size);
    /** @type {any} */
    let at = null;

    /** @param {number} row @param {number} column */
    async function tell(row, column) {
      at = [row, column];
      try {
        const { labels, counts } = (await more())[Number(place.dataset.more)];
        if (at[0] !== row || at[1] !== column) return;
        const count = counts[row][column];
        const rest = count ? ", " + share(count, sum(counts[row]), 3) + " of the row, " + share(count, across(counts, column), 3) + " of the column" : "";
        line.textContent = "true " + labels[row] + ", predicted " + labels[column] + ": " + count + rest;
        const part = (/** @type {any} */ value) => (value * 100) / size + "%";
        for (const [name, value] of [["x", part(column)], ["y", part(row)], ["width", part(1)], ["height", part(1)]]) here.setAttribute(name, value);
      } catch (error) {
        announce(error.message);
      }
    }

    svg.addEventListener("pointermove", function (/** @type {Happening} */ event) {
      const box = svg.getBoundingClientRect();
      const sides = getComputedStyle(svg);
      const [left, below] = [parseFloat(sides.paddingLeft), parseFloat(sides.paddingBottom)];
      const column = Math.floor(((event.clientX - box.left - left) / (box.width - left)) * size);
      const row = Math.floor(((event.clientY - box.top) / (box.height - below)) * size);
      const inside = Math.min(row, column) >= 0 && Math.max(row, column) < size;
      if (inside && String([row, column]) !== String(at)) tell(row, column);
    });
    place.addEventListener("focus", () => { if (!at) tell(0, 0); });
    /** @type {Record<string, number[]>} */
    const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    place.addEventListener("keydown", function (/** @type {Happening} */ event) {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const next = (at || [0, 0]).map((/** @type {any} */ value, /** @type {any} */ axis) => Math.min(size - 1, Math.max(0, value + step[axis])));
      tell(next[0], next[1]);
    });

    return async function show(/** @type {any} */ kind) {
      const { counts } = (await more())[Number(place.dataset.more)];
      const totals = counts.map((/** @type {any} */ row, /** @type {number} */ index) => (kind === "column" ? across(counts, index) : sum(row)));
      const paths = new Map();
      counts.forEach((/** @type {any} */ row, /** @type {any} */ true_) => row.forEach(function (/** @type {number} */ count, /** @type {number} */ index) {
        if (!count) return;
        const part = count / totals[kind === "column" ? index : true_];
        const name = index === true_ ? "right" : "e" + Math.max(1, Math.ceil(Math.min(1, part * 10) * 8));
        paths.set(name, (paths.get(name) || "") + "M" + index + " " + true_ + ".5h1");
      }));
      plot.replaceChildren(...[...paths].map(function ([name, d]) {
        const path = document.createElementNS(NS, "path");
        path.setAttribute("class", name);
        path.setAttribute("d", d);
        return path;
      }));
    };
  }

  runpages.each("[data-shares]", function (choice) {
    const card = choice.closest(".card");
    const place = card.querySelector(".cells-of");
    const show = place ? drawn(place) : counted(card.querySelector(".matrix"));
    const act = () => Promise.resolve(show(choice.querySelector(":checked").value)).catch((error) => announce(error.message));
    choice.addEventListener("change", act);
    // What was chosen before this script came.
    if (!choice.querySelector("input").checked) act();
    if (place && place.matches(":focus")) place.dispatchEvent(new FocusEvent("focus"));
  });

  // --- one class among the averages ---

  /** @param {string} tag @param {Record<string, string>} known @param {string} [text] */
  function shape(tag, known, text = "") {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(known)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  // A curve with its name at its end, where it stays in the plot.
  /** @param {Found} panel @param {string} d @param {string} name */
  function draw(panel, d, name) {
    const svg = panel.querySelector("svg.chart");
    const plot = /** @type {any} */ ([...svg.querySelectorAll(":scope > svg[viewBox]")].at(-1));
    const path = /** @type {any} */ (shape("path", { class: "line chosen", d }));
    plot.append(path);
    const { x, y } = path.getPointAtLength(path.getTotalLength());
    const [across, down] = [x / plot.viewBox.baseVal.width, y / PIXEL];
    const label = { class: "chosen-name", x: across * 100 + "%", dx: "-8", y: String(down < 100 ? down + 18 : down - 10), "text-anchor": across > 0.3 ? "end" : "start" };
    svg.append(shape("text", label, name));
  }

  runpages.each("[data-class]", function (select) {
    const card = select.closest(".card");
    // The averages come before the classes.
    const row = () => [...card.querySelectorAll(".legend-table tbody tr")].slice(1 - select.options.length)[Number(select.value)];
    const choose = async function () {
      try {
        const { paths } = (await more())[Number(select.dataset.more)];
        for (const old of card.querySelectorAll(".chosen, .chosen-name, .chosen-key")) old.remove();
        for (const old of card.querySelectorAll(".legend-table [aria-current]")) old.removeAttribute("aria-current");
        if (select.value === "") return;
        const name = select.selectedOptions[0].textContent;
        for (const panel of card.querySelectorAll("[data-kind]")) {
          const d = paths[Number(select.value)][panel.dataset.kind];
          if (d) draw(panel, d, name);
        }
        const key = shape("svg", { class: "line-key chosen-key", width: "16", height: "8", "aria-hidden": "true" });
        key.append(shape("path", { d: "M0 4h16" }));
        row().setAttribute("aria-current", "true");
        row().cells[0].prepend(key, " ");
        const region = row().closest(".scroll");
        region.scrollTop = row().offsetTop - region.clientHeight / 2;
      } catch (error) {
        announce(error.message);
      }
    };
    select.addEventListener("change", choose);
    if (select.value) choose();
  });
})();
