"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { textDiff } = load(["text-diff"]);
const signs = (before, after) => textDiff(before, after).map(({ sign, text }) => sign + text);

test("lines that are in both stay, others were removed and added", () => {
  assert.deepEqual([...signs("a\nb\nc", "a\nx\nc\nd")], [" a", "-b", "+x", " c", "+d"]);
  assert.deepEqual([...signs("a", "a")], [" a"]);
});

test("each side can be put together again from its rows", () => {
  let seed = 1;
  const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
  for (let k = 0; k < 200; k++) {
    const [before, after] = [0, 1].map(() => Array.from({ length: 1 + random(9) }, () => "abc"[random(3)]).join("\n"));
    const rows = textDiff(before, after);
    assert.equal(rows.filter((row) => row.sign !== "+").map((row) => row.text).join("\n"), before);
    assert.equal(rows.filter((row) => row.sign !== "-").map((row) => row.text).join("\n"), after);
    assert.ok(rows.filter((row) => row.before).every((row) => before.split("\n")[row.before - 1] === row.text));
  }
});

test("changed words are marked in lines that replace one another", () => {
  const [before, after] = textDiff("it is hard to explain", "it is easy to explain");
  assert.equal(before.text.slice(...before.changed), "hard");
  assert.equal(after.text.slice(...after.changed), "easy");
  assert.equal(textDiff("one", "two")[0].changed, undefined);
});

test("long texts without common lines are compared in no time", () => {
  const lines = (name) => Array.from({ length: 20000 }, (_, at) => name + at).join("\n");
  assert.equal(textDiff(lines("a"), lines("b")).length, 40000);
});
