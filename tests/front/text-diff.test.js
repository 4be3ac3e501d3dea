"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const loaded = load(["text-diff"]);
const textDiff = (before, after, key) => loaded.textDiff(before.split("\n"), after.split("\n"), key);
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

test("scattered changes of a long text are found one by one", () => {
  const before = Array.from({ length: 20000 }, (_, at) => (at % 3 ? "line " + at : "    return x"));
  const after = before.flatMap((line, at) => (at % 1000 === 1 ? [line + "!"] : at % 1000 === 500 ? [line, "more " + at] : [line]));
  const changed = textDiff(before.join("\n"), after.join("\n")).filter((row) => row.sign !== " ");
  assert.equal(changed.length, 60);
});

test("several words of a line are marked", () => {
  const [before, after] = textDiff("loss = log_loss(y, net.predict(X), 1)", "loss = log_loss(y, net.predict_proba(X), 2)");
  const words = ({ text, changed }) => [...Array(changed.length / 2).keys()].map((at) => text.slice(changed[2 * at], changed[2 * at + 1]));
  assert.deepEqual(words(before), ["predict", "1"]);
  assert.deepEqual(words(after), ["predict_proba", "2"]);
});

test("what is not compared of a line does not make it another one", () => {
  const [row] = textDiff("a  b", "a b", (line) => line.replace(/\s+/g, ""));
  assert.deepEqual({ ...row }, { sign: " ", text: "a b", old: "a  b", before: 1, after: 1 });
});

test("a line of a megabyte and many equal lines end", () => {
  assert.equal(textDiff("x".repeat(1e6), "y".repeat(1e6)).length, 2);
  const same = (count) => Array(count).fill("}").join("\n");
  assert.equal(textDiff(same(50000), same(100000)).filter((row) => row.sign === "+").length, 50000);
});
