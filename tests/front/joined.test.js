"use strict";
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const test = require("node:test");
const load = require("./load.js");

const { plain } = load;
const { joined, rows } = load(["ranks", "query", "verdict", "run-stats", "compare/joined"]);
const expected = JSON.parse(readFileSync(join(__dirname, "../compare.json"), "utf-8"));
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-12, one + " is not " + other);

// A table as its data script has it.
function table(columns) {
  const packed = Object.entries(columns).map(([name, values]) => {
    if (values.every((value) => value === null || typeof value === "number")) return { name, decimals: values.every((value) => Number.isInteger(value ?? 0)) ? 0 : 3, values: values.map((value) => value ?? "").join() };
    const words = [...new Set(values.filter((value) => value !== null))];
    return { name, words, values: values.map((value) => (value === null ? "" : words.indexOf(value))).join() };
  });
  const count = Object.values(columns)[0].length;
  return rows({ rows: count, total: [count, packed.length], columns: packed });
}

test("keys are unique and whole in all tables, the likely ones first", () => {
  const a = table({ loss: [0.1, 0.2, 0.3], name: ["x", "y", "z"], epoch: [1, 2, 3], class: ["p", "p", "q"] });
  const b = table({ loss: [0.1, 0.2], name: ["x", "w"], epoch: [1, null] });
  assert.deepEqual(plain(joined.keys([a, a])), ["name", "epoch", "loss"]);
  assert.deepEqual(plain(joined.keys([a, b])), ["name", "loss"]);
  assert.deepEqual(plain(joined.keys([table({ x: [1, 1] })])), []);
  assert.deepEqual(plain(joined.keys([table({ p: [0.1, 0.2] }), table({ p: [0.1, 0.3] })])), ["p"]);
  assert.deepEqual(plain(joined.keys([table({ p: [0.1, 0.2] }), table({ p: [0.4, 0.3] })])), []);
  const pictured = rows({ rows: 1, total: [1, 1], columns: [{ name: "id", words: ["a.png"], values: "0", pictures: { 0: "a.png" } }] });
  assert.deepEqual(plain(joined.keys([pictured])), []);
});

test("rows join by their key, those of one table only as well", () => {
  const [a, b] = [table({ id: [3, 1, 2], v: [30, 10, 20] }), table({ v: [11, 41], id: [1, 4] })];
  assert.deepEqual(plain(joined.join([a, b], "id")), [{ key: "3", rows: [0, -1] }, { key: "1", rows: [1, 0] }, { key: "2", rows: [2, -1] }, { key: "4", rows: [-1, 1] }]);
  assert.deepEqual(plain(joined.join([a, b], null).map(({ rows: at }) => at)), [[0, 0], [1, 1], [2, -1]]);
  assert.deepEqual(plain(joined.names([a, b], "id")), ["v"]);
});

test("equal numbers are the same however they are spelled, texts are not", () => {
  for (const [one, other] of [["1", "1.0"], ["1e3", "1000"], ["a", "a"], [null, null]]) assert.ok(joined.isSame(one, other));
  for (const [one, other] of [["1", "2"], ["", "0"], [null, "0"], ["a", "A"], ["nan", "0"]]) assert.ok(!joined.isSame(one, other));
});

test("predictions are found by the names of their columns", () => {
  const known = table({ id: [1], label: ["a"], predicted: ["b"], score: [0.5] });
  assert.deepEqual(plain(joined.roles(known)), { truth: "label", predicted: "predicted", probability: "score" });
  assert.deepEqual(plain(joined.roles(table({ true: [1], pred: [1] }))), { truth: "true", predicted: "pred" });
  assert.equal(joined.roles(table({ epoch: [1], loss: [1] })), null);
});

test("each example lists which model is right", () => {
  const a = table({ id: [1, 2, 3, 4, 5, 6], true: [0, 0, 0, 0, 0, 7], predicted: [0, 0, 1, 1, 1, 7] });
  const b = table({ id: [1, 2, 3, 4, 5, 6], true: [0, 0, 0, 0, 0, 8], predicted: [0, 1, 0, 1, 2, 7] });
  const found = joined.judged([a, b], joined.join([a, b], "id"), [joined.roles(a), joined.roles(b)]);
  assert.deepEqual(plain(found.map(({ key, kind }) => [key, kind])), [["1", "both"], ["2", "a"], ["3", "b"], ["4", "alike"], ["5", "neither"]]);
});

test("the bootstrap has the interval that numpy has with the same draws", () => {
  for (const { values, mean, low, high, draws } of expected.bootstrap) {
    const found = joined.bootstrap(values);
    assert.equal(found.draws, draws);
    close(found.mean, mean);
    close(found.low, low);
    close(found.high, high);
    assert.deepEqual(plain(joined.bootstrap(values)), plain(found));
  }
});
