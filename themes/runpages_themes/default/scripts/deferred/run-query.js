// The query of a table of runs, `mse<3300 lr:0.1..0.5 -status:failed "free text"`, as a tree of terms. What cannot be
// understood has its place in the text, and an example.
(function () {
  "use strict";
  const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
  const NAME = new RegExp(String.raw`(?:(metric|param|tag)\.)?(?:(last|min|max|mean|best)\(\s*(${QUOTED}|[^()"]+?)\s*\)|(${QUOTED}|[^\s"():=<>!]+))(?:(:)|\s*(!=|<=|>=|=|<|>)\s*)`, "y");
  const VALUE = new RegExp(String.raw`(${QUOTED})|[^\s"(),]+`, "y");
  const TEXT = new RegExp(String.raw`(${QUOTED})|[^\s"()]+`, "y");
  const SPACE = /\s*/y;
  const WORD = /(?:OR|NOT)(?=[\s()"]|$)/y;

  class QueryError extends Error {
    /** @param {string} message @param {number} at @param {number} end @param {string} example */
    constructor(message, at, end, example) {
      super(message);
      Object.assign(this, { at, end, example });
    }
  }

  const unquoted = (/** @type {string} */ text) => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text);
  const quoted = (/** @type {string} */ text) => '"' + text.replace(/["\\]/g, "\\$&") + '"';

  class Parser {
    /** @param {string} text */
    constructor(text) {
      this.text = text;
      this.at = 0;
      /** @type {QueryTerm[]} */
      this.terms = [];
    }

    /** @param {RegExp} pattern @returns {RegExpExecArray | null} */
    take(pattern) {
      pattern.lastIndex = this.at;
      const found = pattern.exec(this.text);
      if (found) this.at = pattern.lastIndex;
      return found;
    }

    whole() {
      const tree = this.any();
      if (this.at < this.text.length) throw new QueryError("This parenthesis closes nothing", this.at, this.at + 1, "(lr:0.1 OR lr:0.2)");
      return tree;
    }

    // Terms joined by OR, which binds less than those beside each other.
    /** @returns {QueryTree} */
    any() {
      const parts = [this.all()];
      for (;;) {
        const { at } = this;
        if (this.word() !== "OR") {
          this.at = at;
          break;
        }
        this.expect(parts[parts.length - 1].parts.length && this.isMore(), "OR needs a term on both sides", at, "lr:0.1 OR lr:0.2");
        parts.push(this.all());
      }
      return parts.length === 1 ? parts[0] : { op: "or", parts };
    }

    /** @returns {QueryTree & { parts: QueryTree[] }} */
    all() {
      const parts = [];
      while (this.isMore()) {
        const { at } = this;
        if (this.word() === "OR") {
          this.at = at;
          break;
        }
        this.at = at;
        parts.push(this.one());
      }
      return { op: "and", parts };
    }

    word() {
      this.take(SPACE);
      return this.take(WORD)?.[0];
    }

    isMore() {
      this.take(SPACE);
      return this.at < this.text.length && this.text[this.at] !== ")";
    }

    /** @param {any} holds @param {string} message @param {number} at @param {string} example @param {number} end */
    expect(holds, message, at, example, end = Math.max(this.at, at + 1)) {
      if (!holds) throw new QueryError(message, at, end, example);
    }

    /** @returns {QueryTree} */
    one() {
      const { at, text } = this;
      const isNot = this.word() === "NOT";
      const isMinus = !isNot && text[at] === "-" && /[^\s)]/.test(text[at + 1] || "");
      if (isNot || isMinus) {
        this.at += Number(isMinus);
        this.expect(this.isMore(), "NOT needs a term after it", at, "NOT status:failed");
        return { op: "not", parts: [this.one()] };
      }
      return text[at] === "(" ? this.inner() : this.term();
    }

    inner() {
      const { at } = this;
      this.at++;
      const tree = this.any();
      this.expect(this.text[this.at] === ")", "This parenthesis is not closed", at, "(lr:0.1 OR lr:0.2)", at + 1);
      this.at++;
      return tree;
    }

    /** @returns {QueryTerm} */
    term() {
      const { at } = this;
      const name = this.take(NAME);
      if (!name) return this.phrase();
      const [whole, kind, aggregate, of, plain, colon, sign] = name;
      const op = colon || sign;
      const nameEnd = at + whole.slice(0, whole.lastIndexOf(op)).trimEnd().length;
      const named = { name: unquoted(of ?? plain), kind: kind || null, aggregate: aggregate || null, isQuoted: (of ?? plain).startsWith('"') };
      const values = this.values(at, op);
      return this.keep({ op, ...named, values, at, nameEnd, end: this.at });
    }

    /** @param {number} start @param {string} op */
    values(start, op) {
      const found = [];
      do {
        const { at } = this;
        const value = this.take(op === ":" ? VALUE : TEXT);
        this.expect(value || this.text[at] !== '"', "This quotation mark is not closed", at, '"two words"', this.text.length);
        this.expect(value, "A value is missing after " + this.text.slice(start, at).trim(), start, op === ":" ? "status:failed" : "loss" + op + "0.3", at);
        found.push({ text: unquoted(this.text.slice(at, this.at)), isQuoted: Boolean(value?.[1]), at, end: this.at });
      } while (op === ":" && this.text[this.at] === "," && ++this.at);
      return found;
    }

    phrase() {
      const { at } = this;
      const found = this.take(TEXT);
      this.expect(found, "This quotation mark is not closed", at, '"two words"', this.text.length);
      const text = unquoted(this.text.slice(at, this.at));
      return this.keep({ op: "text", name: "", kind: null, aggregate: null, isQuoted: false, nameEnd: at, values: [{ text, isQuoted: Boolean(found?.[1]), at, end: this.at }], at, end: this.at });
    }

    /** @param {QueryTerm} term */
    keep(term) {
      this.terms.push(term);
      return term;
    }
  }

  // A name as it is written in a query, quoted where it must be.
  /** @param {string} name */
  const spelled = (name) => (/^[^\s"():=<>!-][^\s"():=<>!]*$/.test(name) && !/^(OR|NOT)$/.test(name) ? name : quoted(name));
  /** @param {string} value */
  const spelledValue = (value) => (/^[^\s"(),*]+$/.test(value) && !value.includes("..") ? value : quoted(value));

  runpages.runQuery = {
    QueryError,
    spelled,
    spelledValue,
    parse(text) {
      const parser = new Parser(text);
      return { tree: parser.whole(), terms: parser.terms };
    },
  };
})();
