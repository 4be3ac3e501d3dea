// A press on the number of a log's line makes it the page's address.
(function () {
  "use strict";
  const NUMBERS = 52;

  document.addEventListener("click", function (event) {
    const line = event.target.closest(".log li[id]");
    if (line && event.target === line && event.clientX - line.getBoundingClientRect().left < NUMBERS) {
      location.hash = line.id;
    }
  });
})();
