// Configuration files that two members kept among their outputs, and the ends of their logs.
(function () {
  "use strict";
  const { codeFiles, configKeys } = runpages;
  const NONE = { configuration: [], logs: [] };

  /** @param {CompareMember[]} members @param {Comparison} comparison @param {"configuration" | "logs"} what */
  function lists(members, comparison, what) {
    return Promise.all(members.map(async ({ runs: [run] }) => new Map((run.compared || run.scripts.compared ? await comparison.script(run, "compared") : NONE)[what].map((/** @type {any} */ one) => [one.name, one]))));
  }

  /** @param {Map<string, any>[]} found */
  const names = (found) => [...new Set(found.flatMap((one) => [...one.keys()]))].sort();

  /** @param {any} one @param {any} other @param {() => boolean} isEqual */
  const stateOf = (one, other, isEqual) => (!one ? "added" : !other ? "removed" : isEqual() ? "equal" : "changed");

  /** @param {any} one @param {any} other */
  async function configuration(one, other) {
    const files = [one, other];
    if (files.some((file) => file && file.text === null)) return "Too large to compare, or no text: " + files.map((file) => (file ? file.size.toLocaleString("en-US") + " bytes" : "none")).join(" → ");
    const sides = files.map((file) => codeFiles.plain(file?.text || ""));
    const lines = { label: "Lines", sides };
    const [old, fresh] = files.map((file) => file && configKeys(file));
    if (!old || !fresh) return [lines];
    const names = [...new Set([...old.keys(), ...fresh.keys()])];
    const values = names.map((name) => ({ name, before: old.get(name) ?? null, after: fresh.get(name) ?? null }));
    return [{ label: "By key", sides: [], values: values.filter(({ before, after }) => before !== after) }, lines];
  }

  runpages.compare.section("configuration", runpages.changeCards({
    id: "configuration",
    what: "configuration file",
    ignores: "Ignore whitespace",
    inWords: (count) => (count === 1 ? "1 configuration file" : count.toLocaleString("en-US") + " configuration files"),
    async collect(reference, other, comparison) {
      const found = await lists([reference, other], comparison, "configuration");
      const entries = names(found).map(function (name) {
        const [one, two] = found.map((files) => files.get(name));
        const state = stateOf(one, two, () => one.size === two.size && one.hash === two.hash && one.text === two.text);
        return { name, state, note: "", texts: () => configuration(one, two) };
      });
      return entries.length ? { about: ["YAML, JSON, TOML and INI files among the outputs of both runs"], entries } : null;
    },
  }));

  /** @param {any} log */
  function tail(log) {
    const lines = log ? log.lines : [];
    return { lines, numbers: lines.map((/** @type {string} */ _, /** @type {number} */ at) => log.total - lines.length + 1 + at) };
  }

  runpages.compare.section("logs", runpages.changeCards({
    id: "logs",
    what: "log",
    ignores: "Ignore times and progress",
    normal: runpages.logLine,
    async collect(reference, other, comparison, key = (line) => line) {
      const compared = (/** @type {any} */ { lines }) => lines.map(key).join("\n");
      const found = await lists([reference, other], comparison, "logs");
      const entries = names(found).map(function (name) {
        const [one, two] = found.map((logs) => logs.get(name));
        const state = stateOf(one, two, () => compared(one) === compared(two));
        const sizes = [one, two].map((log) => (log ? log.total.toLocaleString("en-US") : "no")).join(" → ");
        return { name, state, note: `${sizes} lines`, texts: async () => [{ label: "Lines", sides: [tail(one), tail(two)] }] };
      });
      return entries.length ? { about: ["The last 200 lines of each log" + (key === runpages.logLine ? ", without times and progress bars" : "")], entries } : null;
    },
  }));
})();
