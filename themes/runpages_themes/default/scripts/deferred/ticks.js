// The ticks of a drawing, for the live chart in its place.
(function () {
  "use strict";
  const [TOP, BOTTOM, HALF_TEXT] = [8, 172, 4];

  /** @param {string} text */
  function range(text) {
    return text.split(" ").map(Number);
  }

  /** @param {Found} svg @param {string} axis @param {number[]} range @param {(label: Found) => number} part */
  function read(svg, axis, [low, high], part) {
    const labels = [...svg.querySelectorAll(".tick." + axis + " text")].filter((label) => label.checkVisibility());
    return { values: labels.map((label) => low + part(label) * (high - low)), labels: labels.map((label) => label.textContent) };
  }

  // Ranges and ticks of both axes; on a logarithmic one as exponents of ten, as the drawing has them.
  runpages.ticks = function (svg) {
    const x = range(svg.dataset.x);
    const y = range(svg.dataset.y);
    return {
      x: { range: x, ...read(svg, "x", x, (/** @type {Found} */ label) => parseFloat(label.getAttribute("x") || "") / 100) },
      y: { range: y, ...read(svg, "y", y, (/** @type {Found} */ label) => (BOTTOM - Number(label.getAttribute("y")) + HALF_TEXT) / (BOTTOM - TOP)) },
    };
  };

  // The range of the finite values between two places, with some room; null where there is none.
  runpages.heights = function (x, values, [from, to], log) {
    const shown = values.filter((value, at) => Number.isFinite(value) && x[at] >= from && x[at] <= to && (!log || Number(value) > 0));
    if (!shown.length) return null;
    const ends = [Infinity, -Infinity];
    for (const value of shown) {
      ends[0] = Math.min(ends[0], Number(value));
      ends[1] = Math.max(ends[1], Number(value));
    }
    const [low, high] = log ? ends.map(Math.log10) : ends;
    const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
    return [low - room, high + room];
  };
})();
