// How far a value is from the reference, and whether that is better, by goal and tolerance: the twin of
// runpages_site/comparison/delta.py. `tests/comparisons.json` holds both.
(function () {
  "use strict";
  // Differences up to this share of the larger value come from rounding: 0.975 and 0.97 are 0.005 apart.
  const ROUNDING = 1e-12;
  const NONE = { absolute: null, relative: null, word: "" };

  const isNumber = (/** @type {unknown} */ value) => typeof value === "number" && Number.isFinite(value);

  // As a share of the reference's size; null of 0, and where it is no finite number.
  /** @param {number} absolute @param {number} reference */
  function relative(absolute, reference) {
    const share = absolute / Math.abs(reference);
    return Number.isFinite(share) ? share : null;
  }

  /** @param {any} value @param {any} reference @param {string | null} goal @returns {CompareDelta} */
  function delta(value, reference, goal, tolerance = /** @type {number | null} */ (null)) {
    if (!isNumber(value) || !isNumber(reference)) return NONE;
    const absolute = value - reference;
    const slack = (tolerance || 0) + ROUNDING * Math.max(Math.abs(value), Math.abs(reference));
    const word = Math.abs(absolute) <= slack ? "same" : goal ? (absolute < 0 === (goal === "min") ? "better" : "worse") : "";
    return { absolute, relative: relative(absolute, reference), word };
  }

  // The place of the best value; -1 without a goal, or where it is not alone.
  /** @param {any[]} values @param {string | null} goal */
  function best(values, goal) {
    const known = values.filter(isNumber);
    if (!goal || known.length < 2) return -1;
    const top = known.reduce((one, other) => (goal === "min" ? Math.min(one, other) : Math.max(one, other)));
    return known.filter((one) => one === top).length === 1 ? values.indexOf(top) : -1;
  }

  runpages.compareDelta = { delta, relative, best };
})();
