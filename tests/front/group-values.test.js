"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { groupValues, runValues } = load(["digits", "ranks", "run-values", "verdict", "group-values"]);
const { plain } = load;

const numbers = (...values) => new runValues({ numbers: values });
function words(...texts) {
  const known = [...new Set(texts.filter((text) => text !== null))];
  return new runValues({ words: known, places: texts.map((text) => known.indexOf(text)) });
}
const labels = (columns, count) => plain(groupValues.grouped(columns, count)).map(({ label, members }) => [label, members]);

test("numbers are in their order, then what is no number, then what is not set", () => {
  const found = labels([numbers(10, 2, null, "nan", "-inf", 1e-5, "inf", 2)], 8);
  assert.deepEqual(found, [["-inf", [4]], ["1e-05", [5]], ["2", [1, 7]], ["10", [0]], ["inf", [6]], ["nan", [3]], ["not set", [2]]]);
});

test("several keys group together, and only runs without any of them are the rest", () => {
  const groups = plain(groupValues.grouped([numbers(1, 1, null, null), words("b", "a", "a", null)], 4));
  assert.deepEqual(groups.map(({ label, rest }) => [label, rest]), [["1, a", false], ["1, b", false], ["not set, a", false], ["not set, not set", true]]);
});

test("labels that read the same are told apart", () => {
  assert.deepEqual(labels([words("not set", null)], 2).map(([label]) => label), ['["not set"]', "[null]"]);
});

test("runs that did not complete are no results, nor are children of a run with a value", () => {
  const kinds = ["completed", "failed", "none", "completed", "completed", "running"];
  const parents = Int32Array.from([-1, -1, -1, 0, 2, -1]);
  const counts = groupValues.results(kinds, parents, Float64Array.from([1, 1, NaN, 1, 1, 1]));
  assert.deepEqual(plain(counts), [1, 0, 1, 0, 1, 0]);
});

test("pairs are of values that one run of each side has alone", () => {
  const groups = groupValues.grouped([words("a", "a", "a", "b", "b", "b")], 6);
  const values = Float64Array.from([1, 2, 3, 10, 20, 30]);
  const how = { reference: groups[0], goal: "min", tolerance: null, pairBy: numbers(1, 2, 2, 2, 1, null) };
  const [base, other] = groupValues.judged(groups, Uint8Array.from([1, 1, 1, 1, 1, 1]), values, how);
  assert.equal(base.verdict, null);
  assert.deepEqual(plain(other.pairs), [[20, 1]]);
});

test("the best mean is first, and a group without values has no rank", () => {
  const groups = groupValues.grouped([words("a", "b", "c")], 3);
  const how = { reference: null, goal: "max", tolerance: null, pairBy: null };
  const results = groupValues.judged(groups, Uint8Array.from([1, 1, 0]), Float64Array.from([1, 2, 3]), how);
  assert.deepEqual([...groupValues.ranks(results, "max")].map(([{ label }, rank]) => [label, rank]), [["b", 1], ["a", 2]]);
});
