// The foot tells when the site was built. Pages do not know it, so that equal runs give equal pages.
(function () {
  "use strict";
  const place = document.getElementById("built");
  const show = () => runpages.when("build", function (build) {
    place.textContent = build.told + " · ";
    place.hidden = false;
  });
  addEventListener("renewed", show);
  show();
})();
