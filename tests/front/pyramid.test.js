"use strict";
const assert = require("node:assert");
const test = require("node:test");
const { deflateSync } = require("node:zlib");
const load = require("./load.js");

const { plain } = load;
const FACTOR = 8;

// A column of numbers, its bytes sorted by their place in a number.
function column(values, Numbers) {
  const bytes = new Uint8Array(new Numbers(values).buffer);
  const size = Numbers.BYTES_PER_ELEMENT;
  return Array.from({ length: bytes.length }, (_, at) => bytes[(at % values.length) * size + Math.floor(at / values.length)]);
}

function chunk(values, rows, step, time = null, times = []) {
  const bytes = [...column(values, Float32Array), ...(times.length ? column(times, Float32Array) : [])];
  return { rows, step, time, wide: false, flags: false, data: deflateSync(Uint8Array.from(bytes)).toString("base64") };
}

function pyramid(points) {
  const values = Array.from({ length: points }, (_, at) => at % 100);
  const stretches = Array.from({ length: Math.ceil(points / FACTOR) }, (_, at) => values.slice(at * FACTOR, (at + 1) * FACTOR));
  const top = stretches.flatMap((one) => [Math.min(...one), Math.max(...one)]);
  const asked = [];
  const chunks = { "0-0": chunk(values, points, [0, 1]), "1-0": chunk(top, stretches.length, [0, FACTOR]) };
  const runpages = load(["pyramid"], {
    load(src) {
      asked.push(src);
      return Promise.resolve(chunks[src.match(/\d-\d/)[0]]);
    },
  });
  const known = { levels: 2, points, folder: "points/0", version: "v", start: null, end: [points, null] };
  return { view: runpages.pyramid(known, "run/"), asked };
}

test("the first points are those that were logged", async () => {
  const { view, asked } = pyramid(9000);
  const head = plain(await view.head(3));
  assert.deepEqual(head, { steps: [0, 1, 2], times: null, values: [0, 1, 2], others: null });
  assert.deepEqual(asked, ["run/points/0/0-0.js?v=v"]);
});

test("the whole is shown by the least and the greatest of each stretch", async () => {
  const { view, asked } = pyramid(9000);
  const shown = plain(await view.view(null, false));
  assert.equal(shown.values.length, 2 * Math.ceil(9000 / FACTOR));
  assert.deepEqual(shown.steps.slice(0, 4), [0, 4, 8, 12]);
  assert.deepEqual(shown.values.slice(0, 4), [0, 7, 8, 15]);
  assert.deepEqual(shown.others.slice(0, 4), [7, 0, 15, 8]);
  assert.equal(asked.length, 1);
});

test("a range that has room is shown by its points", async () => {
  const { view, asked } = pyramid(9000);
  const shown = plain(await view.view([800, 899], false));
  assert.equal(shown.others, null);
  assert.ok(shown.steps[0] <= 800 && shown.steps.at(-1) >= 899 && shown.steps.length < 200);
  assert.deepEqual(asked.map((src) => src.match(/\d-\d/)[0]), ["1-0", "0-0"]);
});
