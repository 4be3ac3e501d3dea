// The foot shows when the site was built. Pages do not hold it, so that equal runs give equal pages.
(function () {
  "use strict";
  const place = document.getElementById("built");
  const show = () => runpages.when("build", function (build) {
    place.textContent = build.summary + " · ";
    place.hidden = false;
  });
  addEventListener("renewed", show);
  show();
})();
