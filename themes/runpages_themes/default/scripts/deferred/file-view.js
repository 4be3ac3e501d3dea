// Another look at a file than its text: a page in a sandbox, or the columns of a table as curves.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const HEIGHT = 280;
  // As many colours as there are for lines in one chart.
  const MOST_TOGETHER = 10;

  // The points of two columns that have both, by x; `x` is -1 for the numbers of rows.
  /** @param {any} table @param {number} x @param {number} y */
  function points({ values, index }, x, y) {
    const rows = values[y].map((/** @type {any} */ value, /** @type {number} */ row) => [x < 0 ? (index ? index[row] : row) + 1 : values[x][row], value]);
    const known = rows.filter((/** @type {any[]} */ [at, value]) => typeof at === "number" && value !== null).sort((/** @type {number[]} */ [a], /** @type {number[]} */ [b]) => a - b);
    return { x: known.map((/** @type {any[]} */ pair) => pair[0]), values: known.map((/** @type {any[]} */ pair) => pair[1]), label: "" };
  }

  // plotly reads tags in its texts.
  /** @param {string} text */
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  /** @param {number} number */
  const short = (number) => String(typeof number === "number" ? Number(number.toPrecision(6)) : number).replace("-", "−");

  /** @param {Found} body @param {any} table */
  function curves(body, table) {
    const section = body.closest("section").id;
    const key = (/** @type {string} */ name) => section + "." + name;
    const state = runpages.urlState();
    const isColumn = (/** @type {number} */ at) => at >= 0 && at < table.names.length;
    const asked = (state.get(key("columns")) || "").split(",").filter(Boolean).map(Number).filter(isColumn);
    const x = Number(state.get(key("x")) ?? table.x);
    /** @type {Card} */
    const view = { x: isColumn(x) ? x : -1, y: new Set(asked.length ? asked : table.y), log: state.get(key("log")) === "true", together: state.get(key("together")) === "true", range: null };
    const cards = new Map();

    const xField = make("select", {}, make("option", { value: "-1", textContent: "row" }), ...table.names.map((/** @type {string} */ name, /** @type {number} */ at) => make("option", { value: String(at), textContent: name })));
    xField.value = String(view.x);
    const choice = (/** @type {string} */ name, /** @type {boolean} */ together) => make("label", {}, make("input", { type: "radio", name: section + "-curves", checked: view.together === together, onchange: () => change({ together }) }), name);
    const log = make("button", { type: "button", className: "button framed", textContent: "Log y", onclick: () => change({ log: !view.log }) });
    const reset = make("button", { type: "button", className: "button", textContent: "Reset zoom", hidden: true, onclick: () => change({ range: null }) });
    const chips = table.names.map(function (/** @type {string} */ name, /** @type {number} */ at) {
      const box = make("input", { type: "checkbox", checked: view.y.has(at), onchange: () => change({ y: new Set(box.checked ? [...view.y, at] : [...view.y].filter((one) => one !== at)) }) });
      return make("label", {}, box, make("bdi", { textContent: name }));
    });
    const grid = make("div", { className: "cards" });
    const thinned = table.index ? `Extremes of ${table.rows.toLocaleString("en-US")} rows` : "";
    body.replaceChildren(make("div", { className: "curves" },
      make("div", { className: "curve-tools" },
        make("label", { className: "choice" }, "X axis", xField),
        make("fieldset", { className: "segments" }, make("legend", { className: "vh", textContent: "Charts" }), choice("Separate", false), choice("Together", true)), log, reset, make("span", { className: "note", textContent: thinned })),
      make("div", { className: "curve-columns", role: "group", ariaLabel: "Columns" }, ...chips), grid));
    xField.addEventListener("change", () => change({ x: Number(xField.value), range: null }));

    /** @param {any} changed */
    function change(changed) {
      Object.assign(view, changed);
      const columns = [...view.y].sort((a, b) => a - b).join(",");
      runpages.urlState(key("x"), view.x === table.x ? null : String(view.x));
      runpages.urlState(key("columns"), columns === table.y.join(",") ? null : columns);
      runpages.urlState(key("log"), view.log ? "true" : null);
      runpages.urlState(key("together"), view.together ? "true" : null);
      show();
    }

    // The charts that are asked for: one for each column, or one for the first ten.
    function charts() {
      const columns = [...view.y].sort((a, b) => a - b).filter((at) => at !== view.x);
      if (!view.together) return columns.map((at) => [at]);
      return columns.length ? [columns.slice(0, MOST_TOGETHER)] : [];
    }

    /** @param {number[]} columns */
    function spec(columns) {
      const lines = columns.map((at) => ({ ...points(table, view.x, at), label: table.names[at] }));
      const strands = view.together ? lines.map((line) => ({ ...line, steps: line.x, times: null })) : [];
      const series = /** @type {any} */ ({ x: view.x < 0 ? "row" : table.names[view.x], steps: lines[0].x, times: null, values: lines[0].values, label: "", strands, ranks: view.together });
      const shown = { weight: 0, x: "step", scale: view.log ? "log" : "linear", outliers: false, zoom: view.range };
      return { ...runpages.chartSpec(series, shown, { heights: null, ended: false, height: view.together ? HEIGHT : undefined }), right: 16 };
    }

    /** @param {Card} card */
    async function draw(card) {
      card.spec = spec(card.columns);
      const { values, notes } = card.spec;
      card.note.textContent = [...notes.filter((/** @type {string} */ note) => note !== "log y"), view.together ? "" : "last " + short(values.at(-1))].filter(Boolean).join(" · ");
      if (!card.seen || !values.length) return;
      const Plotly = await runpages.chart.load();
      const { strands, xName } = card.spec;
      const lines = strands.map((/** @type {any} */ line) => ({ ...line, label: escaped(line.label) }));
      await runpages.chart.draw(Plotly, card.box, { ...card.spec, label: "", strands: lines, xName: escaped(xName) });
      // On a phone the key of the lines takes no width.
      if (view.together && card.box.clientWidth < 500) await Plotly.relayout(card.box, { legend: { orientation: "h", y: -0.2, yanchor: "top" } });
      if (card.followed) return;
      card.box.on("plotly_relayout", function (/** @type {any} */ changed) {
        if ("xaxis.range[0]" in changed) change({ range: [changed["xaxis.range[0]"], changed["xaxis.range[1]"]] });
      });
      card.box.on("plotly_doubleclick", () => change({ range: null }));
      runpages.crosshair.follow(card, cards);
    }

    const failed = (/** @type {Error} */ error) => announce(error.message);
    const observer = new IntersectionObserver(function (entries) {
      for (const { target, isIntersecting } of entries) {
        const card = cards.get(target);
        if (!card) continue;
        card.seen = isIntersecting;
        if (isIntersecting && !card.followed) draw(card).catch(failed);
      }
    }, { rootMargin: "100px" });

    /** @param {number[]} columns */
    function add(columns) {
      const names = columns.map((at) => table.names[at]).join(", ");
      const box = make("div", { className: "live", ariaHidden: "true" });
      const note = make("span", { className: "right cut" });
      const chart = make("div", { className: "card-body", tabIndex: 0, role: "group", ariaLabel: "Chart of " + names }, box);
      const node = make("article", { className: "card" + (view.together ? " together" : "") }, make("div", { className: "card-head" }, make("h3", { className: "cut", dir: "auto", title: names, textContent: names }), note), chart);
      cards.set(node, { node, head: node.firstElementChild, columns, body: chart, box, note, seen: false });
      observer.observe(node);
      return node;
    }

    let drawn = "";
    function show() {
      const all = charts();
      const asked = JSON.stringify([view.together, all]);
      if (asked !== drawn) {
        drawn = asked;
        observer.disconnect();
        cards.clear();
        grid.replaceChildren(...all.map(add), ...(all.length ? [] : [make("p", { className: "note", textContent: "Choose a column" })]));
      }
      log.setAttribute("aria-pressed", String(view.log));
      reset.hidden = !view.range;
      for (const card of cards.values()) draw(card).catch(failed);
    }
    show();
    const resized = new ResizeObserver(() => cards.forEach((card) => card.followed && draw(card).catch(failed)));
    resized.observe(grid);
    new MutationObserver(() => cards.forEach((card) => card.followed && draw(card).catch(failed))).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  // The page lies in a sandbox, and its copy forbids scripts and requests.
  /** @param {Found} body @param {any} file */
  function page(body, file) {
    const frame = make("iframe", { title: file.name });
    frame.setAttribute("sandbox", "");
    frame.src = file.page;
    body.replaceChildren(frame);
  }

  // Another state of the page is another choice of columns.
  addEventListener("statechange", function () {
    for (const viewer of document.querySelectorAll(".viewer:has(.curves)")) curves(viewer.querySelector(".pane-body"), viewer.file.curves);
  });

  runpages.fileView = (body, file) => (file.page ? page(body, file) : curves(body, file.curves));
})();
