"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");

const { runChartSpec } = load(["ranks", "run-query", "run-filter", "run-charts-spec"]);

const NAMES = ["metric:val/loss", "metric:a, b~c%", "metric:lr", "param:lr", "param:<img src=x>", "param:-x", "param:x|y", "run:started", "tag:base"];
const columns = NAMES.map((key) => ({ key, kind: key.split(":")[0], name: key.slice(key.indexOf(":") + 1), aggregates: key.startsWith("metric:") ? { last: {}, min: {}, mean: {}, best: {} } : undefined }));
const model = { columns, column: (key) => columns.find((one) => one.key === key), usual: (key) => (key.startsWith("metric:") ? "best" : "") };
const need = (key, aggregate = model.usual(key), log = "") => ({ key, aggregate, log });

for (const [keys, text] of [
  [[need("metric:val/loss"), need("param:lr", "", "log")], "points,val/loss,param.lr~log"],
  [[need("metric:val/loss", "mean"), need("run:started")], "points,mean(val/loss),started"],
  [[need("metric:lr", "last"), need("param:<img src=x>")], 'points,metric.last(lr),"<img src=x>"'],
  [[need("metric:a, b~c%", "min", "linear"), need("param:-x")], 'points,min("a%2C b%7Ec%25")~linear,"-x"'],
]) {
  test("a card is the text " + text, () => {
    const spec = { kind: "points", keys, flags: new Set() };
    assert.equal(runChartSpec.write(spec, model), text);
    const found = runChartSpec.read(text, model);
    assert.deepEqual(JSON.parse(JSON.stringify(found.keys)), keys);
  });
}

test("a card has a query of its own after a bar, which is left as it is written", () => {
  const query = 'a|b:1,2 "x~y" 100%';
  const spec = { kind: "points", keys: [need("metric:val/loss"), need("param:x|y", "")], flags: new Set(), query };
  const text = runChartSpec.write(spec, model);
  assert.equal(text, "points,val/loss,x%7Cy|" + query);
  assert.equal(runChartSpec.read(text, model).query, query);
  assert.equal(runChartSpec.read("lines,val/loss", model).query, "");
});

test("options follow the kind, in one order", () => {
  const spec = runChartSpec.read("lines.all.sd,val/loss", model);
  assert.equal(runChartSpec.write(spec, model), "lines.sd.all,val/loss");
});

test("a text that asks for what is not there is no card", () => {
  for (const text of ["", "pie,val/loss", "lines", "lines,nothing", "points,val/loss", "points,param.lr,val/loss", "lines,val/loss,param.lr", "grid,val/loss,param.lr,%E0%A4%A"]) {
    assert.equal(runChartSpec.read(text, model), null, text);
  }
});
