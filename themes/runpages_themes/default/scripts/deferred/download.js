// A file of what the page shows.
(function () {
  "use strict";
  // A name that every disk takes, also of a metric that is called `a/b`.
  runpages.fileName = (name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100) || "data";

  runpages.saveCsv = function (name, lines) {
    const href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    runpages.make("a", { href, download: runpages.fileName(name) + ".csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  };
})();
