// How runs are ranked for a query.
"use strict";
const test = require("node:test");
const assert = require("node:assert");
const load = require("./load.js");

const { searchRank: rank } = load(["search-rank"]);
const searchRank = (...query) => load.plain(rank(...query));
const fields = ["status=Failed", "seed=2", "optimizer.learning_rate=0.01", "metric=val/loss"];

test("a name and a value beside one another are a field, which ranks first", () => {
  const two = searchRank("run", "a", fields, "seed 2");
  const other = searchRank("run", "a", ["seed=0", "layers=2"], "seed 2");
  assert.deepEqual(two.matched, ["seed=2"]);
  assert.ok(two.rank < other.rank);
});

test("fields are asked for by name", () => {
  assert.deepEqual(searchRank("run", "", fields, "status:failed").matched, ["status=Failed"]);
  assert.deepEqual(searchRank("run", "", fields, "learning_rate:0.01").matched, ["optimizer.learning_rate=0.01"]);
  assert.deepEqual(searchRank("run", "", fields, "val/loss").matched, ["metric=val/loss"]);
  assert.equal(searchRank("run", "", fields, "seed:0"), null);
  assert.equal(searchRank("run", "", ["learning_rate=0.01"], "learning_rate:0.0"), null);
});

test("a title that is the query comes before one that has it", () => {
  assert.equal(searchRank("lr0.1", "", fields, "LR0.1").rank, 0);
  assert.equal(searchRank("lr0.1-s2", "", fields, "lr0.1").rank, 1);
});

test("blanks around and between the words of a title do not count", () => {
  assert.equal(searchRank(" x ", "", [], "x").rank, 0);
  assert.equal(searchRank("two  words", "", [], "two words").rank, 0);
  assert.equal(searchRank("two  words", "", [], "Two\u00a0 words ").rank, 0);
});

test("an id or a number that is the query comes first", () => {
  assert.equal(searchRank("trial", "20261127-abc #17 study", [], "20261127-ABC").rank, 0);
  assert.equal(searchRank("trial", "20261127-abc #17 study", [], "#17").rank, 0);
  assert.equal(searchRank("trial", "20261127-abc #17 study", [], "study").rank, 4);
});

test("a run has to hold one text for each word", () => {
  assert.deepEqual(load.plain(load(["search-rank"]).searchTexts(" Seed=2 status:Failed x")), [["seed=2"], ["status=failed", "status:failed"], ["x"]]);
});
