// The code of two members: which files differ and in which lines, from whatever was kept of both.
(function () {
  "use strict";
  const { make, codeFiles } = runpages;
  const WORDS = /** @type {Record<string, string>} */ ({ snapshot: "a snapshot", commit: "a commit", "": "no record of its code" });

  const bytes = (/** @type {number} */ size) => (size < 1000 ? size + " B" : size < 1e6 ? +(size / 1000).toPrecision(3) + " kB" : +(size / 1e6).toPrecision(3) + " MB");
  const sum = (/** @type {number} */ crc) => crc.toString(16).padStart(8, "0");

  /** @param {CompareMember} member @param {Comparison} comparison @returns {Promise<CodeRecord>} */
  async function record({ runs: [run] }, comparison) {
    const { snapshot, patch } = run.compared || run.scripts.compared ? await comparison.script(run, "compared") : { snapshot: null, patch: null };
    const { commit, dirty } = run.environment.git || {};
    return { run, snapshot, patch, commit: commit || "", dirty: Boolean(dirty) };
  }

  // --- what is compared, in words ---

  const short = (/** @type {string} */ commit) => commit.slice(0, 8);

  /** @param {CodeRecord} a @param {CodeRecord} b @returns {(Node | string)[]} */
  function about(a, b) {
    const from = codeFiles.source(a, b);
    const commits = a.commit === b.commit ? `commit ${short(a.commit)}` : `commits ${short(a.commit)} → ${short(b.commit)}`;
    if (from === "snapshot") return ["From the snapshots of both runs" + (a.commit && b.commit ? ", " + commits : "")];
    if (!from) return [kept(a, b)];
    const unknown = [a, b].some(({ dirty, patch }) => dirty && !patch) ? ". Not all uncommitted changes were kept" : "";
    const cut = [a, b].some(({ patch }) => patch && !patch.whole) ? ". A patch is too large to compare in full" : "";
    if (a.commit === b.commit && ![a, b].some(({ dirty }) => dirty)) return [`Both runs are on ${commits} without uncommitted changes`];
    if (a.commit === b.commit) return [`From ${commits} and the uncommitted changes of each run`, unknown, cut];
    return [`From the ${commits} and the uncommitted changes of each run. What was committed in between is in the repository: `, make("code", { textContent: `git diff ${short(a.commit)} ${short(b.commit)}` }), unknown, cut];
  }

  /** @param {CodeRecord} a @param {CodeRecord} b */
  function kept(a, b) {
    const has = (/** @type {CodeRecord} */ { snapshot, commit }) => WORDS[snapshot?.names.length ? "snapshot" : commit ? "commit" : ""];
    const why = [a, b].map(({ snapshot }) => snapshot?.why).filter(Boolean).map((reason) => `. A snapshot is not listed: ${reason}`);
    return `There is nothing to compare: the reference has ${has(a)}, the other run has ${has(b)}` + why.join("");
  }

  // --- texts ---

  /** @param {CodeRecord} owner @param {CodeSide | undefined} side */
  async function preview(owner, side) {
    if (!side || side.part < 0) return null;
    const files = await runpages.load((document.documentElement.dataset.root || "") + owner.run.scripts.code[side.part]);
    return files[side.at];
  }

  // Of a file without a text: its sizes and checksums.
  /** @param {CodeFile} file @param {string} reason */
  function facts({ before, after }, reason) {
    const [one, other] = [before, after].map((side) => (side ? bytes(side.size) : "none"));
    const [old, fresh] = [before, after].map((side) => (side ? sum(side.crc) : "none"));
    return `${reason}: ${one} → ${other}, CRC-32 ${old} → ${fresh}`;
  }

  /** @param {CodeFile} file @param {CodeRecord} a @param {CodeRecord} b */
  async function snapshotTexts(file, a, b) {
    const sides = [file.before, file.after];
    if (sides.some((side) => side && side.part < 0)) return facts(file, "Beyond the files whose text is in this site");
    const previews = await Promise.all([preview(a, file.before), preview(b, file.after)]);
    const texts = previews.map((one) => (one ? codeFiles.textOf(one) : ""));
    const without = previews[texts.indexOf(null)];
    if (without) return facts(file, without.kind === "none" && without.type !== "PDF" ? without.note : "No text to compare");
    const lines = (/** @type {any[]} */ of) => of.map((text) => codeFiles.plain(text || ""));
    const outputs = previews.map((one) => one?.outputs);
    return [{ label: "Source", sides: lines(texts) }, ...(outputs.some(Boolean) ? [{ label: "Outputs of cells", sides: lines(outputs) }] : [])];
  }

  /** @param {CodeFile} file @param {CodeRecord} a @param {CodeRecord} b @returns {ChangeEntry} */
  function entry(file, a, b) {
    const { name, state, note, sides } = file;
    const size = file.before && file.after && state === "changed" ? `${bytes(file.before.size)} → ${bytes(file.after.size)}` : "";
    const texts = async () => (sides ? [{ label: "Source", sides }] : note ? "Binary file, changed" : snapshotTexts(file, a, b));
    return { name, state, note: note || size, texts };
  }

  runpages.compare.section("code", runpages.changeCards({
    id: "code",
    what: "file",
    ignores: "Ignore whitespace",
    inWords: (count) => `code of ${count.toLocaleString("en-US")} ${count === 1 ? "file" : "files"}`,
    async collect(reference, other, comparison) {
      const [a, b] = await Promise.all([record(reference, comparison), record(other, comparison)]);
      if (![a, b].some(({ snapshot, commit }) => snapshot || commit)) return null;
      return { about: about(a, b), entries: codeFiles.files(a, b).map((file) => entry(file, a, b)) };
    },
  }));
})();
