// One live chart in the place of a drawing: the same box, margins and ranges, so that nothing jumps.
(function () {
  "use strict";
  // plotly.js offers to send charts to another site unless it is told not to.
  const CONFIG = { displayModeBar: false, showTips: false, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", doubleClick: false };
  const HEIGHT = 196;
  const SIDES = { t: 8, b: 24, pad: 0 };
  const NOTE = { showarrow: false, borderpad: 0 };
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

  // Where values are nan the line is broken: from the point before to the point after, and how many they are.
  /** @param {any[]} x @param {any[]} values */
  function gaps(x, values) {
    /** @type {{ from: any, to: any, count: number }[]} */
    const found = [];
    values.forEach(function (/** @type {any} */ value, /** @type {number} */ at) {
      if (value !== "nan" && value !== null) return;
      const [from, to] = [x[Math.max(at - 1, 0)], x[Math.min(at + 1, x.length - 1)]];
      const last = found[found.length - 1];
      const count = Number(value === "nan");
      if (last && last.to >= from) Object.assign(last, { to, count: last.count + count });
      else found.push({ from, to, count });
    });
    return found;
  }

  /** @param {Card} spec */
  function bands(spec) {
    return gaps(spec.x, spec.values).map(({ from, to }) => ({ type: "rect", xref: "x", yref: "paper", x0: from, x1: to, y0: 0, y1: 1, line: { width: 0 }, layer: "below", fillcolor: color("--warn"), opacity: 0.1 }));
  }

  // How many values are nan, above each band; those that are too close for two labels share one.
  /** @param {Card} spec */
  function nanLabels(spec) {
    const [low, high] = spec.xRange;
    const place = (/** @type {any} */ at) => (spec.room * (at - low)) / (high - low || 1);
    const inside = (/** @type {any} */ at) => spec.x[at] >= low && spec.x[at] <= high;
    const places = [...spec.x.keys()].filter(inside);
    /** @type {{ from: any, to: any, count: number }[]} */
    const shared = [];
    for (const gap of gaps(places.map((at) => spec.x[at]), places.map((at) => spec.values[at]))) {
      const last = shared[shared.length - 1];
      if (!gap.count) continue;
      const apart = last && place((gap.from + gap.to) / 2) - place((last.from + last.to) / 2);
      if (last && apart < runpages.axis.width(last.count + gap.count + " nan") + 6) Object.assign(last, { to: gap.to, count: last.count + gap.count });
      else shared.push({ ...gap });
    }
    return shared.map(function ({ from, to, count }) {
      const text = spec.thinned ? "nan" : runpages.axis.say(count) + " nan";
      const [middle, half] = [place((from + to) / 2), runpages.axis.width(text) / 2];
      const xanchor = middle < half ? "left" : middle > spec.room - half ? "right" : "center";
      return { ...NOTE, x: xanchor === "left" ? low : xanchor === "right" ? high : (from + to) / 2, xref: "x", xanchor, y: 1, yref: "paper", yanchor: "top", text };
    });
  }

  // Infinite values are a sign at the edge.
  /** @param {any} x @param {any[]} values */
  function edges(x, values) {
    return values.flatMap(function (/** @type {any} */ value, /** @type {number} */ at) {
      if (value !== "inf" && value !== "-inf") return [];
      const top = value === "inf";
      return [{ ...NOTE, x: x[at], xref: "x", y: top ? 1 : 0, yref: "paper", text: top ? "▲" : "▼", yanchor: top ? "top" : "bottom" }];
    });
  }

  // The labels of the x axis are notes: the first and the last may lie beside their ticks.
  /** @param {Card} spec */
  function labels(spec) {
    const below = { ...NOTE, y: 0, yref: "paper", yanchor: "top", yshift: -6 };
    const name = { ...below, x: 0, xref: "paper", xanchor: "right", xshift: -9, text: spec.xName };
    const [low, high] = spec.xRange;
    const ticks = spec.xTicks.map(function (/** @type {Tick} */ { value, label }) {
      return { ...below, x: value, xref: "x", xanchor: runpages.axis.anchor((spec.room * (value - low)) / (high - low), label, spec.room), text: label };
    });
    return [name, ...ticks];
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

  /** @param {Tick[]} known */
  function ticks(known) {
    return { tickmode: "array", tickvals: known.map(({ value }) => value), ticktext: known.map(({ label }) => label) };
  }

  // Where a run stopped early.
  /** @param {number | null} at */
  function stop(at) {
    return at === null ? [] : [{ type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: { color: color("--axis"), width: 1, dash: "3px,3px" } }];
  }

  /** @param {Card} spec @param {number} width */
  function layout(spec, width) {
    const axis = { zeroline: false, tickfont: { color: color("--tx-3") } };
    return {
      width,
      height: spec.height || HEIGHT,
      margin: { ...SIDES, l: spec.left, r: spec.right },
      font: { family: getComputedStyle(document.body).fontFamily, size: 11.5, color: color("--tx-3") },
      paper_bgcolor: color("--bg"),
      plot_bgcolor: color("--bg"),
      showlegend: spec.ranks,
      hovermode: false,
      shapes: [...bands(spec), ...stop(spec.stop)],
      annotations: [...labels(spec), ...nanLabels(spec), ...edges(spec.x, spec.values)],
      xaxis: {
        ...axis, type: "linear", showgrid: false, showline: true, linecolor: color("--axis"), ticks: "outside",
        ticklen: 4, tickcolor: color("--axis"), ...ticks(spec.xTicks), showticklabels: false, range: spec.xRange,
      },
      yaxis: { ...axis, type: spec.log ? "log" : "linear", gridcolor: color("--grid"), ticklabelstandoff: 4, ...ticks(spec.yTicks), range: spec.yRange },
    };
  }

  runpages.chart = { CONFIG, color, load, draw: (/** @type {any} */ Plotly, /** @type {Found} */ box, /** @type {Card} */ spec) => Plotly.react(box, traces(spec), layout(spec, box.clientWidth), CONFIG) };
})();
