// Confusion matrices of several runs side by side, as counts, as shares of their rows, or as what differs from the
// reference.
(function () {
  "use strict";
  const { make } = runpages;
  const { named } = runpages.compareControls;
  const { shape } = runpages.runDrawing;
  // Most classes of a table; above it the squares have no figures.
  const TABLE = 30;
  const LEVELS = 8;
  const [CELL, LEFT, TOP, GAP] = [26, 60, 44, 24];
  // Tenths of the strongest tone below which cells may be left out of a file.
  const FAINTEST = 8;
  // Most classes whose labels stay in a file that is too large.
  const LABELED = 200;
  /** @type {Record<string, number[]>} */
  const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  const total = (/** @type {any} */ { counts }) => sum(counts.map(sum));
  /** @param {any} matrix */
  const accuracy = (matrix) => sum(matrix.counts.map((/** @type {number[]} */ row, /** @type {number} */ at) => row[at])) / total(matrix);

  // One matrix of several with the same labels: their sum.
  /** @param {any[]} matrices */
  function summed(matrices) {
    const [first, ...others] = matrices;
    const same = others.filter(({ labels }) => String(labels) === String(first.labels));
    const counts = first.counts.map((/** @type {number[]} */ row, /** @type {number} */ at) => row.map((count, column) => count + sum(same.map((one) => one.counts[at][column]))));
    return { labels: first.labels, counts, of: same.length + 1 };
  }

  // A matrix with the classes of another, in their order; null where it has others.
  /** @param {any} matrix @param {string[]} labels */
  function arranged(matrix, labels) {
    const places = labels.map((label) => matrix.labels.indexOf(label));
    if (matrix.labels.length !== labels.length || places.includes(-1)) return null;
    return { ...matrix, labels, counts: places.map((row) => places.map((column) => matrix.counts[row][column])) };
  }

  const shares = (/** @type {number[][]} */ counts) => counts.map((row) => { const whole = sum(row); return row.map((count) => (whole ? count / whole : 0)); });

  // What the cells show: `values`, whether they are parts of a row, and whether they are differences.
  /** @param {any} matrix @param {any} reference @param {string} kind */
  function cells(matrix, reference, kind) {
    const fits = kind === "difference" && reference && reference !== matrix && arranged(matrix, reference.labels);
    if (kind !== "difference" || !fits) return { ...matrix, values: kind === "share" ? shares(matrix.counts) : matrix.counts, isShare: kind === "share", isDifference: false };
    const isShare = total(fits) !== total(reference);
    const [one, other] = isShare ? [shares(fits.counts), shares(reference.counts)] : [fits.counts, reference.counts];
    const values = one.map((/** @type {number[]} */ row, /** @type {number} */ at) => row.map((value, column) => value - other[at][column]));
    const most = values.reduce((/** @type {number} */ sofar, /** @type {number[]} */ row) => Math.max(sofar, ...row.map(Math.abs)), 0);
    return { ...fits, values, most, isShare, isDifference: true };
  }

  /** @param {number} value @param {any} of */
  function spelled(value, { isShare, isDifference }) {
    const text = isShare ? Math.abs(value).toFixed(2) : runpages.axis.say(Math.abs(value));
    return (isDifference && value ? (value > 0 ? "+" : "−") : "") + text;
  }

  // How strongly a cell is coloured, from 0 to 1, and by which role.
  /** @param {any} shown @param {number} row @param {number} column */
  function tone(shown, row, column) {
    const value = shown.values[row][column];
    if (!value) return { role: "zero", strength: 0 };
    if (shown.isDifference) return { role: value > 0 ? "more" : "less", strength: 0.12 + 0.6 * (Math.abs(value) / shown.most) };
    if (row === column) return { role: "right", strength: 0.18 };
    return { role: "wrong", strength: 0.16 + 0.6 * Math.min(1, (shown.counts[row][column] / (sum(shown.counts[row]) || 1)) * 10) };
  }

  /** @param {any} shown */
  function table(shown) {
    const made = make("table", { className: "matrix" });
    const head = made.appendChild(make("thead")).appendChild(make("tr", {}, make("td")));
    for (const label of shown.labels) head.append(make("th", { scope: "col", textContent: label, title: label }));
    const body = made.appendChild(make("tbody"));
    shown.values.forEach(function (/** @type {number[]} */ values, /** @type {number} */ row) {
      const line = body.appendChild(make("tr", {}, make("th", { scope: "row", textContent: shown.labels[row], title: shown.labels[row] })));
      values.forEach(function (value, column) {
        const { role, strength } = tone(shown, row, column);
        const cell = make("td", { className: role, textContent: spelled(value, shown), title: spelled(value, shown) + ": true " + shown.labels[row] + ", predicted " + shown.labels[column] });
        cell.style.setProperty("--o", strength.toFixed(2));
        line.append(cell);
      });
    });
    return made;
  }

  // Very many squares as a path for each tone.
  /** @param {any} shown */
  function squares(shown) {
    const size = shown.labels.length;
    /** @type {Map<string, string>} */
    const paths = new Map();
    shown.values.forEach((/** @type {number[]} */ values, /** @type {number} */ row) => values.forEach(function (value, column) {
      const { role, strength } = tone(shown, row, column);
      if (role === "zero") return;
      const key = role + " " + Math.ceil(strength * LEVELS) / LEVELS;
      paths.set(key, (paths.get(key) || "") + "M" + column + " " + row + ".5h1");
    }));
    return shape("svg", { class: "compare-squares", viewBox: [0, 0, size, size].join(" "), role: "img", "aria-label": "Confusion matrix of " + size + " classes" }, ...[...paths].map(function ([key, d]) {
      const [role, strength] = key.split(" ");
      return shape("path", { class: role, d, style: "--o:" + strength });
    }));
  }

  // The cell below the pointer, or the one that arrow keys reach, is marked and in words.
  /** @param {Found} place @param {any} shown */
  function follow(place, shown) {
    const size = shown.labels.length;
    const svg = place.querySelector("svg");
    const line = make("p", { className: "note", role: "status", textContent: "\u00a0" });
    const mark = svg.appendChild(shape("rect", { class: "cell-mark", width: 1, height: 1, visibility: "hidden" }));
    let [row, column] = [0, 0];
    function show(/** @type {number} */ toRow, /** @type {number} */ toColumn) {
      if (Math.min(toRow, toColumn) < 0 || Math.max(toRow, toColumn) >= size) return;
      [row, column] = [toRow, toColumn];
      mark.setAttribute("x", String(column));
      mark.setAttribute("y", String(row));
      mark.setAttribute("visibility", "visible");
      line.textContent = "true " + shown.labels[row] + ", predicted " + shown.labels[column] + ": " + spelled(shown.values[row][column], shown);
    }
    const body = make("div", { tabIndex: 0, role: "group", ariaLabel: "Confusion matrix of " + shown.member.label + ": arrow keys move the cell" });
    svg.replaceWith(body);
    body.append(svg);
    place.append(line);
    svg.addEventListener("pointermove", function (/** @type {Happening} */ event) {
      const box = svg.getBoundingClientRect();
      show(Math.floor(((event.clientY - box.top) / box.height) * size), Math.floor(((event.clientX - box.left) / box.width) * size));
    });
    body.addEventListener("focus", () => show(row, column));
    body.addEventListener("keydown", function (/** @type {Happening} */ event) {
      const way = WAYS[event.key];
      if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
      const far = event.shiftKey ? 10 : 1;
      const to = (/** @type {number} */ at, /** @type {number} */ by) => Math.max(0, Math.min(size - 1, at + by * far));
      show(to(row, way[0]), to(column, way[1]));
      event.preventDefault();
    });
  }

  /** @param {any} shown */
  function caption(shown) {
    const words = [(100 * accuracy(shown)).toFixed(1) + " % right", shown.of > 1 ? "sum of " + shown.of + " runs" : "", shown.isDifference ? "minus the reference" : ""];
    return words.filter(Boolean).join(", ");
  }

  // The matrices of a name: of each member one, of a group the sum of those of its runs.
  /** @param {Found} body @param {{ member: CompareMember, matrices: any[] }[]} of @param {string} kind */
  function draw(body, of, kind) {
    const all = of.map(({ member, matrices }) => ({ member, matrix: summed(matrices) }));
    const reference = all[0].matrix;
    const shown = all.map(({ member, matrix }) => ({ member, ...cells(matrix, reference, kind) }));
    body.replaceChildren(...shown.map(function (one) {
      const isLarge = one.labels.length > TABLE;
      const place = make("figure", {}, make("figcaption", {}, named(one.member), make("span", { className: "note", textContent: caption(one) })), isLarge ? squares(one) : table(one));
      if (isLarge) follow(place, one);
      return place;
    }));
    return shown;
  }

  // --- files ---

  /** @param {any[]} shown */
  function csv(shown) {
    return shown.flatMap(({ member, labels, values }, at) => [...(at ? [[]] : []), ["true \\ predicted in " + member.label, ...labels], ...values.map((/** @type {number[]} */ row, /** @type {number} */ line) => [labels[line], ...row])]);
  }

  const escaped = (/** @type {any} */ text) => String(text).replace(/[&<>"]/g, (sign) => "&#" + sign.charCodeAt(0) + ";");

  // The matrices as one drawing below 100 kB; `color` spells a role of the page as it is now. While it is too large, figures
  // go first, then the labels of all matrices but the first, then the faintest cells.
  /** @param {any[]} shown @param {(role: string) => string} color */
  function drawing(shown, color) {
    const { MOST } = runpages.paper;
    let made = drawn(shown, color, 0);
    for (let spared = 1; made.length > MOST && spared < FAINTEST + 2; spared++) made = drawn(shown, color, spared);
    return made;
  }

  /** @param {any[]} shown @param {(role: string) => string} color @param {number} spared @returns {string} */
  function drawn(shown, color, spared) {
    const faint = Math.max(0, spared - 2) / 10;
    const side = shown[0].labels.length * CELL;
    const across = Math.max(1, Math.min(shown.length, Math.floor(1200 / (side + LEFT + GAP))));
    const [width, height] = [across * (side + LEFT + GAP), Math.ceil(shown.length / across) * (side + TOP + GAP) + (faint ? TOP : 0)];
    const roles = { right: "--tx-3", wrong: "--wrong", more: "--wrong", less: "--ac" };
    const parts = shown.map(function (one, at) {
      const tones = new Map();
      let text = "";
      one.values.forEach((/** @type {number[]} */ values, /** @type {number} */ row) => values.forEach(function (value, column) {
        const { role, strength } = tone(one, row, column);
        if (role === "zero" || (role !== "right" && strength < faint)) return;
        const key = role + " " + strength.toFixed(1);
        tones.set(key, (tones.get(key) || "") + "M" + (column * CELL + 1) + " " + (row * CELL + CELL / 2) + "h" + (CELL - 2));
        if (!spared) text += '<text x="' + (column + 0.5) * CELL + '" y="' + ((row + 0.5) * CELL + 4) + '">' + spelled(value, one) + "</text>";
      }));
      const paths = [...tones].map(([key, d]) => '<path d="' + d + '" stroke="' + color(roles[/** @type {"right"} */ (key.split(" ")[0])]) + '" stroke-opacity="' + key.split(" ")[1] + '"/>').join("");
      const labels = spared > 1 && (at || one.labels.length > LABELED) ? "" : one.labels.map((/** @type {string} */ label, /** @type {number} */ place) => '<text x="' + (place + 0.5) * CELL + '" y="-6">' + escaped(label.slice(0, 4)) + '</text><text x="-6" y="' + ((place + 0.5) * CELL + 4) + '" text-anchor="end">' + escaped(label.slice(0, 8)) + "</text>").join("");
      const title = '<text x="0" y="-24" text-anchor="start" font-weight="600">' + escaped(one.member.label) + "</text>";
      return '<g transform="translate(' + ((at % across) * (side + LEFT + GAP) + LEFT) + " " + (Math.floor(at / across) * (side + TOP + GAP) + TOP) + ')"><g stroke-width="' + (CELL - 2) + '">' + paths + "</g>" + title + '<g fill="' + color("--tx-3") + '">' + labels + "</g>" + text + "</g>";
    });
    if (faint) parts.push('<text x="' + LEFT + '" y="' + (height - GAP) + '" text-anchor="start">The faintest cells are left out: the CSV has all.</text>');
    return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ' + width + " " + height + '" width="' + width + '" height="' + height + '" font-family="sans-serif" font-size="11.5" text-anchor="middle" fill="' + color("--tx") + '">' + parts.join("") + "</svg>";
  }

  runpages.matrices = { arranged, cells, csv, draw, drawing, spelled, summed };
})();
