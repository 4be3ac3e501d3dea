"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { runStats } = load(["verdict", "run-stats"]);
const plain = (value) => JSON.parse(JSON.stringify(value));
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-12, one + " is not " + other);

test("a front has what no other point beats, in both directions", () => {
  const points = [[1, 5], [2, 3], [3, 4], [4, 1], [4, 2], [2, 3]];
  assert.deepEqual(plain(runStats.pareto(points, "min", "min")), [[1, 5], [2, 3], [4, 1]]);
  assert.deepEqual(plain(runStats.pareto(points, "max", "max")), [[1, 5], [3, 4], [4, 2]]);
  assert.deepEqual(plain(runStats.pareto(points, "min", "max")), [[1, 5]]);
  assert.deepEqual(plain(runStats.pareto([], "min", "max")), []);
});

test("a box has its whiskers at values within 1.5 times the distance of the quartiles", () => {
  assert.deepEqual(plain(runStats.box([1, 2, 3, 4, 100])), { first: 2, median: 3, third: 4, low: 1, high: 4, n: 5 });
});

test("a band is over those that share a step, and there are three of them", () => {
  const curves = [[[0, 1], [1, 2], [2, 9]], [[0, 3], [1, 4]], [[0, 5], [1, NaN]], [[0.5, 1]]].map((points) => new Map(points));
  assert.deepEqual(plain(runStats.bands(curves)), [{ x: 0, n: 3, mean: 3, sd: 2, least: 1, most: 5 }]);
});

test("ranks are shared by equal values", () => {
  assert.deepEqual([...runStats.ranks([10, 30, 20, 20])], [1, 4, 2.5, 2.5]);
});

test("an order that no shuffle beats has the smallest p", () => {
  const x = Array.from({ length: 30 }, (_, at) => at);
  const { value, p } = runStats.correlation(x, x.map((one) => -(one ** 3)));
  close(value, -1);
  assert.equal(p, 0.001);
  assert.equal(runStats.correlation(x, x.map((one) => -(one ** 3))).p, p);
});

test("groups that explain all have an eta squared of 1", () => {
  const places = Array.from({ length: 20 }, (_, at) => at % 2);
  close(runStats.etaSquared(places, places.map((one) => 5 * one)).value, 1);
});

test("nothing is computed under twenty runs, of constants, or of texts that hardly recur", () => {
  const of = (count, value) => Float64Array.from({ length: count }, (_, at) => value(at));
  assert.equal(runStats.association(of(19, (at) => at), of(19, (at) => at), false).why, "19 runs, fewer than 20");
  assert.equal(runStats.association(of(25, (at) => (at < 10 ? NaN : at)), of(25, (at) => at), false).n, 15);
  assert.equal(runStats.association(of(20, () => 1), of(20, (at) => at), false).why, "one value");
  assert.equal(runStats.association(of(20, (at) => at), of(20, () => 2), false).why, "the metric is constant");
  assert.equal(runStats.association(of(20, (at) => at), of(20, (at) => at), true).why, "20 texts in 20 runs");
});

test("a step is found where it is, and not in noise or in fewer than eight values", () => {
  const noise = [0.1, -0.2, 0.05, 0, 0.12, -0.07, 0.2, -0.15, 0.02, -0.1, 0.04, 0.09];
  const found = runStats.step(noise.map((one, at) => one + (at < 5 ? 0 : 3)));
  assert.equal(found.at, 5);
  assert.ok(found.p <= 0.01 && found.interval.low < 3 && found.interval.high > 3);
  assert.ok(runStats.step(noise).p > 0.05);
  assert.equal(runStats.step([0, 0, 0, 5, 5, 5, 5]), null);
  assert.equal(runStats.step(Array(9).fill(2)), null);
  assert.equal(runStats.step([1, 1, 1, 1, 2, 2, 2, 2, 2]).at, 4);
});

test("a step is sought only where the values may be split", () => {
  const values = [1, 1.1, 1, 0.9, 1, 2, 2.1, 1.9, 2, 2.1, 2];
  assert.equal(runStats.step(values).at, 5);
  assert.equal(runStats.step(values, (left) => left === 6).at, 6);
  assert.equal(runStats.step(values, (left) => left === 2), null);
});

test("groups are in the order of the first start in each", () => {
  const [groups, starts] = [[2, 0, 1, 0, -1, 3], [5, 9, 7, 1, 0, NaN]];
  assert.deepEqual([...runStats.firstSeen(groups, starts)], [0, 2, 1, 3]);
});

test("steps of noise are found as often as the level says", () => {
  // Sums of fractions of multiples of an irrational number are near enough to noise.
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const runs = Array.from({ length: 100 }, () => Array.from({ length: 12 }, () => next() + next() + next()));
  const found = runs.filter((values) => runStats.step(values).p <= 0.05).length;
  assert.ok(found <= 12, found + " of 100");
});

test("an axis is logarithmic where the median is nearer to the geometric middle", () => {
  assert.ok(runStats.isLog([0.001, 0.01, 0.1]));
  assert.ok(runStats.isLog([16, 32, 64, 128]));
  assert.ok(!runStats.isLog([1, 2, 3, 4]));
  assert.ok(!runStats.isLog([0, 0.01, 0.1]));
  assert.ok(!runStats.isLog(Array.from({ length: 100 }, (_, at) => 0.01 * (at + 1))));
});

test("a bound is as short as it can be, and leaves the same values", () => {
  const known = [0.0859665, 0.0912, 0.13372, 0.14];
  assert.equal(runStats.bound(0.0859665, known, false), "0.08");
  assert.equal(runStats.bound(0.0912, known, false), "0.09");
  assert.equal(runStats.bound(0.13372, known, true), "0.134");
  assert.equal(runStats.bound(-0.5, [-0.5, 0], true), "-0.5");
  assert.equal(runStats.bound(0, known, true), "0");
});

test("the ramp has its ends, and a middle", () => {
  assert.deepEqual([0, 1, 2].map((rank) => runStats.ramp(rank, 3)), [1, 5, 9]);
  assert.equal(runStats.ramp(0, 1), 1);
});

test("a sample has as many as are wanted, in their order, of all values of a grid", () => {
  assert.deepEqual(plain(runStats.sample([1, 2, 3], 5)), [1, 2, 3]);
  const found = runStats.sample(Array.from({ length: 400 }, (_, at) => at), 100);
  assert.equal(found.length, 100);
  assert.deepEqual(plain(found), plain(found).sort((one, other) => one - other));
  assert.equal(new Set(found.map((at) => at % 4)).size, 4);
});
