"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { plain } = load;
const { points, series } = load(["series"], { pyramid: (known, base) => ({ known, base }) });
const DATA = {
  start: 1000, steps: [[0, 1], [5]], times: [[1000, [10, null, 5]]],
  series: [
    { x: "step", steps: 0, times: 0, values: [1, 2], label: "a", strands: [{ steps: 1, times: 9, values: [7], label: "b" }] },
    { x: "step", steps: 1, times: 9, values: [3], label: "c", strands: [], pyramid: { levels: 1 } },
  ],
};

test("columns that metrics share are put in, and steps of time are added up", () => {
  const [first, second] = plain(series(DATA, "run/"));
  assert.deepEqual(first.steps, [0, 1]);
  assert.deepEqual(first.times, [1010, null, 1015]);
  assert.deepEqual(first.strands[0].steps, [5]);
  assert.equal(first.start, 1000);
  assert.deepEqual(second.pyramid, { known: { levels: 1 }, base: "run/" });
});

test("points are rows by step, with the line where there are several", () => {
  const [first, second] = series(DATA, "");
  assert.deepEqual(plain(points({ ...first, times: null })).map((row) => row.join()), ["step,time,value,line", "0,,1,a", "1,,2,a", "5,,7,b"]);
  assert.deepEqual(plain(points({ ...second, times: null })), [["step", "time", "value"], [5, null, 3]]);
});
