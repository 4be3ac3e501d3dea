// The uncommitted changes of two runs on the same commit. Of the commit only those lines are known that a patch shows; all
// others are the same in both runs. So both sides of a file can be put together from the two patches, with gaps.
(function () {
  "use strict";
  const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;
  // How a line begins that stands for those that are in neither patch. No text of a site has this character.
  const GAP = "\0";

  /** @typedef {{ old: number, count: number, lines: string[] }} Hunk */
  /** @typedef {{ text: string, isNew: boolean, isDeleted: boolean, isBinary: boolean, hunks: Hunk[] }} FilePatch */

  /** @param {string} line */
  function nameOf(line) {
    const bare = line.slice(4).split("\t")[0].replace(/^"(.*)"$/, "$1");
    return bare === "/dev/null" ? "" : bare.replace(/^[ab]\//, "");
  }

  // The files of a unified diff as git writes it, by their new names.
  /** @param {string} text @returns {Map<string, FilePatch>} */
  function parse(text) {
    const found = new Map();
    const lines = text.split("\n");
    /** @type {any} */
    let file = null;
    /** @type {any} */
    let hunk = null;
    let [old, fresh] = [0, 0];
    for (const line of lines) {
      if (hunk && (old > 0 || fresh > 0) && " +-".includes(line[0] ?? " ")) {
        hunk.lines.push(line || " ");
        if (line[0] !== "+") old--;
        if (line[0] !== "-") fresh--;
        file.text.push(line);
        continue;
      }
      if (line.startsWith("diff --git ")) {
        const names = line.slice(11);
        const half = names.slice(0, Math.floor(names.length / 2));
        const isSame = names === half + " b" + half.slice(1);
        file = { text: [], isNew: false, isDeleted: false, isBinary: false, hunks: [] };
        found.set(isSame ? half.slice(2) : names.slice(names.lastIndexOf(" b/") + 3), file);
        hunk = null;
        continue;
      }
      // Checksums of a commit's objects say nothing that the lines do not.
      if (!file || line.startsWith("index ")) continue;
      if (!hunk && /^(---|\+\+\+) /.test(line)) {
        if (line[0] === "+" && nameOf(line)) rename(found, file, nameOf(line));
        continue;
      }
      file.text.push(line);
      const head = HUNK.exec(line);
      if (head) {
        hunk = { old: Number(head[1]), count: Number(head[2] ?? 1), lines: [] };
        [old, fresh] = [hunk.count, Number(head[4] ?? 1)];
        file.hunks.push(hunk);
      } else if (line.startsWith("new file")) file.isNew = true;
      else if (line.startsWith("deleted file")) file.isDeleted = true;
      else if (/^(Binary files |GIT binary patch)/.test(line)) file.isBinary = true;
    }
    for (const one of found.values()) one.text = one.text.join("\n").trimEnd();
    return found;
  }

  /** @param {Map<string, any>} found @param {any} file @param {string} name */
  function rename(found, file, name) {
    for (const [key, one] of found) if (one === file) found.delete(key);
    found.set(name, file);
  }

  // The lines of the commit that a patch shows, what it puts before a line, and which lines it takes away.
  /** @param {FilePatch | undefined} file @param {Map<number, string>} base */
  function edits(file, base) {
    const [inserted, removed] = [new Map(), new Set()];
    for (const { old, count, lines } of file?.hunks || []) {
      let at = count ? old : old + 1;
      for (const line of lines) {
        if (line[0] === "+") inserted.set(at, [...(inserted.get(at) || []), line.slice(1)]);
        else {
          base.set(at, line.slice(1));
          if (line[0] === "-") removed.add(at);
          at++;
        }
      }
    }
    return { inserted, removed };
  }

  // One side of a file: its lines with their numbers, and gaps.
  /** @param {ReturnType<typeof edits>} edit @param {Map<number, string>} base @param {number[]} places */
  function side({ inserted, removed }, base, places) {
    /** @type {{ lines: string[], numbers: number[] }} */
    const found = { lines: [], numbers: [] };
    let [last, offset] = [0, 0];
    /** @param {string} line @param {number} number */
    function add(line, number) {
      found.lines.push(line);
      found.numbers.push(number);
    }
    for (const at of places) {
      if (at > last + 1) add(GAP + (at - last - 1), 0);
      last = at - 1;
      for (const line of inserted.get(at) || []) add(line, at + offset++);
      if (!base.has(at)) continue;
      last = at;
      if (removed.has(at)) offset--;
      else add(/** @type {string} */ (base.get(at)), at + offset);
    }
    return found;
  }

  // Both sides of a file, of which at least one run has a patch.
  /** @param {FilePatch | undefined} before @param {FilePatch | undefined} after */
  function sides(before, after) {
    /** @type {Map<number, string>} */
    const base = new Map();
    const [one, other] = [edits(before, base), edits(after, base)];
    const places = [...new Set([...base.keys(), ...one.inserted.keys(), ...other.inserted.keys()])].sort((a, b) => a - b);
    return [side(one, base, places), side(other, base, places)];
  }

  runpages.codePatch = { GAP, parse, sides };
})();
