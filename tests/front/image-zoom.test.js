"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { scaled, moved, spelled, parsed, keyed } = load(["compare/image-zoom"]).imageZoom;
const WHOLE = { scale: 1, x: 0, y: 0 };
// Where a point of an image lies in its box, both from −0.5 to 0.5.
const seen = ({ scale, x }, at) => scale * (at + x);
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("what is under the pointer stays there", () => {
  const first = scaled(WHOLE, 4, 0.2, -0.1);
  near(seen(first, 0.2), 0.2);
  const second = scaled(first, 1.5, 0.1, 0);
  const point = 0.1 / first.scale - first.x;
  near(seen(second, point), 0.1);
});

test("an image leaves no gap at its sides", () => {
  let seed = 5;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5;
  let zoom = WHOLE;
  for (let k = 0; k < 500; k++) {
    zoom = k % 2 ? moved(zoom, 3 * random(), 3 * random()) : scaled(zoom, 1 + random(), random(), random());
    assert.ok(seen(zoom, -0.5) <= -0.5 + 1e-9 && seen(zoom, 0.5) >= 0.5 - 1e-9);
    assert.ok(zoom.scale >= 1 && zoom.scale <= 64);
  }
  assert.deepEqual({ ...scaled(zoom, 0) }, WHOLE);
});

test("the address has a zoom, and nothing where there is none", () => {
  assert.equal(spelled(WHOLE), null);
  assert.deepEqual({ ...parsed(spelled({ scale: 4, x: 0.25, y: -0.125 })) }, { scale: 4, x: 0.25, y: -0.125 });
  for (const text of [null, "", "0", "-3~1~1", "many", "1000~0~0", "Infinity"]) assert.deepEqual({ ...parsed(text) }, WHOLE);
  assert.deepEqual({ ...parsed("2~9~x") }, { scale: 2, x: 0.25, y: 0 });
});

test("keys zoom, and with Shift they move", () => {
  assert.equal(keyed({ key: "+" }, WHOLE).scale, 1.25);
  assert.deepEqual({ ...keyed({ key: "0" }, { scale: 8, x: 0, y: 0 }) }, WHOLE);
  assert.ok(keyed({ key: "ArrowRight", shiftKey: true }, { scale: 2, x: 0, y: 0 }).x < 0);
  assert.equal(keyed({ key: "ArrowRight" }, WHOLE), null);
  assert.equal(keyed({ key: "q" }, WHOLE), null);
});
