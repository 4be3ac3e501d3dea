// Figures as the pages spell them: thousands are parted from 10,000, and what is very large or small has a power of ten.
(function () {
  "use strict";
  const grouped = (/** @type {string} */ digits) => (/\d{5}/.test(digits) ? digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",") : digits);

  /** @param {number} value */
  function scientific(value) {
    const [mantissa, exponent] = value.toExponential(3).split("e");
    return mantissa.replace(/\.?0+$/, "") + "e" + Number(exponent);
  }

  runpages.digits = { grouped, scientific };
})();
