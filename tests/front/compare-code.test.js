"use strict";
const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const { mkdtempSync, writeFileSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const test = require("node:test");
const load = require("./load.js");

const { codePatch, codeFiles, configKeys, logLine, diffView, textDiff } = load(
  ["text-diff", "compare/code-patch", "compare/code-files", "compare/config-keys", "compare/log-lines", "compare/diff-view"],
  { make: () => null },
);
const { plain } = load;

// --- patches ---

// What git writes of the change of a text into another one.
function patch(before, after, name = "a.py") {
  const folder = mkdtempSync(join(tmpdir(), "patch-"));
  const git = (...words) => execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...words], { cwd: folder, encoding: "utf-8" });
  try {
    git("init", "-q");
    if (before !== null) writeFileSync(join(folder, name), before);
    else writeFileSync(join(folder, "other"), "");
    git("add", ".");
    git("commit", "-q", "-m", "first");
    if (after === null) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), after);
    if (before === null) git("add", "-N", ".");
    return git("diff");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const record = (known) => ({ snapshot: null, patch: null, commit: "", dirty: false, ...known });
const dirty = (text, commit = "c1") => record({ commit, dirty: true, patch: { text, whole: true } });
const lines = (count, changes = {}) => Array.from({ length: count }, (_, at) => (at + 1 in changes ? changes[at + 1] : "line " + (at + 1))).filter((line) => line !== null).join("\n") + "\n";

test("two patches of one commit give the lines in which the runs differ, with their numbers", () => {
  const base = lines(60);
  const [one, other] = [lines(60, { 10: "ten" }), lines(60, { 9: null, 10: "ten", 30: "thirty\nand more" })].map((after) => dirty(patch(base, after)));
  const [file] = codeFiles.files(one, other);
  assert.equal(file.name, "a.py");
  assert.equal(file.state, "changed");
  const rows = textDiff(file.sides[0].lines, file.sides[1].lines).filter((row) => row.sign !== " ");
  assert.deepEqual(rows.map(({ sign, text }) => sign + text), ["-line 9", "-line 30", "+thirty", "+and more"]);
  const numbers = rows.map((row) => (row.before ? file.sides[0].numbers[row.before - 1] : file.sides[1].numbers[row.after - 1]));
  assert.deepEqual(numbers, [9, 30, 29, 30]);
});

test("each side of a patch is what git makes of it, but for what no patch shows", () => {
  let seed = 3;
  const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
  for (let k = 0; k < 6; k++) {
    const change = () => Object.fromEntries(Array.from({ length: 3 }, () => [1 + random(40), [null, "new " + random(9), "one\ntwo"][random(3)]]));
    const texts = [lines(40, change()), lines(40, change())];
    const [one, other] = texts.map((text) => codePatch.parse(patch(lines(40), text)).get("a.py"));
    const sides = codePatch.sides(one, other);
    sides.forEach((side, at) => {
      const real = texts[at].split("\n");
      side.lines.forEach((line, row) => line[0] === codePatch.GAP || assert.equal(line, real[side.numbers[row] - 1]));
    });
  }
});

test("a file that only one run has or took away was added or removed", () => {
  const [fresh, gone] = [dirty(patch(null, "x = 1\n")), dirty(patch("x = 1\ny = 2\n", null))];
  const clean = record({ commit: "c1" });
  const said = (a, b) => plain(codeFiles.files(a, b).map(({ name, state, sides }) => [name, state, sides.map((side) => side.lines)]));
  assert.deepEqual(said(fresh, clean), [["a.py", "removed", [["x = 1"], []]]]);
  assert.deepEqual(said(clean, fresh), [["a.py", "added", [[], ["x = 1"]]]]);
  assert.deepEqual(said(clean, gone), [["a.py", "removed", [["x = 1", "y = 2"], []]]]);
  assert.deepEqual(said(gone, clean), [["a.py", "added", [[], ["x = 1", "y = 2"]]]]);
});

test("equal patches are equal files, and on other commits the patches are compared", () => {
  const change = patch("a\n", "b\n");
  assert.deepEqual(plain(codeFiles.files(dirty(change), dirty(change))), [{ name: "a.py", state: "equal" }]);
  const [file] = codeFiles.files(dirty(change), dirty("", "c2"));
  assert.deepEqual(plain([file.state, file.sides[0].lines, file.sides[1].lines]), ["changed", ["@@ -1 +1 @@", "-a", "+b"], []]);
});

test("binary, renamed and damaged patches have names and no lines", () => {
  const binary = "diff --git a/p.png b/p.png\nindex 1..2 100644\nBinary files a/p.png and b/p.png differ\n";
  assert.deepEqual(plain(codeFiles.files(dirty(binary), dirty(""))), [{ name: "p.png", state: "changed", note: "binary" }]);
  const renamed = codePatch.parse("diff --git a/old name b/new name\nrename from old name\nrename to new name\n");
  assert.deepEqual([...renamed.keys()], ["new name"]);
  for (const text of ["", "@@ -1 +1 @@\n-a", "diff --git ", "diff --git a/x b/x\n@@ -999999999,999999999 +1,999999999 @@\n-a\n+b"]) {
    for (const file of codePatch.parse(text).values()) assert.ok(codePatch.sides(file, undefined)[0].lines.length < 5);
  }
});

// --- snapshots ---

const snapshot = (files) => record({ snapshot: { names: Object.keys(files), sizes: Object.values(files).map(([size]) => size), crcs: Object.values(files).map(([, crc]) => crc), parts: [0], why: "" } });

test("files of snapshots are compared by size and checksum", () => {
  const [a, b] = [snapshot({ "a.py": [1, 10], "b.py": [2, 20], "c.py": [3, 30], "d.py": [4, 40] }), snapshot({ "a.py": [1, 10], "b.py": [2, 21], "c.py": [9, 30], "e.py": [5, 50] })];
  assert.equal(codeFiles.source(a, b), "snapshot");
  assert.deepEqual(codeFiles.files(a, b).map(({ name, state }) => [name, state].join()), ["a.py,equal", "b.py,changed", "c.py,changed", "d.py,removed", "e.py,added"]);
  const [first, second] = codeFiles.files(a, b);
  assert.deepEqual([first.before.part, second.before.part, second.before.at], [0, -1, 1]);
});

test("what both have is compared: snapshots, else commits, else nothing", () => {
  const [zip, commit, none] = [snapshot({ "a.py": [1, 1] }), record({ commit: "c1" }), record({})];
  assert.deepEqual([[zip, zip], [zip, commit], [{ ...zip, commit: "c2" }, commit], [none, commit]].map(([a, b]) => codeFiles.source(a, b)), ["snapshot", "", "commit", ""]);
  assert.deepEqual(plain(codeFiles.files(none, commit)), []);
});

test("the text of a file comes from its preview", () => {
  assert.equal(codeFiles.textOf({ kind: "code", lines: [[["k-keyword", "if"], " x:"], [], ["  y"]] }), "if x:\n\n  y");
  assert.equal(codeFiles.textOf({ kind: "nodes", nodes: [], source: "# a" }), "# a");
  assert.equal(codeFiles.textOf({ kind: "none", note: "Empty file" }), "");
  assert.equal(codeFiles.textOf({ kind: "none", note: "Binary file, no preview" }), null);
});

// --- configuration and logs ---

test("JSON is compared by key as well, other files and what is no JSON are not", () => {
const keysOf = (name, text) => { const found = configKeys({ name, text }); return found && plain(Object.fromEntries(found)); };
  assert.deepEqual(keysOf("a.JSON", '{"b": {"y": [1, "x"], "z": {}}, "a": null}'), { "b.y.0": "1", "b.y.1": '"x"', "b.z": "{}", a: "null" });
  assert.equal(keysOf("a.json", "{"), null);
  const text = [
    "---", "# of a sweep", "lr: 0.1  # was 0.2", "name: 'a: b'", "model:", "  width: 64", "  layers:", "  - kind: conv", "    size: [3, 3]", "  -   kind: pool", "empty:", "list:", "  - 1", "  - - 2", "    - 3", "url: http://x/#y", "last: -1e-3",
  ].join("\n");
  assert.deepEqual(keysOf("a.yaml", text), {
    lr: "0.1", name: '"a: b"', "model.width": "64", "model.layers.0.kind": "conv", "model.layers.0.size": "[3, 3]", "model.layers.1.kind": "pool", empty: "null",
    "list.0": "1", "list.1.0": "2", "list.1.1": "3", url: "http://x/#y", last: "-1e-3",
  });
  for (const odd of ["a: &x 1", "a: |\n  text", "a: [1,\n  2]", "a: 1\na: 2", "a: 1\n  b: 2", "a:\n\tb: 1", "just a text", "a: 1\n---\nb: 2"]) assert.equal(keysOf("a.yml", odd), null, odd);
  assert.deepEqual(keysOf("a.toml", '[optimizer.adam]\nlr = 0.1 # rate\n\n[data]\nname = "digits"\n'), { "optimizer.adam.lr": "0.1", "data.name": '"digits"' });
  assert.deepEqual(keysOf("a.ini", "; old\n[a]\nx: 1\ny = 2\n"), { "a.x": "1", "a.y": "2" });
  assert.equal(keysOf("a.cfg", "[a]\nx = 1\n  2\n"), null);
});

test("times, durations and progress bars of a log are not compared, values are", () => {
  const same = (a, b) => logLine(a) === logLine(b);
  assert.ok(same("2026-11-29 10:00:01,123 INFO loss 0.5", "2026-11-29T11:12:13.5Z INFO loss 0.5"));
  assert.ok(same("epoch 3 took 1.5 s", "epoch 3 took 20 s"));
  assert.ok(same(" 40%|████      | 4/10 [00:01<00:02,  2.1it/s]", "100%|██████████| 10/10 [00:05<00:00,  2.0it/s]"));
  assert.ok(!same("epoch 3 loss 0.5", "epoch 3 loss 0.6"));
  assert.ok(!same("epoch 3", "epoch 4"));
});

// --- what is shown ---

const rows = (signs) => [...signs].map((sign) => ({ sign, text: sign, before: 1, after: 1 }));

test("equal lines are folded but for three beside a change", () => {
  const folds = (signs) => plain(diffView.folds(rows(signs))).map(({ from, to }) => [from, to]);
  assert.deepEqual(folds(" ".repeat(10) + "+" + " ".repeat(9) + "-" + " ".repeat(20)), [[0, 7], [14, 17], [24, 41]]);
  assert.deepEqual(folds(" ".repeat(4) + "+" + " ".repeat(7) + "-"), []);
  assert.deepEqual(folds("+-"), []);
});

test("side by side a removed line stands beside the added one of its place", () => {
  const pairs = diffView.paired(rows(" --+ +"));
  assert.deepEqual(pairs.map((pair) => pair.map((row) => row?.sign ?? "").join("|")), [" | ", "-|+", "-|", " | ", "|+"]);
});
