// Times as ages ("9 h ago"), the exact time in the title; on paper the exact time again.
(function () {
  "use strict";
  /** @type {[number, string][]} */
  const UNITS = [[60, "s"], [60, "min"], [24, "h"], [30, "d"]];
  const REFRESH = 30000;

  /** @param {number} seconds */
  function age(seconds) {
    let rest = Math.max(0, seconds);
    for (const [size, unit] of UNITS) {
      if (rest < size) return Math.floor(rest) + " " + unit + " ago";
      rest /= size;
    }
    return null;
  }

  /** @param {number} seconds */
  function span(seconds) {
    const s = Math.floor(Math.max(0, seconds));
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
    if (h >= 24) return Math.floor(h / 24) + " d " + (h % 24) + " h so far";
    if (h) return h + ":" + two(m) + ":" + two(s % 60) + " so far";
    return (m ? m + ":" + two(s % 60) : s + " s") + " so far";
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
      const text = age((now - Date.parse(place.dataset.ago)) / 1000);
      place.textContent = text ? "· " + text : "";
    }
    for (const place of document.querySelectorAll("[data-since]")) {
      place.textContent = span((now - Date.parse(place.dataset.since)) / 1000);
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
