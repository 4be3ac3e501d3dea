// The values of a configuration file by their keys, so that neither their order nor their layout counts: of JSON, and of
// what is plain of YAML, TOML and INI. What is not plain, such as anchors and texts over several lines, is compared by lines.
(function () {
  "use strict";
  const KEY = /^("[^"]*"|'[^']*'|[^\s#:=[\]{}&*!|>%@`"',-][^:#]*?|-[^\s:]+?)\s*:(?:\s+(.*))?$/;
  const SETTING = /^("[^"]*"|[\w.@/ -]+?)\s*[=:]\s*(.*)$/;

  class NotPlain extends Error {}

  /** @param {any} value @param {string} path @param {Map<string, string>} found */
  function flatten(value, path, found) {
    if (value && typeof value === "object" && Object.keys(value).length) {
      for (const key of Object.keys(value)) flatten(value[key], path ? path + "." + key : key, found);
    } else found.set(path, JSON.stringify(value));
  }

  // A value on one line, without its comment and quotes.
  /** @param {string} text */
  function scalar(text) {
    const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:[#;].*)?$/.exec(text);
    if (quoted) return JSON.stringify(quoted[1] ?? quoted[2]);
    const bare = text.replace(/(^|\s+)[#;].*$/, "").trim();
    const isOpen = /^[[{]/.test(bare) && !/[\]}]$/.test(bare);
    if (isOpen || /^[&*!|>"'%@`]/.test(bare)) throw new NotPlain();
    return bare || "null";
  }

  /** @param {Map<string, string>} found @param {string} path @param {string} value */
  function put(found, path, value) {
    if (found.has(path)) throw new NotPlain();
    found.set(path, value);
  }

  const joined = (/** @type {string} */ path, /** @type {string | number} */ key) => (path ? path + "." + key : String(key));
  const unquoted = (/** @type {string} */ key) => key.replace(/^(["'])(.*)\1$/, "$2");

  /** @typedef {{ indent: number, path: string, isList: boolean, count: number }} Level */

  // The mappings and lists that are open, by their indent, and the key whose value begins on a further line.
  class Levels {
    /** @param {Map<string, string>} found */
    constructor(found) {
      this.found = found;
      /** @type {Level[]} */
      this.open = [];
      /** @type {{ path: string, indent: number } | null} */
      this.waiting = { path: "", indent: -1 };
    }

    // The mapping or list with this indent: one that is open, or one that begins here.
    /** @param {number} indent @param {boolean} isList */
    at(indent, isList) {
      for (let last = this.open.at(-1); last; last = this.open.at(-1)) {
        // A list may be as far indented as the key that it belongs to.
        const isBelow = last.indent < indent || (last.indent === indent && (last.isList === isList || (isList && this.waiting?.indent === indent)));
        if (isBelow) break;
        this.open.pop();
      }
      const last = this.open.at(-1);
      if (last && last.indent === indent && last.isList === isList) return last;
      const { waiting } = this;
      if (!waiting || (isList ? waiting.indent > indent : waiting.indent >= indent)) throw new NotPlain();
      this.found.delete(waiting.path);
      const level = { indent, path: waiting.path, isList, count: 0 };
      this.open.push(level);
      return level;
    }
  }

  /** @param {string} text @param {Map<string, string>} found */
  function yaml(text, found) {
    const levels = new Levels(found);
    for (const line of text.replace(/^---[ \t]*\n/, "").split("\n")) {
      if (/^\s*(#.*)?$/.test(line)) continue;
      let rest = line.trimStart();
      let indent = line.length - rest.length;
      if (line.slice(0, indent).includes("\t") || /^(---|\.\.\.)/.test(line)) throw new NotPlain();
      let isItem = false;
      for (let item = /^-(?:\s+|$)/.exec(rest); item; item = /^-(?:\s+|$)/.exec(rest)) {
        const list = levels.at(indent, true);
        const path = joined(list.path, list.count++);
        put(found, path, "null");
        levels.waiting = { path, indent };
        indent += item[0].length;
        rest = rest.slice(item[0].length);
        isItem = true;
      }
      if (!rest || rest.startsWith("#")) continue;
      const [, key, value = ""] = KEY.exec(rest) || [];
      if (key !== undefined) {
        const path = joined(levels.at(indent, false).path, unquoted(key));
        const known = scalar(value);
        put(found, path, known);
        levels.waiting = known === "null" ? { path, indent } : null;
      } else if (isItem && levels.waiting) {
        found.set(levels.waiting.path, scalar(rest));
        levels.waiting = null;
      } else throw new NotPlain();
    }
  }

  // TOML, INI and CFG: sections and settings, each on a line.
  /** @param {string} text @param {Map<string, string>} found */
  function sections(text, found) {
    let section = "";
    for (const line of text.split("\n")) {
      if (/^\s*([#;].*)?$/.test(line)) continue;
      const [, name] = /^\[([^[\]]+)\]\s*(?:[#;].*)?$/.exec(line) || [];
      const [, key, value] = SETTING.exec(line) || [];
      if (name) section = name.trim();
      else if (key !== undefined && !/^("""|''')/.test(value)) put(found, joined(section, unquoted(key)), scalar(value));
      else throw new NotPlain();
    }
  }

  // By key, as texts; null for what is not plain.
  /** @param {{ name: string, text: string }} file */
  runpages.configKeys = function ({ name, text }) {
    /** @type {Map<string, string>} */
    const found = new Map();
    try {
      if (/\.json$/i.test(name)) flatten(JSON.parse(text), "", found);
      else if (/\.ya?ml$/i.test(name)) yaml(text, found);
      else sections(text, found);
      return found;
    } catch (error) {
      if (error instanceof NotPlain || error instanceof SyntaxError) return null;
      throw error;
    }
  };
})();
