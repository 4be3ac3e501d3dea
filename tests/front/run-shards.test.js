"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const LISTS = ["title", "id", "number", "status", "began", "took"];
const lists = (pages) => ({ page: pages, kind: pages.map(() => "completed"), ...Object.fromEntries(LISTS.map((name) => [name, pages.map((page) => name + " " + page)])) });
const files = {
  "base/a.js": { ...lists(["c", "b"]), single: [1], damaged: [0], columns: { "param:x ": { file: "x.js", at: 0 } } },
  "base/b.js": { ...lists(["a"]), single: [], damaged: [0], columns: {} },
  "base/x.js": [{ numbers: [0.5, "nan"] }],
  "base/new.js": [{ numbers: [1, null] }],
  "base/words.js": [{ words: ["u", "v"], places: [1, 0] }],
};
const gone = [];
const { runShards, runValues, runColumn, ranks } = load(["ranks", "run-values", "run-columns", "run-shards"], {
  load: async (file) => files[file],
  forget: (file) => gone.push(file),
  runFilter: { idOf: ({ key, aggregate }) => key + " " + aggregate },
});
const shards = [{ file: "a.js", count: 2, pages: ["b", "c"] }, { file: "b.js", count: 1, pages: ["a", "a"] }];
const newest = { ...lists(["e", "d"]), single: [0], damaged: [1], count: 5, shards, best: { loss: ["min", 1, 4] }, children: {} };

test("all runs come shard by shard, and their scripts go", async () => {
  const came = [];
  const runs = await runShards.whole(newest, "base/", (rows) => came.push(rows));
  assert.deepEqual(runs.page, ["e", "d", "c", "b", "a"]);
  assert.deepEqual([runs.single, runs.damaged, came, runs.shards], [[0, 3], [1, 2, 4], [4, 5], null]);
  assert.deepEqual(gone, ["base/a.js", "base/b.js"]);
  assert.deepEqual(newest.page, ["e", "d"]);
});

test("values of shards follow each other, and a shard may have none", async () => {
  const runs = await runShards.whole(newest, "base/");
  const numbers = await runColumn.load({ key: "param:x", file: "new.js", at: 0, type: "numbers" }, "", runs, "base/", () => {});
  assert.deepEqual([...numbers.numbers], [1, NaN, 0.5, NaN, NaN]);
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => numbers.text(row)), ["1", "", "0.5", "nan", ""]);
  assert.deepEqual([3, 4].map((row) => numbers.missing(row)), [false, true]);
  const words = await runColumn.load({ key: "tag:x", file: "words.js", at: 0, type: "words" }, "", runs, "base/", () => {});
  assert.deepEqual([0, 1, 2].map((row) => words.text(row)), ["v", "u", ""]);
  assert.ok(words instanceof runValues && ranks);
});

test("the page of an old run loads its shard, and those of its neighbours and the best run", async () => {
  const around = await runShards.around(newest, "base/", "b");
  assert.equal(around.page.indexOf("b"), 3);
  assert.deepEqual([around.page[2], around.page[4], around.page.length], ["c", "a", 5]);
  const none = await runShards.around(newest, "base/", "nowhere");
  assert.equal(none.shards, null);
});
