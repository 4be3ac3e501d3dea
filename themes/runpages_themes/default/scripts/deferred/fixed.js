// A figure with the decimals of its column, as the pages spell it.
(function () {
  "use strict";
  const { grouped, scientific } = runpages.digits;

  /** @param {number} value @param {number} decimals */
  runpages.fixed = function (value, decimals) {
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
  };
})();
