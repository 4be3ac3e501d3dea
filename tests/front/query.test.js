"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { rows } = load(["ranks", "query"]);
const TABLE = {
  rows: 5, total: 5,
  columns: [
    { name: "loss", values: "0.5,nan,,2,10", decimals: 1 },
    { name: "name", words: ["item 10", "Item 2", "b"], values: "0,1,2,,1", decimals: 0 },
  ],
};
const table = rows(TABLE);
const [loss, name] = table.columns;
const found = (query) => [...table.find(query)].join("");

test("numbers are ordered by value, and what is none stays last either way", () => {
  assert.deepEqual([...table.order(loss, false)], [0, 3, 4, 1, 2]);
  assert.deepEqual([...table.order(loss, true)], [4, 3, 0, 1, 2]);
  assert.deepEqual([...table.order(null)], [0, 1, 2, 3, 4]);
});

test("texts are ordered as the language does, with numbers in them by value", () => {
  assert.deepEqual([...table.order(name, false)], [2, 1, 4, 0, 3]);
  assert.deepEqual([...table.order(name, true)], [0, 1, 4, 2, 3]);
});

test("a query asks for words in any column, and for columns by sign", () => {
  assert.equal(found(""), "11111");
  assert.equal(found("item"), "11001");
  assert.equal(found("item 10"), "10001");
  assert.equal(found("loss>0.5"), "00011");
  assert.equal(found("loss<=0.5 name:item"), "10000");
  assert.equal(found('name="item 2"'), "01001");
  assert.equal(found("LOSS=2.0"), "00010");
  assert.equal(found("loss>"), "11111");
});

test("a comparison with what is no number says what to write", () => {
  assert.equal(table.find("loss>much"), "“much” is not a number. Try loss>0.5");
});

test("cells are texts, and a missing one has none", () => {
  assert.equal(name.text(1), "Item 2");
  assert.ok(name.isMissing(3) && !name.isMissing(0));
});
