"use strict";
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const test = require("node:test");
const load = require("./load.js");

const { runQuery, runFilter, runValues } = load(["ranks", "run-query", "run-values", "run-filter"]);
const { runs, cases } = JSON.parse(readFileSync(join(__dirname, "../queries.json"), "utf-8"));
const AGGREGATES = ["last", "min", "max", "mean"];

// --- the runs of the cases, in columns ---

const seconds = (text) => Date.parse(text + "Z") / 1000;
const names = (of) => [...new Set(runs.flatMap((run) => Object.keys(run[of])))];
const stored = new Map();

function words(values) {
  const known = [...new Set(values.filter((value) => value !== undefined))];
  return { words: known, places: values.map((value) => known.indexOf(value)) };
}

function column(kind, name, values) {
  const isNumber = values.every((value) => value === undefined || typeof value === "number");
  const key = kind + ":" + name;
  stored.set(key, new runValues(isNumber ? { numbers: values.map((value) => value ?? null) } : words(values)));
  return { key, kind, name, type: isNumber ? "numbers" : "words" };
}

function metric(name) {
  const key = "metric:" + name;
  const goal = runs.map((run) => run.metrics[name]?.goal).find(Boolean);
  const aggregates = {};
  for (const which of AGGREGATES) {
    stored.set(key + which, new runValues({ numbers: runs.map((run) => run.metrics[name]?.[which] ?? null) }));
    aggregates[which] = {};
  }
  if (goal) {
    aggregates.best = {};
    stored.set(key + "best", stored.get(key + goal));
  }
  return { key, kind: "metric", name, type: "numbers", aggregates };
}

const COLUMNS = [
  ...names("metrics").map(metric),
  ...names("params").map((name) => column("param", name, runs.map((run) => run.params[name]))),
  ...names("tags").map((name) => column("tag", name, runs.map((run) => (name in run.tags ? run.tags[name] ?? "" : undefined)))),
  ...["title", "status", "id", "host", "number", "duration", "note"].map((name) => column("run", name, runs.map((run) => run[name] ?? undefined))),
  column("run", "started", runs.map((run) => seconds(run.started))),
];

function found(query) {
  const filter = runFilter.compiled(runQuery.parse(query).tree, COLUMNS);
  const hits = runFilter.hits(filter, runs.length, ({ key, aggregate }) => stored.get(key + aggregate));
  return [...hits].flatMap((hit, row) => (hit ? [row] : []));
}

for (const { query, rows, error, why } of cases) {
  test("the query " + JSON.stringify(query) + (why ? ": " + why : ""), () => {
    if (!error) return assert.deepEqual(found(query), rows);
    assert.throws(() => found(query), (thrown) => {
      assert.deepEqual({ at: thrown.at, end: thrown.end, message: thrown.message, example: thrown.example }, error);
      return true;
    });
  });
}

test("what a column is called in a query is understood as that column", () => {
  for (const one of COLUMNS) {
    const name = runFilter.nameOf(one, COLUMNS);
    assert.equal(runFilter.named(name, COLUMNS)?.key, one.key, name);
  }
  assert.equal(runFilter.named("nothing", COLUMNS), null);
  const odd = ["a b", 'a"b\\', "x:y", "-x", "OR", "min(x)", "param.x", "status", "ünï", "<img src=x>"].map((name) => ({ key: "param:" + name, kind: "param", name }));
  for (const one of odd) assert.equal(runFilter.named(runFilter.nameOf(one, odd), odd)?.key, one.key, one.name);
});

test("a value is spelled so that it is found again", () => {
  for (const value of ["a b", 'a"b\\', "a,b", "1..3", "*", "(x)", "-x", ""]) {
    const [term] = runQuery.parse("name:" + runQuery.spelledValue(value)).terms;
    assert.equal(term.values[0].text, value);
    assert.ok(!/\*|\.\./.test(value) || term.values[0].isQuoted);
  }
});

test("terms have their places, for marks and completion", () => {
  const { terms } = runQuery.parse("lr:0.1,0.2 free max(mse) < 3");
  assert.deepEqual(terms.map(({ at, nameEnd, end, op }) => [at, nameEnd, end, op]), [[0, 2, 10, ":"], [11, 11, 15, "text"], [16, 24, 28, "<"]]);
});

test("a term with a mistake is left out of the filter, where the others hold without it", () => {
  const left = (query) => {
    try {
      runFilter.compiled(runQuery.parse(query).tree, COLUMNS);
    } catch (error) {
      const filter = runFilter.without(query, error, COLUMNS);
      return filter && [...runFilter.hits(filter, runs.length, ({ key, aggregate }) => stored.get(key + aggregate))].flatMap((hit, row) => (hit ? [row] : []));
    }
    return "no mistake";
  };
  assert.deepEqual(left("alpha:0.4 nosuch:1"), [0]);
  assert.deepEqual(left("nosuch:1"), [0, 1, 2]);
  assert.deepEqual(left("alpha>much status:failed"), [1]);
  for (const query of ["alpha:0.4 OR nosuch:1", "-nosuch:1", "(status:failed", "nosuch:1 other:2"]) assert.equal(left(query), null, query);
});
