"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const files = { a: [{ sparks: [[0, 1000], null] }], b: [null, { sparks: [[5]] }] };
const asked = [];
const { runValues, runCurves, ranks } = load(["ranks", "run-values"], { load: async (file) => (asked.push(file), files[file]) });

test("numbers are spelled as they were logged, and what is not finite is no number", () => {
  const values = new runValues({ numbers: [0.001, 1e-5, 2, 1e16, -0.5, "nan", "-inf", null] });
  const texts = [...values.numbers.keys()].map((row) => values.text(row));
  assert.deepEqual(texts, ["0.001", "1e-05", "2", "1e+16", "-0.5", "nan", "-inf", ""]);
  assert.deepEqual([...values.numbers].slice(5), [NaN, NaN, NaN]);
  assert.deepEqual([5, 6, 7].map((row) => values.missing(row)), [false, false, true]);
  assert.equal(new runValues({ numbers: [1] }, true).text(0), "1.0");
});

test("texts that are numbers have them, and all texts an order", () => {
  const values = new runValues({ words: ["10", "2", "", "x"], places: [0, 1, 2, 3, -1] });
  assert.deepEqual([...values.numbers], [10, 2, NaN, NaN, NaN]);
  assert.deepEqual([...ranks.sorted(Int32Array.of(0, 1, 2, 3, 4), values.ranks, false)], [2, 1, 0, 3, 4]);
  assert.deepEqual([...ranks.sorted(Int32Array.of(0, 1, 2, 3, 4), values.ranks, true)], [3, 0, 1, 2, 4]);
  assert.ok(values.missing(4) && !values.missing(2));
});

test("very many texts have an order as well", () => {
  const words = Array.from({ length: 12000 }, (_, at) => "run " + at);
  const { ranks: places } = new runValues({ words, places: words.map((_, at) => at) }).ranks;
  assert.ok(words.every((_, at) => places[at] === at));
});

test("curves come in pieces, each when one of them is looked at", async () => {
  let came = 0;
  const curves = new runCurves([{ file: "a", at: 0 }, { file: "b", at: 1 }], 2, () => { came++; });
  assert.equal(curves.spark(2), null);
  assert.equal(curves.spark(2), null);
  await new Promise(setImmediate);
  assert.deepEqual([asked, came, curves.spark(2)], [["b"], 1, [5]]);
  assert.ok(curves.missing(0));
  await new Promise(setImmediate);
  assert.deepEqual([curves.spark(0), curves.missing(1)], [[0, 1000], true]);
});
