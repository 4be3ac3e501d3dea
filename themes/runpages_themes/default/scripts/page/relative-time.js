// Times as ages ("9 h ago"), the exact time in the title; on paper the exact time again. A clock that is wrong gives times
// to come ("in 3 h"), one that is off by less than a minute does not.
(function () {
  "use strict";
  /** @type {[number, string][]} */
  const UNITS = [[60, "s"], [60, "min"], [24, "h"], [30, "d"]];
  const REFRESH = 30000;

  /** @param {number} seconds */
  function age(seconds) {
    const isAhead = seconds < -60;
    let rest = isAhead ? -seconds : Math.max(0, seconds);
    for (const [size, unit] of UNITS) {
      if (rest < size) return (isAhead ? "in " : "") + Math.floor(rest) + " " + unit + (isAhead ? "" : " ago");
      rest /= size;
    }
    return null;
  }

  function show() {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-age]")) {
      time.dataset.exact ??= time.title || time.textContent;
      const text = age((now - Date.parse(time.dateTime)) / 1000);
      // After 30 days the date says more.
      time.textContent = text || time.dataset.exact.split(",")[0];
      time.title = time.dataset.exact;
    }
    for (const place of document.querySelectorAll("[data-ago]")) {
      const text = age((now - Date.parse(place.previousElementSibling.dateTime)) / 1000);
      place.textContent = text && "· " + text;
    }
  }

  function exact() {
    for (const time of document.querySelectorAll("time[data-exact]")) time.textContent = time.dataset.exact;
  }

  runpages.age = age;
  show();
  setInterval(show, REFRESH);
  addEventListener("beforeprint", exact);
  addEventListener("afterprint", show);
  addEventListener("renewed", show);
})();
