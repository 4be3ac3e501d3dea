"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { heights } = load(["ticks"]);

test("the heights are those of the values between two places, with room", () => {
  assert.deepEqual([...heights([0, 1, 2, 3], [100, 1, 3, -100], [1, 2], false)], [1 - 0.12, 3 + 0.12]);
});

test("a flat stretch gets room as well", () => {
  assert.deepEqual([...heights([0, 1], [2, 2], [0, 1], false)], [1.8, 2.2]);
  assert.deepEqual([...heights([0, 1], [0, 0], [0, 1], false)], [-1, 1]);
});

test("on a logarithmic axis only what is positive counts, as an exponent", () => {
  const [low, high] = heights([0, 1, 2], [-5, 1, 100], [0, 2], true);
  assert.ok(Math.abs(low + 0.12) < 1e-9 && Math.abs(high - 2.12) < 1e-9);
});

test("there is nothing without a finite value", () => {
  assert.equal(heights([0, 1], [null, "nan"], [0, 1], false), null);
  assert.equal(heights([0], [5], [1, 2], false), null);
});
