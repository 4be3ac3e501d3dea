"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const document = { createElement: () => ({ getContext: () => ({}) }) };
const { runCells } = load(["ranks", "digits", "fixed", "run-values", "runs-cells"], { runsTable: {}, make: () => {} }, { document });
const counts = (shown, count, whole = count, parents = null) => runCells.counts({ shown: { length: shown }, count, whole, parents }).slice();

test("all runs are counted as the page counts them", () => {
  assert.deepEqual(counts(1, 1), ["1", " run", "1 run"]);
  assert.deepEqual(counts(100000, 100000), ["100,000", " runs", "100,000 runs"]);
  assert.deepEqual(counts(3, 3, 3, Int32Array.of(-1, 0, 0)), ["1", " run and 2 child runs", "1 run and 2 child runs"]);
});

test("some of them are counted of all", () => {
  assert.deepEqual(counts(12345, 100000), ["12,345", " of 100,000 runs", "12,345 runs"]);
  assert.deepEqual(counts(1, 3, 3, Int32Array.of(-1, 0, 0)), ["1", " of 3 runs and child runs", "1 run"]);
  assert.deepEqual(counts(98000, 98000, 1000000)[2], "98,000 of 1,000,000 runs");
});
