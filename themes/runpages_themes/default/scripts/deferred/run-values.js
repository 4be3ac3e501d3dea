// The values of a column of runs: numbers, or places in a list of texts, as the data scripts have them.
(function () {
  "use strict";
  const { ofNumbers, ofWords } = runpages.ranks;

  // A number as Python writes it, since that is how it was logged.
  /** @param {number} value @param {boolean} isFloat */
  function spelled(value, isFloat) {
    const size = Math.abs(value);
    if (!size || (size >= 1e-4 && size < 1e16)) return String(value) + (isFloat && Number.isInteger(value) ? ".0" : "");
    const [mantissa, exponent] = value.toExponential().split("e");
    return mantissa + "e" + exponent[0] + exponent.slice(1).padStart(2, "0");
  }

  runpages.runValues = class {
    static spelled = spelled;

    // Of numbers that are `floats` the whole ones were logged as `1.0`. Where numbers are a typed array, `odd` has the texts
    // of those that are not finite by row.
    /** @param {any} data @param {boolean} floats */
    constructor(data, floats = false) {
      this.floats = floats;
      /** @type {(number | string | null)[] | Float64Array | null} */
      this.given = data.numbers || null;
      /** @type {Map<number, string>} */
      this.odd = data.odd || new Map();
      /** @type {string[] | null} */
      this.words = data.words || null;
      this.places = data.places && Int32Array.from(data.places);
      /** @type {((number | null)[] | null)[]} */
      this.sparks = data.sparks || null;
    }

    /** @param {string} name @param {any} value */
    keep(name, value) {
      Object.defineProperty(this, name, { value });
      return value;
    }

    get numbers() {
      const { given, words, places } = this;
      if (given instanceof Float64Array) return given;
      if (given) return this.keep("numbers", Float64Array.from(given, (value) => (typeof value === "number" ? value : NaN)));
      const known = (words || []).map((word) => (word.trim() ? Number(word) : NaN)).map((value) => (Number.isFinite(value) ? value : NaN));
      return this.keep("numbers", Float64Array.from(places || this.sparks, (place) => (place < 0 ? NaN : known[place] ?? NaN)));
    }

    // The texts in lower case: of each word, else of each row.
    get low() {
      const of = this.words || Array.from(this.given || [], (_, row) => this.text(row));
      return this.keep("low", of.map((text) => text.toLowerCase()));
    }

    // The place of each row among the values that differ; what is missing, or no finite number, comes after the last.
    get ranks() {
      return this.keep("ranks", this.words ? ofWords(this.words, this.places) : ofNumbers(this.numbers));
    }

    // As it was logged: a number, the text of one that is not finite, or null.
    /** @param {number} row */
    exact(row) {
      const value = /** @type {any} */ (this.given)[row];
      return value === value ? value : this.odd.get(row) ?? null;
    }

    /** @param {number} row */
    missing(row) {
      return this.given ? this.exact(row) === null : this.places ? this.places[row] < 0 : !this.sparks[row];
    }

    // Of a column of curves: the levels of a run.
    /** @param {number} row */
    spark(row) {
      return this.sparks[row];
    }

    /** @param {number} row */
    text(row) {
      if (this.missing(row)) return "";
      if (this.words) return this.words[this.places[row]];
      const value = this.given && this.exact(row);
      return typeof value === "number" ? spelled(value, this.floats) : String(value ?? "");
    }
  };

  // Curves in pieces, each with the row of its `start` where it does not follow from its place, of which those are loaded that are looked at; `onCome` is called when there are more.
  runpages.runCurves = class {
    /** @param {RunPlace[]} pieces @param {number} rows @param {() => void} onCome */
    constructor(pieces, rows, onCome) {
      Object.assign(this, { pieces: pieces.map((one, at) => ({ start: at * rows, ...one })), onCome });
      /** @type {Map<number, any[]>} */
      this.known = new Map();
    }

    /** @param {number} row */
    spark(row) {
      const { pieces, known, onCome } = /** @type {any} */ (this);
      const place = pieces.findLastIndex((/** @type {any} */ one) => one.start <= row);
      if (!known.has(place)) {
        const { file, at } = pieces[place];
        known.set(place, []);
        runpages.load(file).then((all) => {
          known.set(place, all[at].sparks);
          onCome();
        }, () => known.delete(place));
      }
      return known.get(place)[row - pieces[place].start] || null;
    }

    /** @param {number} row */
    missing(row) {
      return !this.spark(row);
    }
  };
})();
