// The object `runpages` as the scripts of the theme make it, in a context of its own.
"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const vm = require("node:vm");

const SCRIPTS = join(__dirname, "../../themes/runpages_themes/default/scripts/deferred");

module.exports = function load(names, known = {}, globals = {}) {
  const runpages = { ...known };
  const context = vm.createContext({ runpages, atob, Blob, Response, DecompressionStream, ...globals });
  for (const name of names) vm.runInContext(readFileSync(join(SCRIPTS, name + ".js"), "utf-8"), context, { filename: name });
  return runpages;
};

// What comes from another context has prototypes of its own, which a strict comparison would see.
module.exports.plain = (value) => JSON.parse(JSON.stringify(value, (_, one) => (one === Infinity ? "Infinity" : ArrayBuffer.isView(one) ? [...one] : one)));
