"use strict";
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const test = require("node:test");
const load = require("./load.js");

const { plain } = load;
const { curveMath, runStats } = load(["verdict", "run-stats", "compare/curve-math"]);
const expected = JSON.parse(readFileSync(join(__dirname, "../compare.json"), "utf-8"));
const numbers = (values) => values.map((value) => value ?? NaN);
const close = (one, other) => assert.ok(Math.abs(one - other) <= 1e-12 * Math.max(1, Math.abs(other)), one + " is not " + other);

test("curves part at the step that numpy finds", () => {
  for (const { reference, other, step } of expected.parting) {
    const found = curveMath.parting({ steps: reference.steps, values: numbers(reference.values) }, { steps: other.steps, values: numbers(other.values) });
    assert.equal(found ? found.step : found, step);
  }
});

test("curves without a step in common do not part", () => {
  assert.equal(curveMath.parting({ steps: [1], values: [1] }, { steps: [2], values: [1] }), undefined);
});

test("a value against nan is a difference, nan against nan is none", () => {
  const of = (...values) => ({ steps: [0, 1], values });
  assert.equal(curveMath.parting(of(1, NaN), of(1, 2)).step, 1);
  assert.equal(curveMath.parting(of(1, NaN), of(1, NaN)), null);
  assert.equal(curveMath.parting(of(1, Infinity), of(1, Infinity)), null);
  assert.equal(curveMath.parting(of(0, 1), of(-0, 1)), null);
});

test("bands are those of numpy", () => {
  const found = runStats.bands(expected.bands.curves.map((values) => new Map(values.map((value, at) => [at, value ?? NaN]))));
  assert.deepEqual(plain(found.map(({ x, n }) => [x, n])), expected.bands.steps.map(({ x, n }) => [x, n]));
  found.forEach((one, at) => ["mean", "sd", "least", "most"].forEach((name) => close(one[name], expected.bands.steps[at][name])));
});

test("a thinned curve keeps its ends, its spikes and its gaps", () => {
  const values = Array.from({ length: 10000 }, (_, at) => Math.sin(at / 500));
  values[1234] = 99;
  values[7777] = -99;
  values[5000] = NaN;
  const x = values.map((_, at) => at);
  const pieces = curveMath.thinned(x, values, [0, 9999], 100);
  assert.equal(pieces.length, 2);
  const kept = pieces.flat();
  assert.ok(kept.length <= 404);
  for (const at of [0, 1234, 4999, 5001, 7777, 9999]) assert.ok(kept.includes(at), at + " is gone");
  assert.deepEqual(plain(kept), plain(kept.toSorted((one, other) => one - other)));
  assert.equal(new Set(kept).size, kept.length);
});

test("few points stay all, also a single one between gaps", () => {
  assert.deepEqual(plain(curveMath.thinned([0, 1, 2, 3], [1, NaN, 2, NaN], [0, 3], 300)), [[0], [2]]);
  assert.deepEqual(plain(curveMath.thinned([5], [1], [5, 5], 300)), [[0]]);
  assert.deepEqual(plain(curveMath.thinned([], [], [0, 1], 300)), []);
});

test("runs share an axis: steps, clock times, or times since their first point", () => {
  const curves = [
    { name: "epoch", start: 1000, steps: [0, 1, 2], times: [1000, 61000, 241000], values: [1, 2, 3] },
    { name: "epoch", start: 5000, steps: [0, 1], times: [5000, null], values: [1, 2] },
    { name: "epoch", start: 9000, steps: [0, 1], times: null, values: [1, 2] },
  ];
  const of = (kind) => curveMath.aligned(curves, kind);
  assert.deepEqual(plain(of("step").curves.map(({ x }) => x)), [[0, 1, 2], [0, 1], [0, 1]]);
  assert.equal(of("step").name, "epoch");
  assert.deepEqual(plain(of("time").curves.map(({ x }) => x)), [[1000, 61000, 241000], [5000], []]);
  assert.deepEqual(plain(of("relative").curves.map(({ x }) => x)), [[0, 1, 4], [0], []]);
  assert.equal(of("relative").name, "min");
  assert.deepEqual(plain(of("relative").curves[1].values), [1]);
});

test("of a long metric both values of a step are points", () => {
  const flat = curveMath.flat({ steps: [0, 8], times: null, values: [1, "nan"], others: [3, undefined] });
  assert.deepEqual([...flat.steps], [0, 0, 8]);
  assert.deepEqual([...flat.values], [1, 3, NaN]);
});

test("the nearest value is found from any place", () => {
  const of = (value) => curveMath.nearest([1, 4, 6], value);
  assert.deepEqual([-9, 1, 2.4, 2.6, 5, 9].map(of), [0, 0, 0, 1, 1, 2]);
  assert.equal(curveMath.nearest([], 1), -1);
});
