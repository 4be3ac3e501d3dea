// What the page that compares runs computes: the cases are those that Python is held to as well.
"use strict";
const assert = require("node:assert");
const test = require("node:test");
const load = require("./load.js");
const cases = require("../comparisons.json");

const { compareDelta, compareEnvironment, compareMembers, compareRows, compareValues } = load(
  ["verdict", "compare/members", "compare/delta", "compare/metric-rows", "compare/values", "compare/environment"],
);
const { plain } = load;
const NUMBERS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const valueOf = (value) => (typeof value === "string" && value in NUMBERS ? NUMBERS[value] : value);

function close(ours, theirs, what) {
  if (ours === null || theirs === null) assert.equal(ours, theirs, what);
  else assert.ok(Math.abs(ours - theirs) <= Math.max(1e-9 * Math.abs(theirs), 1e-12), `${what}: ${ours} is not ${theirs}`);
}

for (const known of cases.runs) {
  test("runs differ as in Python: " + JSON.stringify(known), () => {
    const found = compareDelta.delta(valueOf(known.value), valueOf(known.reference), known.goal, known.tolerance);
    close(found.absolute, known.delta, "delta");
    close(found.relative, known.relative, "relative");
    assert.equal(found.word, known.word);
  });
}

const run = (known) => ({ params: {}, tags: {}, environment: {}, metrics: {}, scripts: {}, status: { kind: "completed" }, id: "", seconds: null, ...known });
const member = (key, runs, group = runs.length > 1, above = []) => ({ key, title: key, label: key, runs, above, group });

// A group for each list of values; runs at the same place of two lists are a pair.
const grouped = (key, values, goal, tolerance) => member(key, values.map((value, at) => run({
  id: key + at, params: { seed: at }, metrics: { mse: { last: value, goal, ...(tolerance === null ? {} : { tolerance }) } },
})), true);

for (const known of cases.groups) {
  test("groups differ as in Python: " + Object.keys(known.groups).join(), () => {
    const { goal, tolerance } = known;
    const reference = grouped("reference", known.reference, goal, tolerance);
    const members = [reference, ...Object.entries(known.groups).map(([key, values]) => grouped(key, values, goal, tolerance))];
    const { cells } = compareRows.row(members, reference, "mse", "last", known.pairs ? "seed" : null);
    Object.values(known.expected).forEach((expected, at) => {
      const { value, n, sd, delta, verdict } = cells[at + 1];
      assert.equal(n, expected.n);
      close(value, expected.mean, "mean");
      close(sd, expected.sd, "sd");
      close(delta.absolute, expected.delta, "delta");
      close(delta.relative, expected.relative, "relative");
      assert.equal(delta.word, expected.word);
      close(verdict.p, expected.p, "p");
      assert.equal(verdict.tested, expected.tested);
      close(verdict.interval?.low ?? null, expected.interval?.[0] ?? null, "low");
      close(verdict.interval?.high ?? null, expected.interval?.[1] ?? null, "high");
    });
  });
}

for (const known of cases.families) {
  test("as in Python: " + known.what, () => {
    const of = ({ id, value, status, parent }) => run({
      id, status: { kind: status.toLowerCase() }, metrics: value === null ? { other: { last: 1 } } : { mse: { last: value } }, ...(parent && { parent }),
    });
    const [inside, outside] = [true, false].map((is) => known.runs.filter((one) => one.member === is).map(of));
    const group = member("g", inside, true, outside);
    assert.deepEqual(plain(compareRows.row([group], group, "mse", "last").cells[0].values), known.counted);
  });
}

for (const known of cases.environments) {
  test("environments differ as in Python: " + known.words.join(", "), () => {
    const [one, other] = [known.reference, known.environment].map((environment) => compareEnvironment.facts([{ environment }]));
    assert.deepEqual(plain(compareEnvironment.inWords(compareEnvironment.changes(one, other))), known.words);
  });
}

test("the best is bold where it is alone", () => {
  assert.equal(compareDelta.best([1, 2, 3], "min"), 0);
  assert.equal(compareDelta.best([1, 2, 3], "max"), 2);
  assert.equal(compareDelta.best([3, 2, 3], "max"), -1);
  assert.equal(compareDelta.best([1, null, "nan"], "max"), -1);
  assert.equal(compareDelta.best([1, 2], null), -1);
});

test("a metric that a run lacks, a text and one that is no number have no delta", () => {
  const metric = (known) => member("x" + JSON.stringify(known), [run({ metrics: known ? { loss: known } : { other: { last: 1 } } })]);
  const members = [metric({ last: 1, min: 0.5, goal: "min" }), metric(null), metric({ text: "slow" }), metric({ last: 2, min: 0.4, text: "nan" })];
  const { cells, differs } = compareRows.row(members, members[0], "loss", "last");
  assert.deepEqual(plain(cells.map(({ value }) => value)), [1, null, "slow", "nan"]);
  assert.deepEqual(plain(cells.map(({ delta }) => delta?.absolute ?? null)), [null, null, null, null]);
  assert.ok(differs);
  const least = compareRows.row(members, members[0], "loss", "best");
  assert.equal(least.which, "min");
  assert.deepEqual(plain(least.cells.map(({ value }) => value)), [0.5, null, "slow", 0.4]);
  assert.deepEqual(plain(least.cells.map(({ best }) => best)), [false, false, false, true]);
});

test("failed runs and children of runs with a value do not count in a group", () => {
  const of = (id, last, more = {}) => run({ id, metrics: { loss: { last } }, ...more });
  const group = member("g", [of("a", 1), of("b", 2, { parent: "a" }), of("c", 3, { status: { kind: "failed" } }), of("d", 5)]);
  const { cells } = compareRows.row([group], group, "loss", "last");
  assert.deepEqual([cells[0].n, cells[0].value], [2, 3]);
});

test("only what differs is a difference, and groups list their values", () => {
  const members = [member("a", [run({ params: { lr: 0.1, seed: 1 } })]), member("b", [run({ params: { lr: 0.1, seed: 2 } })])];
  const rows = compareValues.params(members, members[0]);
  assert.deepEqual(plain(rows.map(({ name, isDifferent }) => [name, isDifferent])), [["lr", false], ["seed", true]]);
  const seeds = (...all) => member("g" + all, all.map((seed) => run({ params: seed === null ? {} : { seed } })), true);
  const of = [seeds(1, 2), seeds(2, 1), seeds(1, null), seeds(1, 2, 3, 4)];
  const [row] = compareValues.params(of, of[0]);
  assert.deepEqual(plain(row.texts), ["1, 2", "2, 1", "1, not set", "4 values"]);
  assert.deepEqual(plain(row.differs), [false, false, true, true]);
});

test("members are named by folders, and no path leaves those of experiments", () => {
  const { parted } = compareMembers;
  assert.deepEqual(plain(parted("sweep/run-1")), { key: "sweep/run-1", folder: "sweep", run: "run-1", query: "" });
  assert.deepEqual(plain(parted("sweep?lr:0.1 seed:1..3")), { key: "sweep?lr:0.1 seed:1..3", folder: "sweep", run: "", query: "lr:0.1 seed:1..3" });
  for (const key of ["", "a", "../b", "a/..", "a/b/c", "/b", "a/", "./b", "a/.b", "a b/c", "http://x/y", "a\\b/c", "a/b\n", "?q", "../?q", "a?"]) {
    assert.equal(parted(key), null, key);
  }
});

test("a list of members reads as it was written", () => {
  const keys = ["sweep/run-1", "sweep?lr:0.1,0.2 \"50 %\"", "a?b%2C"];
  assert.deepEqual(plain(compareMembers.parse(compareMembers.spell(keys))), keys);
  assert.deepEqual(plain(compareMembers.parse(",a/b,,")), ["a/b"]);
});

test("a name that the build has shortened has one gap when it is shortened again", () => {
  for (let most = 12; most < 60; most++) {
    const short = compareMembers.cut("b".repeat(32) + "… a90428fa (172 characters)", most);
    assert.doesNotMatch(short, /…\s*…/, String(most));
  }
});

test("labels leave out what all titles begin with, and are unambiguous", () => {
  const labels = (titles, numbers = titles.map(() => null)) => plain(compareMembers.labels(titles, numbers));
  assert.deepEqual(labels(["mlp-lr0.01-s0", "mlp-lr0.01-s1"]), ["s0", "s1"]);
  assert.deepEqual(labels(["base", "baseline"]), ["base", "baseline"]);
  assert.deepEqual(labels(["a-", "a-b"]), ["a-", "a-b"]);
  assert.deepEqual(labels(["same", "same"], [3, 4]), ["same (#3)", "same (#4)"]);
  assert.deepEqual(labels(["same", "same"], [3, 3]), ["same (1)", "same (2)"]);
  assert.deepEqual(labels(["one"]), ["one"]);
  // The point of a number is no border; a long name loses its middle, where it stays the only one.
  assert.deepEqual(labels(["lr0.001-s0", "lr0.01-s0"]), ["lr0.001-s0", "lr0.01-s0"]);
  assert.deepEqual(labels(["a".repeat(40) + "1", "b"]), ["aaaaaaaa…" + "a".repeat(15) + "1", "b"]);
  const alike = ["a".repeat(20) + "x" + "a".repeat(20), "a".repeat(20) + "y" + "a".repeat(20)];
  assert.deepEqual(labels(alike), alike);
});

test("a clash of colours is settled in the order of the members", () => {
  assert.deepEqual(plain(compareMembers.colors([0, 0, 10, 3])), [1, 2, 3, 4].map((slot) => ({ slot, dash: "" })));
  const many = compareMembers.colors(Array.from({ length: 40 }, () => 7));
  assert.equal(new Set(many.map(({ slot, dash }) => slot + dash)).size, 40);
});

test("a chosen colour comes before the usual ones, and twice with a dash", () => {
  const looks = plain(compareMembers.colors([0, 1, 2, 3], [NaN, 1, 1, 99]));
  assert.deepEqual(looks.map(({ slot }) => slot), [2, 1, 1, 4]);
  assert.deepEqual(looks.map(({ dash }) => Boolean(dash)), [false, false, true, false]);
  const many = compareMembers.colors(Array.from({ length: 50 }, () => 7), Array.from({ length: 50 }, (_, at) => (at % 2 ? 3 : NaN)));
  assert.equal(many.length, 50);
});
