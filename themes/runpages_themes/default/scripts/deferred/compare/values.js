// What differs in parameters and tags: the twin of runpages_site/comparison/differences.py.
(function () {
  "use strict";
  // Most values of a group that are listed; more are counted.
  const LISTED = 3;

  /** @param {unknown} value */
  const keyOf = (value) => (value === undefined ? "" : typeof value + " " + value);

  // The text of a member's values; null where it has none.
  /** @param {any[]} values */
  function listed(values) {
    const known = values.filter((value) => value !== undefined);
    if (!known.length) return null;
    const spelled = [...new Set(known.map(String))];
    if (spelled.length === 1 && known.length === values.length) return spelled[0];
    if (known.length < values.length) spelled.push("not set");
    return spelled.length <= LISTED ? spelled.join(", ") : spelled.length + " values";
  }

  // A row for each name that a member has, with a text for each member and whether that differs from the reference.
  /** @param {CompareMember[]} members @param {CompareMember} reference @param {(run: CompareRun) => Record<string, any>} of @returns {CompareValues[]} */
  function rows(members, reference, of) {
    const found = members.map(({ runs }) => runs.map(of));
    const base = members.findIndex(({ key }) => key === reference.key);
    const all = [...new Set(found.flatMap((values) => values.flatMap((one) => Object.keys(one))))];
    return all.map(function (name) {
      const values = found.map((runs) => runs.map((one) => (Object.hasOwn(one, name) ? one[name] : undefined)));
      const sets = values.map((of) => [...new Set(of.map(keyOf))].sort().join("\0"));
      const differs = sets.map((one) => one !== sets[base]);
      return { name, texts: values.map(listed), differs, isDifferent: differs.includes(true) };
    });
  }

  runpages.compareValues = {
    rows,
    /** @param {CompareMember[]} members @param {CompareMember} reference */
    params: (members, reference) => rows(members, reference, (run) => run.params),
    /** @param {CompareMember[]} members @param {CompareMember} reference */
    tags: (members, reference) => rows(members, reference, (run) => run.tags),
  };
})();
