"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { smooth } = load(["smoothing"]);

test("the average is corrected for its start", () => {
  assert.deepEqual([...smooth([5, 5, 5], 0.9)].map((value) => Number(value.toFixed(9))), [5, 5, 5]);
  const [first, second] = smooth([1, 2], 0.5);
  assert.equal(first, 1);
  assert.equal(second, (0.5 * 0.5 * 1 + 0.5 * 2) / 0.75);
});

test("what is no number leaves a gap and changes nothing", () => {
  assert.deepEqual([...smooth([1, null, NaN, 1], 0.6)].map((value) => value && Math.round(value * 1e9) / 1e9), [1, null, null, 1]);
});
