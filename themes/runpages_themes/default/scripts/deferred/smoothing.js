// Smoothing: the exponential moving average, corrected for its start.
//   s(0) = 0;  s(t) = w s(t-1) + (1 - w) y(t);  shown is s(t) / (1 - w^t)
// D. P. Kingma and J. Ba, Adam (2015), section 3, is where the correction comes from.
(function () {
  "use strict";
  runpages.smooth = function (values, weight) {
    let [sum, rest] = [0, 1];
    return values.map(function (value) {
      if (!Number.isFinite(value)) return null;
      sum = weight * sum + (1 - weight) * Number(value);
      rest *= weight;
      return sum / (1 - rest);
    });
  };
})();
