"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { runScale } = load(["ticks", "run-stats", "run-scale"], { runsTable: {} });
const labels = (values) => runScale.numbers(values, { log: false, isTight: true }).ticks.map(({ label }) => label).join(" ");

test("few steps have whole ticks, and other values what is between them", () => {
  assert.equal(labels([0, 2]), "0 1 2");
  assert.equal(labels([0, 2.5]), "0 0.5 1.0 1.5 2.0 2.5");
});
