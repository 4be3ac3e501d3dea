// What is said of groups against a reference: the cells beside each group, and the panel of the chosen one with its reasons.
(function () {
  "use strict";
  const { make, groupDrawings: draw, groupValues, verdict: judge } = runpages;
  const WORDS = { better: "better", worse: "worse", same: "same within tolerance", unknown: "can’t tell" };
  const [LEAST, FLAT, MOST_RANKS, MOVED] = [4, 1.2, 12, 2];

  const count = (/** @type {number} */ n, /** @type {string} */ word) => `${fixed(n, 0)} ${word}${n === 1 ? "" : "s"}`;

  // A number with the decimals of its column; one that these would not show is spelled.
  /** @param {number} value @param {number} decimals */
  function fixed(value, decimals) {
    const size = Math.abs(value);
    if (!Number.isFinite(value)) return "–";
    if (size >= 1e7 || (size && size < 10 ** -decimals / 2)) return runpages.axis.say(value);
    const [whole, rest] = size.toFixed(decimals).split(".");
    const grouped = size >= 10000 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") : whole;
    return (value < 0 && Number(size.toFixed(decimals)) ? "−" : "") + grouped + (rest ? "." + rest : "");
  }

  /** @param {number} value @param {number} decimals */
  const signed = (value, decimals) => (value > 0 ? "+" : "") + fixed(value, decimals);

  /** @param {number | null} p */
  const chance = (p) => (p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3));

  /** @param {Verdict} verdict */
  function sign({ word, interval }) {
    if (word === "same") return "=";
    return word === "unknown" || !interval ? "?" : interval.difference < 0 ? "▼" : "▲";
  }

  // What is counted against each other: the runs of the group, or its pairs.
  /** @param {GroupView} view @param {GroupResult} one */
  function sample(view, one) {
    if (!one.pairs) return { spread: one.spread, beside: /** @type {GroupResult} */ (view.reference).spread, word: "run" };
    // A pair is one difference, and stands beside 0.
    const differences = one.pairs.map(([a, b]) => a - b);
    return { spread: judge.spread(differences), beside: { n: Infinity, mean: 0, sd: 0 }, word: "pair" };
  }

  // How many runs or pairs would show an effect four times in five; null where that is not known.
  /** @param {GroupView} view @param {GroupResult} one @param {number} effect @returns {number | null} */
  function needed(view, one, effect) {
    const { spread, beside } = sample(view, one);
    const found = judge.seeds(spread, beside, effect);
    return found && Math.max(found, LEAST);
  }

  /** @param {GroupView} view @param {GroupResult} one */
  function note(view, one) {
    const { verdict } = one;
    if (verdict?.word !== "unknown") return "";
    const { spread, word } = sample(view, one);
    const found = verdict.interval && needed(view, one, view.tolerance || verdict.interval.difference);
    const more = Math.max(found || 0, LEAST) - spread.n;
    return more > 0 ? `needs ${count(more, "more " + word)}` : "";
  }

  /** @param {string} className @param {(Node | string)[]} inner */
  const cell = (className, ...inner) => make("td", { className }, ...inner);

  // The cells of a group; the chosen one has its reasons in the panel.
  /** @param {GroupView} view @param {GroupResult} one */
  function cells(view, one) {
    const { verdict } = one;
    const drawing = cell("interval-cell", draw.interval(verdict, view.range, view.tolerance));
    if (!verdict) return [cell("n bar difference second", "reference"), drawing, cell("n reach-cell"), cell("n p-cell"), cell("bar verdict-cell", make("span", { className: "phone-only second", textContent: "Every difference is to this group" }))];
    const { interval } = verdict;
    const d = view.decimals;
    const button = make("button", { type: "button", className: "verdict " + verdict.word, ariaPressed: String(view.chosen === one) },
      make("span", { className: "sign", ariaHidden: "true", textContent: sign(verdict) }), WORDS[verdict.word]);
    button.dataset.choose = one.group.label;
    return [
      cell("n bar difference", make("b", { textContent: interval ? signed(interval.difference, d) : "–" })),
      drawing,
      cell("n second reach-cell", interval ? `${fixed(interval.low, d)} to ${fixed(interval.high, d)}` : "–"),
      cell("n p-cell", chance(verdict.p)),
      cell("bar verdict-cell", button, make("span", { className: "note", textContent: note(view, one) })),
    ];
  }

  /** @param {GroupView} view */
  function heads(view) {
    const { label } = /** @type {GroupResult} */ (view.reference).group;
    const head = (/** @type {string} */ className, /** @type {string} */ title, /** @type {string} */ sub) =>
      make("th", { scope: "col", className, title: title + ", " + sub }, title, make("span", { className: "sub" }, make("bdi", { textContent: sub })));
    const axis = make("th", { scope: "col", className: "interval-cell" }, make("span", { className: "vh", textContent: "Interval, drawn" }), draw.scaleHead(view.range, view.goal));
    return [
      head("n bar difference", "Difference", "to " + label), axis,
      head("n reach-cell", "95 % interval", view.pairBy ? "paired t" : "Welch"), head("n p-cell", "p", view.pairBy ? "paired, Holm" : "Welch, Holm"),
      head("bar verdict-cell", "Verdict", "against " + label),
    ];
  }

  // --- the panel ---

  /** @param {GroupView} view @param {GroupResult} one */
  function title(view, one) {
    const base = /** @type {GroupResult} */ (view.reference).group.label;
    const { label } = one.group;
    const { word } = /** @type {Verdict} */ (one.verdict);
    if (word === "same") return `${label} is the same as ${base} within the tolerance`;
    return word === "unknown" ? `${label} can’t be told from ${base}` : `${label} is ${word} than ${base}`;
  }

  /** @param {GroupView} view @param {GroupResult} one */
  function sentence(view, one) {
    const { word, interval, p } = /** @type {Verdict} */ (one.verdict);
    const { name } = view.metric;
    const d = view.decimals;
    if (!interval || p === null) {
      const of = one.pairs ? `${count(one.pairs.length, "pair")} can’t be judged: ${LEAST} are needed.` : `${one.spread.n} against ${view.reference?.spread.n} runs can’t be judged: each side needs ${LEAST}.`;
      return of + " Three against three cannot reach p < 0.1.";
    }
    const between = `${fixed(interval.low, d)} to ${fixed(interval.high, d)}`;
    if (word === "same") return `The whole 95 % interval of the difference, ${between}, lies within ± ${fixed(/** @type {number} */ (view.tolerance), d)}.`;
    if (word === "unknown") {
      if (!view.goal) return `${name} has no goal, so nothing is better or worse. Set goal in runpages.yml, or define it when you log.`;
      const holds = interval.low <= 0 && interval.high >= 0;
      return holds ? `${name} may differ by ${between}, which holds 0.` : `The interval, ${between}, leaves 0 out, but p is ${chance(p)} after Holm’s correction over ${count(one.verdict?.tested || 0, "group")}.`;
    }
    const [near, far] = [Math.abs(interval.low), Math.abs(interval.high)].sort((a, b) => a - b);
    const said = `${name} is ${interval.difference < 0 ? "lower" : "higher"} by ${fixed(Math.abs(interval.difference), d)} (${fixed(near, d)} to ${fixed(far, d)}).`;
    return view.tolerance && near < view.tolerance ? said + ` The ${word === "better" ? "gain" : "loss"} may be less than the tolerance.` : said;
  }

  /** @param {string} term @param {string} value @param {string} more */
  const fact = (term, value, more) => make("div", {}, make("dt", { textContent: term }), make("dd", {}, value, " ", make("span", { className: "quiet", textContent: more })));

  /** @param {number} n @param {number} of */
  function splits(n, of) {
    let all = 1;
    for (let at = 1; at <= n; at++) all = (all * (of - n + at)) / at;
    return Math.round(all).toLocaleString("en");
  }

  /** @param {GroupView} view @param {GroupResult} one */
  function chances(view, one) {
    const base = /** @type {GroupResult} */ (view.reference);
    const { p, tested, interval } = /** @type {Verdict} */ (one.verdict);
    const exact = judge.exact(one.values, base.values);
    const raw = interval && p !== null ? `${view.pairBy ? "paired t" : "Welch"}; ${chance(p)} after Holm over ${tested}` : "not tested";
    const witness = exact === null ? "" : `; exact permutation ${chance(exact)}, ${splits(one.values.length, one.values.length + base.values.length)} splits of ${one.values.length} + ${base.values.length}${view.pairBy ? ", unpaired" : ""}`;
    return fact("Chance", interval && p !== null ? "p " + chance(interval.p) : "–", raw + witness);
  }

  /** @param {GroupView} view @param {GroupResult} one */
  function pairing(view, one) {
    const { pairBy } = view;
    if (!pairBy) return fact("Pairs", "not paired", "the groups are compared as independent");
    const left = one.rows.length - (one.pairs?.length || 0);
    return fact("Pairs", `${one.pairs?.length || 0} by ${pairBy.name}`, left ? `${count(left, "run")} without a partner that is the only one` : "");
  }

  /** @param {GroupView} view @param {GroupResult} one */
  function facts(view, one) {
    const base = /** @type {GroupResult} */ (view.reference);
    const { interval, tested } = /** @type {Verdict} */ (one.verdict);
    const d = view.decimals;
    const known = view.results.filter((other) => other.spread.n);
    const runs = known.reduce((all, other) => all + other.spread.n, 0);
    const rank = groupValues.ranks(view.results, view.goal).get(one.group);
    const list = [chances(view, one), fact("Picked from", `${count(runs, "run")} in ${count(known.length, "group")}`, (rank ? `${rank === 1 ? "best" : "number " + rank} of ${known.length} by mean; ` : "") + tested + " tested, Holm-corrected")];
    if (interval) list.unshift(fact("Difference", signed(interval.difference, d), `95 % ${fixed(interval.low, d)} to ${fixed(interval.high, d)}, not corrected; ${view.pairBy ? "paired t" : "Welch"}, df ${fixed(interval.df, 1)}`));
    if (view.goal && one.values.length * base.values.length > 0) {
      const { won, tied, pairs } = judge.wins(one.values, base.values, view.goal);
      list.push(fact("Beats", `${won} of ${count(pairs, "pair")}`, `a run of ${one.group.label} ${view.goal === "min" ? "below" : "above"} one of ${base.group.label}` + (tied ? `; ${tied} equal` : "")));
    }
    list.push(pairing(view, one), fact("Tolerance", view.tolerance === null ? "none" : "± " + runpages.axis.say(view.tolerance), view.tolerance === null ? "set tolerance in runpages.yml" : "from runpages.yml"));
    return make("dl", { className: "kv" }, ...list);
  }

  // The ranks by the last and the best value. Of many groups those that lead, the reference and the chosen one.
  /** @param {GroupView} view @param {GroupResult} one */
  function slopes(view, one) {
    const { last, best } = /** @type {{last: GroupResult[], best: GroupResult[]}} */ (view.both);
    const [left, right] = [groupValues.ranks(last, view.goal), groupValues.ranks(best, view.goal)];
    const known = last.filter(({ group }) => left.has(group) && right.has(group));
    const isKept = (/** @type {GroupResult} */ { group }) => right.get(group) <= MOST_RANKS || group === one.group || group === view.reference?.group;
    const shown = known.length > MOST_RANKS ? known.filter(isKept) : known;
    const place = (/** @type {Map<RunsOfGroup, number>} */ ranks, /** @type {RunsOfGroup} */ group) => 1 + shown.filter((other) => (ranks.get(other.group) || 0) < (ranks.get(group) || 0)).length;
    const lines = shown.map(function (result) {
      const { group } = result;
      const other = /** @type {GroupResult} */ (best.find((found) => found.group === group));
      return {
        label: group.label, color: view.colors.get(group) || "", isChosen: group === one.group,
        left: { rank: place(left, group), text: fixed(result.spread.mean, view.decimals) },
        right: { rank: place(right, group), text: fixed(other.spread.mean, view.decimals) },
      };
    });
    const head = make("p", {}, make("b", { textContent: "Last or best value" }), make("span", { className: "quiet", textContent: " rank by mean" + (shown.length < known.length ? `, ${shown.length} of ${known.length} groups` : "") }));
    return make("div", { className: "panel-part" }, head, /** @type {any} */ (draw.slope(lines, ["last", "best"])));
  }

  // Where each run logged one value, it is its last and its best.
  /** @param {Record<string, GroupResult[]>} both */
  const differ = ({ last, best }) => last.some(({ spread }, at) => spread.n && spread.mean !== best[at].spread.mean);

  /** @param {number} rank */
  const ordinal = (rank) => ["not ranked", "first", "second", "third"][rank] || "number " + rank;

  // Whether another value that counts gives another order or another verdict.
  /** @param {GroupView} view @param {GroupResult} one */
  function flips(view, one) {
    if (!view.both || view.value === "step") return [];
    const other = view.value === "last" ? "best" : "last";
    const theirs = /** @type {GroupResult} */ (view.both[other].find(({ group }) => group === one.group));
    const [here, there] = [groupValues.ranks(view.results, view.goal), groupValues.ranks(view.both[other], view.goal)];
    // The first, the chosen one, and the first of those that have another rank.
    const moved = [...there.keys()].filter((group) => here.get(group) !== there.get(group));
    const named = [...there.keys()].filter((group) => there.get(group) === 1 || group === one.group || moved.slice(0, MOVED).includes(group));
    const ranked = named.map((group) => group.label + (there.get(group) !== 1 ? " is " + ordinal(there.get(group) || 0) : here.get(group) === 1 ? " still leads" : " leads")).join(", ");
    const word = theirs.verdict?.word || "unknown";
    const verdict = `${one.group.label} is ${word === "unknown" ? "not to be told" : word === "same" ? "the same within the tolerance" : word} ${word === "unknown" ? "from" : word === "same" ? "as" : "than"} ${view.reference?.group.label}`;
    const found = /** @type {[string, string][]} */ ([]);
    if (moved.length) found.push(["The ranks flip.", `By the ${other} value ${ranked}${word === one.verdict?.word ? "" : ", and " + verdict}.`]);
    else if (word !== one.verdict?.word) found.push(["The verdict depends on the value.", `By the ${other} value ${verdict}.`]);
    const gain = (/** @type {RunsOfGroup | undefined} */ group) => {
      const mean = (/** @type {GroupResult[]} */ of) => /** @type {GroupResult} */ (of.find((all) => all.group === group)).spread.mean;
      return Math.abs(mean(/** @type {any} */ (view.both).best) - mean(/** @type {any} */ (view.both).last));
    };
    const [ours, base] = [gain(one.group), gain(view.reference?.group)];
    const [larger, smaller] = [Math.max(ours, base), Math.min(ours, base)];
    if (view.value === "best" && larger > FLAT * smaller) found.push(["The best value flatters noise.", `${one.group.label} gains ${fixed(ours, view.decimals)} by it over the last, ${view.reference?.group.label} ${fixed(base, view.decimals)}.`]);
    return found;
  }

  // For which effect how many runs would do: the tolerance where there is one, and what was seen.
  /** @param {GroupView} view @param {GroupResult} one @returns {[string, string][]} */
  function wanted(view, one) {
    const { verdict, group } = one;
    if (verdict?.word !== "unknown") return [];
    const { spread, beside, word } = sample(view, one);
    if (!verdict.interval) return [[`${group.label} has too few ${word}s.`, `It has ${spread.n} that count; ${LEAST} are needed.`]];
    const effects = /** @type {[string, number][]} */ ([["as large as the one seen", Math.abs(verdict.interval.difference)]]);
    if (view.tolerance) effects.unshift(["as large as the tolerance", view.tolerance]);
    const parts = effects.map(function ([words, effect]) {
      const found = needed(view, one, effect);
      const size = `a difference ${words} (${fixed(effect, view.decimals)})`;
      const against = one.pairs ? "" : ` against the ${beside.n} of ${view.reference?.group.label}`;
      return found ? `With ${count(found, word)} ${size} is found 4 times in 5.` : `Not even 1,000 ${word}s${against} would find ${size}.`;
    });
    if (spread.n < LEAST) parts.push(`The sd rests on ${count(spread.n, word)}.`);
    return [[group.label + " " + (note(view, one) || `has ${word}s enough for that`) + ".", parts.join(" ")]];
  }

  /** @param {GroupView} view @param {GroupResult} one @returns {[string, string][]} */
  function leftOut(view, one) {
    const sides = [one, /** @type {GroupResult} */ (view.reference)].map(({ group, rows }) => ({ label: group.label, out: group.members.length - rows.length }));
    const found = sides.filter(({ out }) => out);
    if (!found.length) return [];
    const words = found.map(({ label, out }) => `${count(out, "run")} of ${label}`).join(" and ");
    return [["Not all runs count.", `${words}: failed, canceled, not finished, without a finite value, or a child of a run that has one. If a setting makes runs fail, the mean does not show it.`]];
  }

  /** @param {GroupView} view @returns {[string, string][]} */
  function mixed(view) {
    const { within } = view;
    if (!within.length) return [];
    const shown = within.slice(0, 5).join(", ") + (within.length > 5 ? ` and ${within.length - 5} more` : "");
    return [["What varies within the groups:", `${shown}. The sd is over all of that.`]];
  }

  /** @param {GroupView} view */
  function panel(view) {
    const one = /** @type {GroupResult} */ (view.chosen);
    const dot = make("i", { className: "dot-key" });
    dot.style.color = view.colors.get(one.group) || "";
    const head = make("h3", { className: "panel-title" }, dot, make("bdi", { textContent: title(view, one) }));
    const caveats = [...flips(view, one), ...wanted(view, one), ...leftOut(view, one), ...mixed(view)];
    const trust = caveats.map(([strong, rest]) => make("p", {}, make("b", { textContent: strong }), " " + rest));
    return [
      make("div", { className: "panel-part" }, head, make("p", { textContent: sentence(view, one) }), facts(view, one)),
      ...(view.both && view.goal && differ(view.both) ? [slopes(view, one)] : []),
      ...(trust.length ? [make("div", { className: "panel-part trust" }, make("h3", { textContent: "Before you trust it" }), ...trust)] : []),
    ];
  }

  runpages.verdictView = { cells, heads, panel, fixed, count };
})();
