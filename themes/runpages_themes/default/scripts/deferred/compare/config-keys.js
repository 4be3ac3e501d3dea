// The values of a configuration file by their keys, one on a line and sorted, so that their order does not count.
(function () {
  "use strict";

  /** @param {any} value @param {string} path @param {string[]} lines */
  function flatten(value, path, lines) {
    if (value && typeof value === "object" && Object.keys(value).length) {
      for (const key of Object.keys(value)) flatten(value[key], path ? path + "." + key : key, lines);
    } else lines.push(path + ": " + JSON.stringify(value));
  }

  // Of JSON; null for what is none.
  /** @param {{ name: string, text: string } | undefined} file */
  runpages.configKeys = function (file) {
    if (!file) return "";
    if (!/\.json$/i.test(file.name)) return null;
    try {
      /** @type {string[]} */
      const lines = [];
      flatten(JSON.parse(file.text), "", lines);
      return lines.sort().join("\n");
    } catch {
      return null;
    }
  };
})();
