"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { axis } = load(["ticks"]);
const labels = (ticks) => [...ticks].map(({ label }) => label);

test("ticks of a logarithmic axis are 1 and 3 of a decade, or whole decades", () => {
  assert.deepEqual(labels(axis.logarithmic(0.1, 30)), ["0.1", "0.3", "1", "3", "10", "30"]);
  assert.deepEqual(labels(axis.logarithmic(0.001, 1000)), ["0.01", "1", "100"]);
});

test("labels keep their decimals, and their thousands", () => {
  assert.deepEqual(labels(axis.linear(0.9, 2.1)), ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0"]);
  assert.deepEqual(labels(axis.linear(0, 1e6)).at(-1), "1,000,000");
});

test("the last step has its label", () => {
  assert.deepEqual(labels(axis.across(0, 29, null, true, 250).ticks), ["0", "5", "10", "15", "20", "25", "29"]);
  assert.deepEqual(labels(axis.across(0, 1, null, true, 250).ticks), ["0", "1"]);
});

test("labels that would leave the card lie beside their ticks", () => {
  assert.equal(axis.anchor(0, "0", 250), "center");
  assert.equal(axis.anchor(0, "1,000", 250), "left");
  assert.equal(axis.anchor(250, "1,000,000", 250), "right");
});

test("letters of East Asia and pictures are wide", () => {
  assert.equal(axis.width("深度学习"), 4 * 11.5);
  assert.equal(axis.width("ディープ한국"), 6 * 11.5);
  assert.equal(axis.width("🧪"), 11.5);
});
