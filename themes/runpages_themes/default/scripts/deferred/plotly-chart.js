// One live chart in the place of a drawing: the same box, margins and ranges, so that nothing jumps.
(function () {
  "use strict";
  // plotly.js offers to send charts to another site unless it is told not to.
  const CONFIG = { displayModeBar: false, showTips: false, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", doubleClick: false };
  const HEIGHT = 196;
  const SIDES = { t: 8, b: 24, pad: 0 };
  // Before the name of an axis: no label of a tick is seen in part.
  const ROOM = "\u00a0".repeat(10);
  /** @type {Promise<any> | null} */
  let library = null;

  // A colour of the page as it is now: light or dark.
  const probe = document.head.appendChild(document.createElement("i"));
  /** @param {string} name */
  function color(name) {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  }

  // The library, loaded when the first chart is touched. Its rules come as a file: the policy of the page allows no other.
  function load() {
    library ??= (function () {
      const place = document.getElementById("main");
      const link = runpages.make("link", { rel: "stylesheet", href: place.dataset.plotlyStyle, id: "plotly.js-style-global", className: "no-inline-styles" });
      document.head.append(link);
      // The whole library would insert styles of maps, unless it finds them there; we draw no maps.
      if (place.dataset.plotlyGuard) document.head.append(runpages.make("meta", { id: place.dataset.plotlyGuard }));
      return runpages.load(place.dataset.plotly).then(() => window.Plotly);
    })();
    library.catch(() => { library = null; });
    return library;
  }

  // Where values are nan the line is broken, and a band says so; where they are infinite, a sign at the edge.
  /** @param {any} x @param {any[]} values */
  function gaps(x, values) {
    /** @type {Card[]} */
    const shapes = [];
    values.forEach(function (/** @type {any} */ value, /** @type {number} */ at) {
      if (value !== "nan" && value !== null) return;
      const [from, to] = [x[Math.max(at - 1, 0)], x[Math.min(at + 1, x.length - 1)]];
      const last = shapes[shapes.length - 1];
      if (last && last.x1 >= from) last.x1 = to;
      else shapes.push({ type: "rect", xref: "x", yref: "paper", x0: from, x1: to, y0: 0, y1: 1, line: { width: 0 }, layer: "below", fillcolor: color("--warn"), opacity: 0.1 });
    });
    return shapes;
  }

  /** @param {any} x @param {any[]} values */
  function edges(x, values) {
    return values.flatMap(function (/** @type {any} */ value, /** @type {number} */ at) {
      if (value !== "inf" && value !== "-inf") return [];
      const top = value === "inf";
      return [{ x: x[at], xref: "x", y: top ? 1 : 0, yref: "paper", text: top ? "▲" : "▼", showarrow: false, yanchor: top ? "top" : "bottom" }];
    });
  }

  // Between few whole steps there are no others.
  /** @param {Card} spec */
  function few(spec) {
    return !spec.dates && spec.x.every(Number.isInteger) && spec.x[spec.x.length - 1] - spec.x[0] < 7;
  }

  /** @param {Card} series @param {string} color @param {number} [weight] */
  function trace({ x, values, label }, color, weight) {
    const raw = values.map((/** @type {any} */ value) => (typeof value === "number" ? value : null));
    const line = { color, width: 1.75 };
    const mode = raw.length <= 12 ? "lines+markers" : "lines";
    const first = { x, y: raw, name: label, mode, line, marker: { color, size: 6 } };
    if (!weight) return [first];
    const behind = { ...first, mode: "lines", line: { color, width: 1 }, opacity: 0.36, showlegend: false };
    return [behind, { ...first, mode: "lines", y: runpages.smooth(raw, weight) }];
  }

  // The curve, with what looks otherwise behind it, or the lines of ranks in its place.
  /** @param {Card} spec */
  function traces(spec) {
    const { weight } = spec;
    const main = color("--s1");
    const lines = spec.strands.flatMap(function (/** @type {Series} */ strand, /** @type {number} */ at) {
      const { look, width } = strand;
      return look ? { ...trace(strand, main)[0], ...look, line: { color: main, width }, fillcolor: main.replace("rgb(", "rgba(").replace(")", ", 0.18)") } : trace(strand, color("--s" + (at + 1)), weight);
    });
    return spec.ranks ? lines : [...lines, ...trace(spec, main, weight)];
  }

  /** @param {Card} spec @param {any} known @param {boolean} [exponents] */
  function ticks(spec, known, exponents) {
    if (!known || spec.height) return {};
    return { tickmode: "array", tickvals: exponents ? known.values.map((/** @type {number} */ at) => 10 ** at) : known.values, ticktext: known.labels };
  }

  /** @param {Card} spec @param {number} width */
  function layout(spec, width) {
    const far = !spec.dates && Math.abs(spec.x[spec.x.length - 1]) >= 1e9;
    const axis = { zeroline: false, tickfont: { color: color("--tx-3") }, exponentformat: "e" };
    return {
      width,
      height: spec.height || HEIGHT,
      margin: { ...SIDES, l: spec.left, r: spec.right },
      font: { family: getComputedStyle(document.body).fontFamily, size: 11.5, color: color("--tx-3") },
      paper_bgcolor: color("--bg"),
      plot_bgcolor: color("--bg"),
      showlegend: spec.ranks,
      hovermode: false,
      shapes: gaps(spec.x, spec.values),
      annotations: [
        { x: 1, xref: "paper", xanchor: "right", y: 0, yref: "paper", yanchor: "top", yshift: -6, xshift: 10, text: ROOM + spec.xName + " →", showarrow: false, bgcolor: color("--bg"), borderpad: 2 },
        ...edges(spec.x, spec.values),
      ],
      xaxis: {
        ...axis, type: spec.dates ? "date" : "linear", showgrid: false, showline: true, linecolor: color("--axis"), ticks: "outside",
        ticklen: 4, tickcolor: color("--axis"), ...(few(spec) ? { dtick: 1 } : { nticks: 6 }), ...(spec.dates || far ? {} : { tickformat: "," }), ...ticks(spec, spec.xTicks), range: spec.xRange,
      },
      yaxis: {
        ...axis, type: spec.log ? "log" : "linear", gridcolor: color("--grid"), nticks: 6, ticklabelstandoff: 4, ...ticks(spec, spec.yTicks, spec.log),
        range: spec.yRange,
      },
    };
  }

  runpages.chart = { CONFIG, color, load, draw: (/** @type {any} */ Plotly, /** @type {Found} */ box, /** @type {Card} */ spec) => Plotly.react(box, traces(spec), layout(spec, box.clientWidth), CONFIG) };
})();
