// Which runs a query leaves: the names in it are those of columns, and each term is a test of a whole column.
(function () {
  "use strict";
  const { QueryError, spelled } = runpages.runQuery;
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?Z?$/;
  const KINDS = ["param", "metric", "tag"];
  /** What every run has, by its name in a query; a note only where any has one. */
  const FIELDS = ["status", "number", "id", "title", "host", "commit", "duration", "note"];
  // The words of statuses; another that a run has is found in quotation marks.
  const STATUSES = ["completed", "running", "failed", "canceled", "queued", "not responding"];
  const TEXTS = ["run:title", "run:id", "run:note"];
  const SPELLED = ["nan", "inf", "-inf"];
  /** @type {Record<string, (one: number, other: number) => boolean>} */
  const COMPARE = {
    "<": (one, other) => one < other,
    "<=": (one, other) => one <= other,
    ">": (one, other) => one > other,
    ">=": (one, other) => one >= other,
  };

  // --- names ---

  const leaf = (/** @type {string} */ name, /** @type {string} */ end) => name.endsWith("." + end) || name.endsWith("/" + end);

  const ordered = (/** @type {RunColumn[]} */ columns) => KINDS.flatMap((kind) => columns.filter((one) => one.kind === kind));

  // The columns that a name may mean: the exact one, else in other case, else those with it as their last part.
  /** @param {RunColumn[]} columns @param {string} name @param {string | null} kind */
  function candidates(columns, name, kind) {
    const known = ordered(columns).filter((one) => !kind || one.kind === kind);
    const low = name.toLowerCase();
    for (const test of [
      (/** @type {string} */ other) => other === name,
      (/** @type {string} */ other) => other.toLowerCase() === low,
      (/** @type {string} */ other) => leaf(other.toLowerCase(), low),
    ]) {
      const found = known.filter((one) => test(one.name));
      if (found.length) return found;
    }
    return [];
  }

  // What begins most like a name that no column has; null if nothing begins with its letter.
  /** @param {RunColumn[]} columns @param {string} name */
  function likeliest(columns, name) {
    const shared = (/** @type {string} */ other) => [...other].findIndex((letter, at) => letter.toLowerCase() !== name[at]?.toLowerCase());
    const length = (/** @type {RunColumn} */ one) => (shared(one.name) < 0 ? one.name.length : shared(one.name));
    return ordered(columns).reduce((/** @type {RunColumn | null} */ best, one) => (length(one) > (best ? length(best) : 0) ? one : best), null);
  }

  /** @param {QueryTerm} term @param {RunColumn[]} columns */
  function columnOf({ name, kind, at, nameEnd }, columns) {
    const found = candidates(columns, name, kind);
    const whole = (/** @type {RunColumn} */ one) => one.kind + "." + spelled(one.name);
    if (!found.length) {
      const close = likeliest(columns, name);
      throw new QueryError("No " + (kind || "param, metric or tag") + " is called “" + name + "”", at, nameEnd, close ? spelled(close.name) + ":*" : "status:completed");
    }
    if (found.length === 1) return found[0];
    const names = found.slice(0, 2).map((one) => (found[0].name === found[1].name ? whole(one) : spelled(one.name)));
    throw new QueryError("“" + name + "” may be " + names.join(" or "), at, nameEnd, names[0] + ":*");
  }

  // The aggregate of a metric that a term is about: the best where its goal is known, else the last.
  /** @param {RunColumn} column @param {QueryTerm} term */
  function aggregateOf(column, { aggregate, name, at, nameEnd }) {
    if (column.kind !== "metric") {
      if (aggregate) throw new QueryError("“" + name + "” is a " + column.kind + ", which has one value", at, nameEnd, spelled(column.name) + ":*");
      return "";
    }
    const known = column.aggregates || {};
    if (aggregate && !known[aggregate]) throw new QueryError("“" + name + "” has no " + aggregate, at, nameEnd, "last(" + spelled(column.name) + ")>0");
    return aggregate || (known.best ? "best" : "last");
  }

  // --- values ---

  /** @param {string} text */
  const numberOf = (text) => (NUMBER.test(text) ? Number(text) : NaN);

  /** @param {QueryValue} value @param {string} name @param {string} sign */
  function needNumber({ text, at, end }, name, sign) {
    if (Number.isNaN(numberOf(text))) throw new QueryError("“" + text + "” is not a number", at, end, spelled(name) + sign + "0.5");
    return numberOf(text);
  }

  /** @param {QueryValue} value @param {string} name */
  function needDate({ text, at, end }, name) {
    const found = DATE.exec(text);
    const [year, month, day, hour, minute, second] = (found || []).slice(1).map((part) => Number(part || 0));
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    if (!found || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
      throw new QueryError("“" + text + "” is not a date", at, end, name + ":2026-11-01");
    }
    return Number(date) / 1000;
  }

  /** @param {string} text */
  function wildcard(text) {
    return new RegExp("^" + text.toLowerCase().split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*") + "$", "s");
  }

  // A range, `1..3`, of which one end may be open; null for another value.
  /** @param {QueryValue} value @param {string} name @returns {[number, number] | null} */
  function rangeOf(value, name) {
    const { text, isQuoted, at, end } = value;
    const [, low, high] = (!isQuoted && /^(.*?)\.\.(.*)$/.exec(text)) || [];
    if (low === undefined || !(low + high)) return null;
    const bound = (/** @type {string} */ one, /** @type {number} */ open) => (one ? needNumber({ ...value, text: one }, name, ":1..") : open);
    const found = /** @type {[number, number]} */ ([bound(low, -Infinity), bound(high, Infinity)]);
    if (found[0] > found[1]) throw new QueryError("The range “" + text + "” begins above its end", at, end, spelled(name) + ":" + high + ".." + low);
    return found;
  }

  // --- tests ---

  // What a value asks of a column of numbers, and of a text in lower case.
  /** @param {QueryValue} value @param {QueryTerm} term @param {RunColumn} column @returns {RunTest} */
  function testOf(value, term, column) {
    const range = term.op === ":" ? rangeOf(value, term.name) : null;
    if (range) return { number: (one) => one >= range[0] && one <= range[1], text: null };
    const low = value.text.toLowerCase();
    if (column.key === "run:status" && !value.isQuoted && !low.includes("*") && !STATUSES.includes(low)) {
      throw new QueryError("No status is called “" + value.text + "”", value.at, value.end, term.name + ":" + (STATUSES.find((one) => one.startsWith(low[0])) || "failed"));
    }
    if (term.op === ":" && !value.isQuoted && low === "*") return { number: null, text: null };
    if (term.op === ":" && !value.isQuoted && low.includes("*")) {
      const pattern = wildcard(low);
      return { number: null, text: (text) => pattern.test(text) };
    }
    if (column.type === "numbers" && !SPELLED.includes(low)) {
      const number = needNumber(value, term.name, term.op);
      return { number: (one) => one === number, text: null };
    }
    const isPart = term.op === ":" && (column.kind === "tag" || ["title", "id", "host", "commit", "note"].includes(column.name) && column.kind === "run");
    return { number: null, text: isPart ? (text) => text.includes(low) : (text) => text === low };
  }

  /** @param {QueryTerm} term @param {RunColumn[]} columns @returns {RunLeaf} */
  function leafOf(term, columns) {
    const { name, op, kind, isQuoted } = term;
    const isField = !kind && !isQuoted;
    if (isField && (name === "after" || name === "before")) return dated(term);
    if (isField && name === "tag") return tagged(term, columns);
    const own = isField && FIELDS.includes(name) && columns.find((one) => one.key === "run:" + name);
    const column = own || columnOf(term, columns);
    const need = { key: column.key, aggregate: aggregateOf(column, term) };
    const [value] = term.values;
    if (COMPARE[op]) {
      const bound = needNumber(value, name, op);
      return { needs: [need], mark: (hits, [values]) => markNumbers(hits, values.numbers, (one) => COMPARE[op](one, bound)) };
    }
    const tests = term.values.map((one) => testOf(one, term, column));
    const isOther = op === "!=";
    return { needs: [need], mark: (hits, [values]) => tests.forEach((test) => markValues(hits, values, test, isOther)) };
  }

  /** @param {QueryTerm} term @returns {RunLeaf} */
  function dated({ name, op, values, at, end }) {
    if (op !== ":") throw new QueryError("A date comes after a colon", at, end, name + ":2026-11-01");
    const moment = needDate(values[0], name);
    const test = name === "after" ? (/** @type {number} */ one) => one >= moment : (/** @type {number} */ one) => one < moment;
    return { needs: [{ key: "run:started", aggregate: "" }], mark: (hits, [started]) => markNumbers(hits, started.numbers, test) };
  }

  // Runs that have a tag.
  /** @param {QueryTerm} term @param {RunColumn[]} columns @returns {RunLeaf} */
  function tagged({ values }, columns) {
    const tests = values.map(({ text, isQuoted }) => (isQuoted ? null : wildcard(text)) || { test: (/** @type {string} */ name) => name === text.toLowerCase() });
    const needs = columns.filter((one) => one.kind === "tag" && tests.some((test) => test.test(one.name.toLowerCase()))).map(({ key }) => ({ key, aggregate: "" }));
    return { needs, mark: (hits, all) => all.forEach((one) => markPresent(hits, one)) };
  }

  // Free text: in title, id, note, tags and their names, and params; a number is looked for as such among numbers.
  /** @param {QueryTerm} term @param {RunColumn[]} columns @returns {RunLeaf} */
  function anywhere({ values: [{ text }] }, columns) {
    const low = text.toLowerCase();
    const found = columns.filter(({ key, kind }) => kind === "param" || kind === "tag" || TEXTS.includes(key));
    const isTag = found.map(({ kind, name }) => kind === "tag" && name.toLowerCase().includes(low));
    /** @type {RunTest} */
    const test = { number: null, text: (one) => one.includes(low) };
    const number = numberOf(low);
    return {
      needs: found.map(({ key }) => ({ key, aggregate: "" })),
      mark: (hits, all) => all.forEach((one, at) => {
        if (isTag[at]) markPresent(hits, one);
        else if (one.words) markValues(hits, one, test, false);
        else if (number === number) markNumbers(hits, one.numbers, (value) => value === number);
      }),
    };
  }

  /** @param {Uint8Array} hits @param {Float64Array} numbers @param {(one: number) => boolean} test */
  function markNumbers(hits, numbers, test) {
    for (let row = 0; row < hits.length; row++) if (numbers[row] === numbers[row] && test(numbers[row])) hits[row] = 1;
  }

  /** @param {Uint8Array} hits @param {RunValues} values */
  function markPresent(hits, values) {
    for (let row = 0; row < hits.length; row++) if (!values.missing(row)) hits[row] = 1;
  }

  /** @param {Uint8Array} hits @param {RunValues} values @param {RunTest} test @param {boolean} isOther */
  function markValues(hits, values, { number, text }, isOther) {
    if (!number && !text) return markPresent(hits, values);
    if (number && !isOther) return markNumbers(hits, values.numbers, number);
    if (values.words && text) {
      const taken = values.low.map((word) => text(word) !== isOther);
      const { places } = values;
      for (let row = 0; row < hits.length; row++) if (places[row] >= 0 && taken[places[row]]) hits[row] = 1;
      return;
    }
    const numbers = number ? values.numbers : [];
    const low = number ? [] : values.low;
    for (let row = 0; row < hits.length; row++) {
      if (values.missing(row)) continue;
      const is = number ? number(numbers[row]) : text?.(low[row]);
      if (is !== isOther) hits[row] = 1;
    }
  }

  // --- the whole query ---

  /** @param {QueryTree} tree @param {RunColumn[]} columns @returns {RunFilter} */
  function compiled(tree, columns) {
    if (!("parts" in tree)) return { op: "leaf", leaf: tree.op === "text" ? anywhere(tree, columns) : leafOf(tree, columns), parts: [] };
    return { op: tree.op, leaf: null, parts: tree.parts.map((part) => compiled(part, columns)) };
  }

  // The filter of a query without the term that has a mistake; null where there is no such filter.
  /** @param {string} query @param {{at: number}} mistake @param {RunColumn[]} columns */
  function without(query, { at }, columns) {
    try {
      const { tree } = runpages.runQuery.parse(query);
      if (!("parts" in tree) || tree.op !== "and") return null;
      const parts = tree.parts.filter((part) => "parts" in part || at < part.at || at >= part.end);
      return parts.length < tree.parts.length ? compiled({ op: "and", parts }, columns) : null;
    } catch (error) {
      if (error instanceof QueryError) return null;
      throw error;
    }
  }

  /** @param {RunFilter} filter @returns {RunNeed[]} */
  const needs = (filter) => (filter.leaf ? filter.leaf.needs : filter.parts.flatMap(needs));

  // A 1 for each run that is left; `get` gives the values of a column that was loaded.
  /** @param {RunFilter} filter @param {number} count @param {(need: RunNeed) => RunValues} get @returns {Uint8Array} */
  function hits({ op, leaf, parts }, count, get) {
    const found = new Uint8Array(count);
    if (leaf) {
      leaf.mark(found, leaf.needs.map(get));
      return found;
    }
    if (op === "and") found.fill(1);
    for (const part of parts) {
      const inner = hits(part, count, get);
      if (op === "and") for (let row = 0; row < count; row++) found[row] &= inner[row];
      else if (op === "or") for (let row = 0; row < count; row++) found[row] |= inner[row];
      else for (let row = 0; row < count; row++) found[row] = 1 - inner[row];
    }
    return found;
  }

  // A column and aggregate as one text.
  /** @param {RunNeed} need */
  const idOf = ({ key, aggregate }) => key + " " + aggregate;

  // The shortest name of a column that a query understands as this one.
  /** @param {RunColumn} column @param {RunColumn[]} columns */
  function nameOf({ kind, name }, columns) {
    if (kind === "run") return name;
    const isOwn = columns.some((one) => one.key === "run:" + name) || ["after", "before", "tag"].includes(name);
    const isClear = !isOwn && candidates(columns, name, null).length === 1;
    return (isClear ? "" : kind + ".") + spelled(name);
  }

  // The column and aggregate of such a name, `last(val/loss)`; null where there is none.
  /** @param {string} text @param {RunColumn[]} columns @returns {RunNeed | null} */
  function named(text, columns) {
    const field = columns.find(({ key }) => key === "run:" + text);
    if (field) return { key: field.key, aggregate: "" };
    try {
      const { terms } = runpages.runQuery.parse(text + ":*");
      const column = columnOf(terms[0], columns);
      return { key: column.key, aggregate: aggregateOf(column, terms[0]) };
    } catch (error) {
      if (error instanceof QueryError) return null;
      throw error;
    }
  }

  runpages.runFilter = { compiled, without, needs, hits, named, nameOf, idOf };
})();
