// A file of what the page shows.
(function () {
  "use strict";
  // A name that every disk takes, also of a metric that is called `a/b`.
  runpages.fileName = (name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100) || "data";

  runpages.save = function (name, suffix, blob) {
    const href = URL.createObjectURL(blob);
    runpages.make("a", { href, download: runpages.fileName(name) + suffix }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  };

  // Missing values are empty fields.
  const field = (/** @type {any} */ value) => (/[",\r\n]/.test(value) ? '"' + value.replaceAll('"', '""') + '"' : String(value ?? ""));
  runpages.csvLine = (cells) => cells.map(field).join();
  runpages.saveCsv = (name, rows) => runpages.save(name, ".csv", new Blob([rows.map(runpages.csvLine).join("\n"), "\n"], { type: "text/csv" }));
})();
