// Figures as the pages spell them: thousands are parted from 10,000, and what is very large or small has a power of ten.
(function () {
  "use strict";
  const grouped = (/** @type {string} */ digits) => (/\d{5}/.test(digits) ? digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",") : digits);

  /** @param {number} value */
  function scientific(value) {
    const [mantissa, exponent] = value.toExponential(3).split("e");
    return mantissa.replace(/\.?0+$/, "") + "e" + Number(exponent);
  }

  // A figure with the decimals of its column.
  /** @param {number} value @param {number} decimals */
  function fixed(value, decimals) {
    const size = Math.abs(value);
    const isWhole = Number.isInteger(value) && decimals === 0;
    let shown = size.toFixed(decimals);
    if (isWhole ? size >= 2 ** 60 : size >= 1e7 || (size > 0 && size < 1e-4)) shown = scientific(size);
    else {
      const [whole, part] = shown.split(".");
      shown = grouped(whole) + (part ? "." + part : "");
    }
    // A small negative number that rounds to zero must not read as minus zero.
    return ((value < 0 && /[1-9]/.test(shown) ? "-" : "") + shown).replaceAll("-", "−");
  }

  // The decimals of a column: its median has four significant digits, at most six decimals, and no more than the values.
  /** @param {number[]} values */
  function decimals(values) {
    const sizes = values.map(Math.abs).filter((size) => size > 0 && size < Infinity).sort((a, b) => a - b);
    if (!sizes.length) return 0;
    const median = sizes[(sizes.length - 1) >> 1];
    let found = Math.min(Math.max(3 - Number(median.toExponential(3).split("e")[1]), 0), 6);
    const isSpared = (/** @type {number} */ value) => !Number.isFinite(value) || Number(value.toFixed(found - 1)) === value;
    while (found && values.every(isSpared)) found -= 1;
    return found;
  }

  runpages.digits = { grouped, scientific, fixed, decimals };
})();
