// The foot tells when the site was built. Pages do not know it, so that equal runs give equal pages.
(function () {
  "use strict";
  function duration(seconds) {
    return seconds < 60 ? seconds.toFixed(2) + " s" : Math.floor(seconds / 60) + " min " + Math.round(seconds % 60) + " s";
  }

  function show(build) {
    const place = document.getElementById("built");
    const date = new Date(build.built);
    if (!place || isNaN(date)) return;
    const options = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
    const text = new Intl.DateTimeFormat("en-GB", { ...options, hour12: false, timeZone: "UTC" }).format(date);
    place.textContent = "Built " + text + " UTC in " + duration(Number(build.seconds)) + " · ";
    place.hidden = false;
  }
  runpages.when("build", show);
  addEventListener("renewed", () => runpages.when("build", show));
})();
