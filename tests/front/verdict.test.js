"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { verdict } = load(["verdict"]);

test("the exact p counts the splits that differ as much", () => {
  assert.equal(verdict.exact([1, 2, 3], [4, 5, 6]), 2 / 20);
  assert.equal(verdict.exact([], [1]), null);
});

test("p is corrected after Holm", () => {
  assert.deepEqual([...verdict.holm([0.01, 0.04, 0.03])].map((p) => Number(p.toFixed(9))), [0.03, 0.06, 0.06]);
});

test("fewer than four values are not judged", () => {
  const { a } = verdict.verdicts({ a: [9, 9.1, 9.2] }, [1, 1.1, 1.2, 1.1], { goal: "min" });
  assert.equal(a.word, "unknown");
  assert.equal(a.p, null);
});
