// Parallel coordinates: a line for each run through its values, and brushes on the axes, which are terms of the query.
(function () {
  "use strict";
  const { runStats, runDrawing, runFilter, runQuery, axis } = runpages;
  const { elided, lifted, round, shape } = runDrawing;
  const [MOST, DENSE, CHUNK] = [300, 100, 4];
  const [BEFORE, RIGHT, BELOW, HALF_TEXT] = [72, 34, 14, 4];
  const [NEAR, CLICK, WIDE] = [14, 3, 12];

  // --- brushes as terms ---

  // The terms of a query that are a range or a list of a column: their place in the text, and what they leave.
  /** @param {RunsModel} model @param {any} one */
  function termsOf(model, { need, values, scale, text }) {
    let terms;
    try {
      ({ terms } = runQuery.parse(model.query));
    } catch {
      return [];
    }
    return terms.flatMap(function (term) {
      if (term.op !== ":" || term.values.some((value) => value.isQuoted && !scale.words)) return [];
      const found = runFilter.named(model.query.slice(term.at, term.nameEnd), model.columns);
      if (!found || found.key !== need.key || found.aggregate !== need.aggregate || model.query[term.at - 1] === "-") return [];
      if (scale.words) return [{ ...term, has: (/** @type {number} */ row) => term.values.some((value) => value.text === text(row)) }];
      const [, low, high] = /^(.*)\.\.(.*)$/.exec(term.values[0].text) || [];
      if (low === undefined || term.values.length > 1) return [];
      const range = [low === "" ? -Infinity : Number(low), high === "" ? Infinity : Number(high)];
      return [{ ...term, range, has: (/** @type {number} */ row) => values[row] >= range[0] && values[row] <= range[1] }];
    });
  }

  /** @param {string} query @param {{ at: number, end: number }[]} terms */
  function without(query, terms) {
    let text = query;
    for (const { at, end } of terms.toSorted((one, other) => other.at - one.at)) text = text.slice(0, at) + text.slice(end);
    return text.replace(/ {2,}/g, " ").trim();
  }

  // The term that leaves the runs between two places of an axis, ends included: its bounds are values of runs.
  /** @param {RunsModel} model @param {any} one @param {number} low @param {number} high @param {number[]} rows */
  function termFor(model, { need, values, scale, text }, low, high, rows) {
    const covered = rows.filter((row) => Number.isFinite(values[row]) && scale.at(values[row]) >= low - 1e-9 && scale.at(values[row]) <= high + 1e-9);
    if (!covered.length) return "";
    const name = runpages.runChartSpec.nameOf(need, model);
    if (scale.words) return name + ":" + [...new Set(covered.toSorted((one, other) => values[one] - values[other]).map(text))].map(runQuery.spelledValue).join();
    const sorted = covered.toSorted((one, other) => values[one] - values[other]);
    const [first, last] = [sorted[0], sorted[sorted.length - 1]];
    if (!need.key.startsWith("metric:")) return name + ":" + text(first) + ".." + text(last);
    const known = rows.map((row) => values[row]);
    return name + ":" + runStats.bound(values[first], known, false) + ".." + runStats.bound(values[last], known, true);
  }

  // --- drawing ---

  /** @param {any} one @param {number} x @param {any} area @param {number} room */
  function ticks(one, x, area, room) {
    let last = Infinity;
    const free = one.scale.ticks.filter(function (/** @type {any} */ tick) {
      const y = area.up(tick.at);
      const isFree = last - y >= 13;
      if (isFree) last = y;
      return isFree;
    });
    return shape("g", { class: "beside" }, ...free.map((/** @type {any} */ tick) => shape("text", { x: round(x - 5), y: round(area.up(tick.at) + HALF_TEXT) }, elided(tick.label, room))));
  }

  // Lines in few paths, but not in one, in which those that lie over each other would show as one.
  /** @param {string[]} parts */
  function chunks(parts) {
    return Array.from({ length: Math.ceil(parts.length / CHUNK) }, (_, at) => parts.slice(at * CHUNK, (at + 1) * CHUNK).join(""));
  }

  /** @param {any[]} axes @param {number} row @param {any} area */
  function track(axes, row, area) {
    const [values, isMissing] = [axes.map(({ values: all }) => all[row]), axes.some(({ values: all, scale }) => !Number.isFinite(all[row]) || (scale.log && all[row] <= 0))];
    if (isMissing) return "";
    return "M" + values.map((value, at) => round(area.xs[at]) + " " + round(area.up(axes[at].scale.at(value)))).join("L");
  }

  /** @param {any} one @param {number} x @param {any} area @param {any} term */
  function brush({ values, scale }, x, area, term) {
    const [low, high] = scale.words ? extent(values, term) : term.range.map((/** @type {number} */ bound) => Math.min(Math.max(scale.at(scale.log ? Math.max(bound, 1e-300) : bound), 0), 1));
    const [top, bottom] = [area.up(high), area.up(low)];
    const [, lowText, highText] = /^(.*)\.\.(.*)$/.exec(term.values[0].text) || [];
    const label = scale.words ? "" : !lowText ? "≤ " + highText : !highText ? "≥ " + lowText : lowText + " – " + highText;
    return shape("g", { class: "brush" },
      shape("rect", { x: round(x - WIDE / 2), y: round(top - 3), width: WIDE, height: round(bottom - top + 6), rx: 2 }),
      shape("path", { d: `M${round(x - WIDE / 2)} ${round(top - 3)}h${WIDE}M${round(x - WIDE / 2)} ${round(bottom + 3)}h${WIDE}` }),
      shape("text", { x: round(x), y: area.bottom + 12 }, elided(label, area.step)));

    /** @param {Float64Array} all @param {any} of */
    function extent(all, of) {
      const places = [...all].map((_, row) => row).filter((row) => of.has(row)).map((row) => scale.at(all[row])).filter(Number.isFinite);
      return places.length ? [Math.min(...places.slice(0, 5000)), Math.max(...places.slice(0, 5000))] : [0, 0];
    }
  }

  /** @param {any} context */
  async function parallel(context) {
    const { model, spec, width, height } = context;
    const every = context.everyRow;
    const over = (/** @type {number[]} */ rows) => Promise.all(spec.keys.map((/** @type {any} */ need) => context.axis(need, { isTight: true, limit: 5, rows })));
    const found = await over(every);
    // An axis is as long as the runs that are drawn need it.
    const axes = await over(every.filter((/** @type {number} */ row) => found.every(({ values }) => Number.isFinite(values[row]))));
    const left = axis.left(axes[0].scale.ticks.map((/** @type {any} */ tick) => ({ ...tick, label: elided(tick.label, BEFORE) })));
    const step = (width - left - RIGHT) / Math.max(axes.length - 1, 1);
    const isLong = axes.some(({ name }) => axis.width(name) > step);
    const [top, bottom] = [isLong ? 58 : 42, height - BELOW];
    const area = { xs: axes.map((_, at) => left + at * step), step, top, bottom, up: (/** @type {number} */ share) => bottom - share * (bottom - top) };
    const isIn = new Set(context.rows);
    const tracks = runStats.sample(every, MOST).map((row) => ({ row, d: track(axes, row, area) })).filter(({ d }) => d);
    const shown = tracks.filter(({ row }) => isIn.has(row));
    const lacking = every.filter((/** @type {number} */ row) => axes.some(({ values, scale }) => !Number.isFinite(values[row]) || (scale.log && values[row] <= 0))).length;
    /** @type {Map<string, string[]>} */
    const of = new Map([["rest", tracks.filter(({ row }) => !isIn.has(row)).map(({ d }) => d)]]);
    for (const { row, d } of shown) of.set(context.colors.of(row), [...(of.get(context.colors.of(row)) || []), d]);
    const dense = shown.length > DENSE ? " dense" : "";
    const terms = axes.map((one) => termsOf(model, one));
    const brushed = terms.flat();
    const note = [context.ofAll(isIn.size, every.length), tracks.length + lacking < every.length ? tracks.length + " drawn" : "", lacking ? runpages.axis.say(lacking) + " lack a value" : "", spec.flags.has("all") ? "" : brushed.length ? "brushed" : ""].filter(Boolean).join(", ");
    return {
      nodes: [
        ...[...of].flatMap(([className, parts]) => chunks(parts).map((d) => shape("path", { class: "runs-line " + className + (className === "rest" ? "" : dense), d }))),
        shape("path", { class: "bar", d: area.xs.map((x) => "M" + round(x) + " " + top + "V" + bottom).join("") }),
        ...axes.map((one, at) => ticks(one, area.xs[at], area, at ? step - 8 : BEFORE)),
        ...axes.map((one, at) => heading(context, one, at, area, isLong)),
        ...axes.flatMap((one, at) => terms[at].slice(0, 1).map((term) => brush(one, area.xs[at], area, term))),
        ...axes.map((_, at) => shape("rect", { class: "handle", x: round(area.xs[at] - NEAR), y: top - 8, width: 2 * NEAR, height: bottom - top + 16, "data-axis": at })),
      ],
      title: "Parameters and metrics",
      note,
      alt: "Parallel coordinates of " + axes.map(({ name }) => name).join(", ") + ": " + note,
      order: shown.map(({ row }) => row),
      find: finder(shown, axes, area),
      mark: (/** @type {number} */ row) => lifted(track(axes, row, area), context.colors.of(row)),
      reading: (/** @type {number} */ row) => axes.map((one) => [one.name, context.spelled(one, row)]),
      table: [["run", ...axes.map(({ name }) => name)], ...shown.map(({ row }) => [model.runs.title[row], ...axes.map((one) => one.text(row))])],
      armed: (/** @type {any} */ svg) => arm(svg, context, axes, area, terms, every),
      clear: brushed.length ? () => model.setQuery(without(model.query, brushed)) : null,
    };
  }

  /** @param {any} context @param {any} one @param {number} at @param {any} area @param {boolean} isLong */
  function heading(context, { name, need, scale }, at, area, isLong) {
    const last = area.xs.length - 1;
    const anchor = at === 0 ? "first" : at === last ? "last" : "";
    const x = round(area.xs[at] + (at === 0 ? -30 : at === last ? RIGHT - 4 : 0));
    const y = 14 + (isLong && at % 2 ? 14 : 0);
    const sub = [need.key.startsWith("metric:") ? context.label(need) : "", scale.log ? "log" : ""].filter(Boolean).join(", ");
    return shape("g", { class: "axis-name " + anchor }, shape("text", { x, y }, elided(name, area.step * (isLong ? 1.7 : 1)), shape("title", {}, name)), shape("text", { class: "sub", x, y: area.top - 12 }, elided(sub, area.step)));
  }

  /** @param {any[]} tracks @param {any[]} axes @param {any} area */
  function finder(tracks, axes, area) {
    return function (/** @type {number} */ x, /** @type {number} */ y) {
      const left = Math.min(Math.max(Math.floor((x - area.xs[0]) / area.step), 0), axes.length - 2);
      const share = (x - area.xs[left]) / area.step;
      let [best, least] = [-1, NEAR];
      for (const { row } of tracks) {
        const [one, other] = [left, left + 1].map((at) => area.up(axes[at].scale.at(axes[at].values[row])));
        const far = Math.abs(one + share * (other - one) - y);
        if (far < least) [best, least] = [row, far];
      }
      return best;
    };
  }

  // A drag along an axis is a range; a click on it takes its brush away.
  /** @param {any} svg @param {any} context @param {any[]} axes @param {any} area @param {any[][]} terms @param {number[]} every */
  function arm(svg, { model }, axes, area, terms, every) {
    svg.addEventListener("pointerdown", function (/** @type {Happening} */ event) {
      const handle = event.target.closest(".handle");
      if (!handle || event.button) return;
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
      const at = Number(handle.dataset.axis);
      // A card that is enlarged is scaled.
      const { top, height } = svg.getBoundingClientRect();
      const scale = height / Number(svg.getAttribute("height"));
      const y = (/** @type {Happening} */ one) => Math.min(Math.max((one.clientY - top) / scale, area.top), area.bottom);
      const from = y(event);
      const box = shape("rect", { class: "brushing", x: area.xs[at] - WIDE / 2, width: WIDE, y: from, height: 0 });
      svg.append(box);
      const move = (/** @type {Happening} */ one) => {
        box.setAttribute("y", Math.min(from, y(one)));
        box.setAttribute("height", Math.abs(y(one) - from));
      };
      const end = (/** @type {Happening} */ one) => {
        svg.removeEventListener("pointermove", move);
        box.remove();
        const known = without(model.query, terms[at]);
        const share = (/** @type {number} */ px) => (area.bottom - px) / (area.bottom - area.top);
        const [low, high] = [share(Math.max(from, y(one))), share(Math.min(from, y(one)))];
        const isClick = Math.abs(y(one) - from) < CLICK;
        const term = isClick || one.type === "pointercancel" ? "" : termFor(model, axes[at], low, high, every);
        if (term || (isClick && terms[at].length)) model.setQuery([known, term].filter(Boolean).join(" "));
      };
      svg.addEventListener("pointermove", move);
      svg.addEventListener("pointerup", end, { once: true });
    });
  }

  runpages.runKinds = { ...runpages.runKinds, parallel };
})();
