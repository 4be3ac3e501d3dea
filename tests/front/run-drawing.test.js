"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { axis, runDrawing } = load(["ticks", "run-stats", "run-drawing"]);

test("labels at the ends of an axis lie beside their ticks, and those next to them keep away", () => {
  const ticks = ["2025-10-09", "2025-10-24", "2025-11-09", "2025-11-24"].map((label, at) => ({ label, at: at / 3 }));
  for (let room = 60; room < 500; room += 7) {
    let end = -Infinity;
    for (const { at, label } of runDrawing.apart(ticks, room)) {
      const width = axis.width(label);
      const start = at * room - { left: 0, center: width / 2, right: width }[axis.anchor(at * room, label, room)];
      assert.ok(start >= end + 6 || end === -Infinity, room + " " + label);
      end = start + width;
    }
  }
  assert.equal(runDrawing.apart(ticks, 400).length, 4);
});
