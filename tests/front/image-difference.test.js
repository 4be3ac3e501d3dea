"use strict";
const assert = require("node:assert");
const test = require("node:test");
const cases = require("../image_differences.json");
const load = require("./load.js");

const { added, result, spelled } = load(["compare/image-difference"]).imageDifference;
const NONE = { absolute: 0, squares: 0, count: 0 };
const rgba = (rows) => rows.flatMap((row) => row.flatMap((pixel) => [...pixel, 255]));
const near = (one, other) => assert.ok(Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other)), `${one} is not ${other}`);

for (const { name, a, b, mean, psnr } of cases) {
  test("mean difference and PSNR as numpy has them: " + name, () => {
    const found = result(added(NONE, rgba(a), rgba(b)));
    near(found.mean, mean);
    if (psnr === null) assert.equal(found.psnr, Infinity);
    else near(found.psnr, psnr);
  });
}

test("strips of an image add up to the whole", () => {
  const [{ a, b }] = cases;
  const strips = a.reduce((sum, _, at) => added(sum, rgba([a[at]]), rgba([b[at]])), NONE);
  assert.deepEqual({ ...result(strips) }, { ...result(added(NONE, rgba(a), rgba(b))) });
});

test("numbers have three digits, decibels one decimal", () => {
  assert.deepEqual({ ...spelled({ mean: 17.4567, psnr: 18.249 }) }, { mean: "17.5", psnr: "18.2" });
  assert.deepEqual({ ...spelled({ mean: 0, psnr: Infinity }) }, { mean: "0", psnr: "∞" });
  assert.deepEqual({ ...spelled({ mean: 4.01e-8, psnr: 122.1 }) }, { mean: "4.01e−8", psnr: "122.1" });
});
