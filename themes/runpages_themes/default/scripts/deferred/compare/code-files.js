// Which files of the code of two runs differ, from whatever is there of both: the snapshots, else the commit with what was
// not committed, else nothing.
(function () {
  "use strict";
  const { codePatch } = runpages;

  /** @param {any} file */
  const isThere = (file) => Boolean(file?.names.length);

  // What there is of the code of both runs, in the order of what it tells.
  /** @param {CodeRecord} a @param {CodeRecord} b */
  function source(a, b) {
    if (isThere(a.snapshot) && isThere(b.snapshot)) return "snapshot";
    return a.commit && b.commit ? "commit" : "";
  }

  /** @param {any} snapshot @returns {Map<string, CodeSide>} */
  function listed({ names, sizes, crcs, parts }) {
    return new Map(names.map((/** @type {string} */ name, /** @type {number} */ at) => [name, { size: sizes[at], crc: crcs[at], at, part: parts[at] ?? -1 }]));
  }

  // The files of two snapshots. A file is the same where its size and its CRC-32 are.
  /** @param {any} a @param {any} b @returns {CodeFile[]} */
  function ofSnapshots(a, b) {
    const [before, after] = [listed(a), listed(b)];
    return [...new Set([...before.keys(), ...after.keys()])].sort().map(function (name) {
      const [one, other] = [before.get(name), after.get(name)];
      const state = !one ? "added" : !other ? "removed" : one.size === other.size && one.crc === other.crc ? "equal" : "changed";
      return { name, state, before: one, after: other };
    });
  }

  /** @param {CodeRecord} run */
  const patched = (run) => codePatch.parse(run.patch?.text || "");

  // The files that are in a patch of either run. On different commits the patches themselves are compared.
  /** @param {CodeRecord} a @param {CodeRecord} b @returns {CodeFile[]} */
  function ofPatches(a, b) {
    const [before, after] = [patched(a), patched(b)];
    const isSame = a.commit === b.commit;
    return [...new Set([...before.keys(), ...after.keys()])].sort().map(function (name) {
      const [one, other] = [before.get(name), after.get(name)];
      if (one?.text === other?.text) return { name, state: "equal" };
      if (one?.isBinary || other?.isBinary) return { name, state: "changed", note: "binary" };
      if (!isSame) return { name, state: "changed", note: "uncommitted changes", sides: [one, other].map((file) => plain(file?.text || "")) };
      const [isBefore, isAfter] = [one ? !one.isDeleted : !other?.isNew, other ? !other.isDeleted : !one?.isNew];
      const state = !isBefore ? "added" : !isAfter ? "removed" : "changed";
      return { name, state, sides: codePatch.sides(one, other) };
    });
  }

  /** @param {string} text */
  function plain(text) {
    const lines = text ? text.split("\n") : [];
    return { lines, numbers: lines.map((_, at) => at + 1) };
  }

  // The text of a file as its preview has it; null where it has none.
  /** @param {any} preview */
  function textOf(preview) {
    if (preview.source !== undefined) return preview.source;
    if (preview.note === "Empty file") return "";
    const part = (/** @type {any} */ one) => (typeof one === "string" ? one : one[1]);
    return preview.kind === "code" ? preview.lines.map((/** @type {any[]} */ line) => line.map(part).join("")).join("\n") : null;
  }

  /** @param {CodeRecord} a @param {CodeRecord} b @returns {CodeFile[]} */
  function files(a, b) {
    const from = source(a, b);
    return from === "snapshot" ? ofSnapshots(a.snapshot, b.snapshot) : from ? ofPatches(a, b) : [];
  }

  runpages.codeFiles = { source, files, textOf, plain };
})();
