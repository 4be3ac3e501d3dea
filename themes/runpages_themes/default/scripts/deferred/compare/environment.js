// What differs between environments, and the same in words: the twin of runpages_site/comparison/environment.py.
(function () {
  "use strict";
  // Most packages that are named; of more the notable ones are, and the others are counted.
  const NAMED = 3;
  // Those that results depend on most come first.
  const NOTABLE = [
    "torch", "jax", "tensorflow", "keras", "flax", "transformers", "lightning", "pytorch-lightning", "accelerate",
    "torchvision", "scikit-learn", "xgboost", "lightgbm", "catboost", "numpy", "scipy", "pandas", "polars",
  ];
  const [PACKAGES, CUDA, SEVERAL, MISSING] = ["packages.", "CUDA", "several", "–"];
  /** @type {Record<string, string>} */
  const WORDS = { "git.commit": "commit", "git.branch": "branch", "git.dirty": "uncommitted changes" };
  // In the table, and too long for a sentence.
  const QUIET = ["command", "git.remote"];
  const COMMIT = 7;

  /** @param {any} value */
  function spelled(value) {
    if (typeof value === "boolean") return value ? "yes" : "no";
    return Array.isArray(value) ? value.join(" ") : typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  // The version of CUDA that the packages bring: of its runtime, else that which torch was built for.
  /** @param {Record<string, any> | undefined} packages */
  function cuda(packages) {
    if (!packages) return null;
    const runtime = Object.keys(packages).find((name) => /^nvidia-cuda-runtime(-cu\d+)?$/.test(name));
    if (runtime) return String(packages[runtime]).split(".").slice(0, 2).join(".");
    const [, major, minor] = /\+cu(\d+)(\d)/.exec(String(packages.torch || "")) || [];
    return major ? major + "." + minor : null;
  }

  /** @param {Record<string, any>} environment @param {string} above @returns {[string, string][]} */
  function flat(environment, above = "") {
    return Object.entries(environment).flatMap(function ([key, value]) {
      if (value && typeof value === "object" && !Array.isArray(value)) return flat(value, above + key + ".");
      return value === null ? [] : [/** @type {[string, string]} */ ([above + key, spelled(value)])];
    });
  }

  /** @param {Record<string, any>} environment */
  function factsOf(environment) {
    const found = cuda(environment.packages);
    return new Map([...flat(environment), ...(found ? [/** @type {[string, string]} */ ([CUDA, found])] : [])]);
  }

  // The environment of a member by dotted names; what differs between the runs of a group is *several*.
  /** @param {{ environment: Record<string, any> }[]} runs @returns {Map<string, string>} */
  function facts(runs) {
    const found = runs.map(({ environment }) => factsOf(environment));
    const names = new Set(found.flatMap((one) => [...one.keys()]));
    return new Map(Array.from(names, function (name) {
      const [first] = found;
      const known = first.get(name);
      return [name, known !== undefined && found.every((one) => one.get(name) === known) ? known : SEVERAL];
    }));
  }

  const isPackage = (/** @type {string} */ name) => name.startsWith(PACKAGES);

  // What differs; nothing where one was not captured, and no packages where one has none.
  /** @param {Map<string, string>} reference @param {Map<string, string>} other @returns {CompareChange[]} */
  function changes(reference, other) {
    if (!reference.size || !other.size) return [];
    const isBoth = [reference, other].every((one) => [...one.keys()].some(isPackage));
    const names = [...new Set([...reference.keys(), ...other.keys()])].filter((name) => isBoth || !isPackage(name));
    return names.filter((name) => reference.get(name) !== other.get(name)).map((name) => ({ name, before: reference.get(name) ?? null, after: other.get(name) ?? null }));
  }

  // A version without the build that it names, where the versions differ without it.
  /** @param {string | null} version @param {string | null} other */
  function versionOf(version, other) {
    if (version === null) return "not installed";
    const [short] = version.split("+");
    return other !== null && short === other.split("+")[0] ? version : short;
  }

  const arrow = (/** @type {string} */ name, /** @type {string} */ before, /** @type {string} */ after) => name + " " + before + " → " + after;

  /** @param {CompareChange} change */
  function fact({ name, before, after }) {
    const cut = (/** @type {string | null} */ text) => (text && name === "git.commit" ? text.slice(0, COMMIT) : text) || MISSING;
    return arrow(WORDS[name] || name, cut(before), cut(after));
  }

  // `torch 2.9.0 → 2.10.0`, `CUDA 12.8 → 13.0`, `14 other packages`.
  /** @param {CompareChange[]} found */
  function inWords(found) {
    const own = found.filter(({ name }) => !isPackage(name) && !QUIET.includes(name));
    const rank = (/** @type {string} */ name) => (NOTABLE.includes(name.toLowerCase()) ? NOTABLE.indexOf(name.toLowerCase()) : NOTABLE.length);
    const packages = found.filter(({ name }) => isPackage(name)).map((one) => ({ ...one, name: one.name.slice(PACKAGES.length) }))
      .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
    const named = packages.length <= NAMED ? packages : packages.filter(({ name }) => rank(name) < NOTABLE.length).slice(0, NAMED);
    const more = packages.length - named.length;
    return [
      ...own.filter(({ name }) => name !== CUDA).map(fact),
      ...named.map(({ name, before, after }) => arrow(name, versionOf(before, after), versionOf(after, before))),
      ...own.filter(({ name }) => name === CUDA).map(fact),
      ...(more ? [more + (named.length ? " other package" : " package") + (more === 1 ? "" : "s")] : []),
    ];
  }

  runpages.compareEnvironment = { facts, changes, inWords };
})();
