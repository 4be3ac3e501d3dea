"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { chartSpec, chartX } = load(["ticks", "chart-x", "chart-spec"]);
const VIEW = { weight: 0, x: "step", scale: "auto", outliers: false, zoom: null };
const series = (values, known = {}) => ({ x: "step", steps: values.map((_, at) => at), times: null, values, others: null, strands: [], ranks: false, start: 0, end: 0, ...known });
const spec = (values, view = {}, known = {}) => chartSpec(series(values, known), { ...VIEW, ...view }, { heights: null, ended: false });
const notes = (...some) => [...spec(...some).notes];

test("a chart is logarithmic by itself where its values span two decades", () => {
  assert.deepEqual([spec([1, 100]).log, spec([1, 99]).log, spec([0, 1000]).log, spec([5]).log], [true, false, false, false]);
  assert.deepEqual([spec([1, 100], { scale: "linear" }).log, spec([1, 2], { scale: "log" }).log], [false, true]);
});

test("what a logarithmic axis cannot show is counted", () => {
  assert.deepEqual(notes([1, 0, -3, 10], { scale: "log" }), ["log y", "2 values ≤ 0 not shown"]);
  assert.deepEqual(notes([1, 0, 10], { scale: "log" }), ["log y", "1 value ≤ 0 not shown"]);
  assert.deepEqual(notes([-1, -2], { scale: "log" }), ["linear: no value > 0"]);
  assert.deepEqual(notes(["nan", null], { scale: "log" }), []);
});

test("outliers leave the range, and are counted", () => {
  const values = Array.from({ length: 200 }, (_, at) => (at === 77 ? 1e6 : at % 10));
  const { yRange, notes: shown } = spec(values, { outliers: true, scale: "linear" });
  assert.ok(yRange[1] < 20);
  assert.deepEqual([...shown], ["1 outlier not shown"]);
  const falling = Array.from({ length: 50 }, (_, at) => -at);
  assert.deepEqual([...spec(falling, { outliers: true }).yRange], [...spec(falling).yRange]);
});

test("a zoom shows its stretch and the heights in it", () => {
  const { xRange, yRange } = spec([100, 1, 3, -100], { zoom: [1, 2], scale: "linear" });
  assert.deepEqual([...xRange], [1, 2]);
  assert.ok(yRange[0] > 0.8 && yRange[1] < 3.2);
});

test("a constant has one tick", () => {
  assert.deepEqual([...spec([0.5, 0.5]).yTicks].map(({ label }) => label), ["0.5"]);
});

test("a zoom is kept in seconds, and shown in the unit of each chart", () => {
  const times = [0, 600_000];
  const one = series([1, 2], { times, end: 600_000 });
  assert.equal(chartX.column(one, "relative").name, "min");
  assert.deepEqual([...chartX.zoom(one, "relative", [1, 2])], [60, 120]);
  assert.deepEqual([...chartX.range(one, "relative", [60, 120])], [1, 2]);
});

test("ticks of a clock are round", () => {
  const labels = (from, to) => [...chartX.ticks(from, to, 250)].map(({ label }) => label);
  assert.deepEqual(labels(3_600_000, 5_400_000), ["01:00", "01:10", "01:20", "01:30"]);
  assert.deepEqual(labels(3_600_000, 3_602_000), ["01:00:00", "01:00:01", "01:00:02"]);
  assert.deepEqual(labels(86_400_000 * 3, 86_400_000 * 5), ["4 Jan", "12:00", "5 Jan", "12:00", "6 Jan"]);
});
