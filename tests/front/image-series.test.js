"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { series, stops, nearest, columns, spelled, labeled } = load(["compare/image-series"]).imageSeries;
const { plain } = load;

const images = (name, ...steps) => ({ name, items: steps.map((at) => ({ at, time: 1000 + 2 * at, title: name + " " + at })) });
const source = (...list) => ({ images: list, media: [], base: "", began: 1000 });
const titles = (one, by, stop, part = 0) => one.tracks.map((_, at) => nearest(one, at, by, stop, part)?.item.title);

test("names of all runs, in the order of their first run", () => {
  const all = series([source(images("b", 0)), source(images("a", 0), images("b", 1)), source()]);
  assert.deepEqual(plain(all.map(({ name, tracks }) => [name, tracks.map(Boolean)])), [["b", [true, true, false]], ["a", [false, true, false]]]);
});

test("media come after images, also of the same name", () => {
  const all = series([{ ...source(images("a", 0)), media: [images("a", 3)] }]);
  assert.deepEqual(plain(all.map(({ name, kind }) => [name, kind])), [["a", "images"], ["a", "media"]]);
  assert.deepEqual(plain(stops(all, "step")), [0, 3]);
});

test("the slider stops wherever a run has an image", () => {
  const all = series([source(images("a", 10, 0, 5)), source(images("b", 5, 7))]);
  assert.deepEqual(plain(stops(all, "step")), [0, 5, 7, 10]);
  assert.deepEqual(plain(stops(all, "time")), [0, 10, 14, 20]);
  assert.deepEqual(plain(stops(all, "epoch")), []);
});

test("the nearest image is shown, of two that are equally near the earlier one", () => {
  const [one] = series([source(images("a", 0, 10)), source(images("a", 4, 8)), source()]);
  assert.deepEqual(plain(titles(one, "step", 4)), ["a 0", "a 4", null]);
  assert.deepEqual(plain(titles(one, "step", 5)), ["a 0", "a 4", null]);
  assert.deepEqual(plain(titles(one, "step", 6)), ["a 10", "a 4", null]);
  assert.deepEqual(plain(titles(one, "time", 20)), ["a 10", "a 8", null]);
});

test("every stop finds the image that lies least far from it", () => {
  let seed = 3;
  const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
  for (let k = 0; k < 200; k++) {
    const steps = Array.from({ length: 1 + random(6) }, () => random(50));
    const [one] = series([source(images("a", ...new Set(steps)))]);
    const stop = random(60);
    assert.equal(Math.abs(nearest(one, 0, "step", stop, 0).step - stop), Math.min(...steps.map((step) => Math.abs(step - stop))));
  }
});

test("images of one step are counted, and a series of fewer shows its last one", () => {
  const [set, alone] = series([source(images("set", 3, 3, 3, 6), images("alone", 3))]);
  assert.deepEqual([set.parts, alone.parts], [3, 1]);
  assert.deepEqual([0, 1, 2].map((part) => nearest(set, 0, "step", 3, part).part), [0, 1, 2]);
  assert.equal(nearest(set, 0, "step", 6, 2).step, 3);
  assert.equal(nearest(alone, 0, "step", 3, 2).part, 0);
});

test("an epoch is what was logged last before an image", () => {
  const epochs = { steps: [0, 100, 200], values: [1, 2, null] };
  const [one] = series([{ ...source(images("a", 0, 99, 100, 250)), epochs }, source(images("a", 0))]);
  assert.deepEqual(plain(one.tracks[0].map((shot) => shot.epoch)), [1, 1, 2, 2]);
  assert.deepEqual(plain(stops([one], "epoch")), [1, 2]);
  assert.equal(nearest(one, 1, "epoch", 1, 0), null);
});

test("a grid of many steps has those that most runs have", () => {
  const even = Array.from({ length: 30 }, (_, k) => 2 * k);
  const [one] = series([source(images("a", ...even)), source(images("a", ...even.map((at) => (at % 4 ? at + 1 : at))))]);
  const { shown, of } = columns(one, "step", 5);
  assert.equal(of, 45);
  assert.deepEqual(plain(shown), [0, 16, 28, 44, 56]);
  assert.deepEqual(plain(columns(one, "step", 50).shown.length), 45);
  assert.deepEqual(plain(columns({ ...one, tracks: [one.tracks[0].slice(0, 1), null] }, "step", 5)), { shown: [0], of: 1 });
});

test("stops in words", () => {
  assert.equal(labeled("step", 1234567), "step 1234567");
  assert.equal(labeled("epoch", 0.5), "epoch 0.5");
  assert.deepEqual([0.5, 12.34, 75, 3675].map((value) => spelled("time", value)), ["0.50 s", "12.3 s", "1:15", "1:01:15"]);
  assert.equal(labeled("time", 75), "1:15 after start");
});
