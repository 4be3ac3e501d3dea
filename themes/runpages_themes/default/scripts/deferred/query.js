// The rows of a logged table, in columns: their texts, their orders, and which of them a filter leaves.
(function () {
  "use strict";
  const { ofNumbers, ofWords, sorted } = runpages.ranks;
  const SPELLED = new Map([["", NaN], ["nan", NaN], ["inf", Infinity], ["-inf", -Infinity]]);
  const TERM = /(?:"([^"]*)"|([^\s":=<>]+))(<=|>=|[:=<>])(?:"([^"]*)"|(\S*))|"([^"]*)"|(\S+)/g;
  /** @type {Record<string, (one: number, other: number) => boolean>} */
  const COMPARE = {
    "<": (/** @type {any} */ one, /** @type {any} */ other) => one < other,
    "<=": (/** @type {any} */ one, /** @type {any} */ other) => one <= other,
    ">": (/** @type {any} */ one, /** @type {any} */ other) => one > other,
    ">=": (/** @type {any} */ one, /** @type {any} */ other) => one >= other,
  };

  /** @param {string} text */
  function numberOf(text) {
    const trimmed = text.trim();
    return SPELLED.get(trimmed) ?? Number(trimmed);
  }

  // A value of the table is a number as it was logged, or a place in `words`; each is taken apart when it is asked for.
  class Column {
    /** @param {{ name: string, words: string[], decimals: number, values: string, pictures?: Record<number, string> }} data */
    constructor({ name, words, decimals, values, pictures = {} }) {
      this.name = name;
      this.words = words;
      this.decimals = decimals;
      this.values = values;
      this.pictures = pictures;
      this.isNumber = !words;
    }

    get cells() {
      return this.keep("cells", this.values.split(","));
    }

    get places() {
      return this.keep("places", Int32Array.from(this.cells, (cell) => (cell === "" ? -1 : Number(cell))));
    }

    get numbers() {
      if (this.isNumber) return this.keep("numbers", Float64Array.from(/** @type {string[]} */ (this.cells), numberOf));
      const known = this.words.map(numberOf);
      return this.keep("numbers", Float64Array.from(/** @type {Int32Array} */ (this.places), (place) => (place < 0 ? NaN : known[place])));
    }

    get low() {
      return this.keep("low", this.words.map((/** @type {string} */ word) => word.toLowerCase()));
    }

    // The place of each row's value among all that differ; what is missing, or no number, comes after the last.
    get ranks() {
      return this.keep("ranks", this.isNumber ? ofNumbers(this.numbers) : ofWords(this.words, this.places));
    }

    /** @param {string} name @param {any} value */
    keep(name, value) {
      Object.defineProperty(this, name, { value });
      return value;
    }

    /** @param {number} row */
    isMissing(row) {
      return this.cells[row] === "";
    }

    /** @param {number} row */
    text(row) {
      return this.isNumber || this.isMissing(row) ? this.cells[row] : this.words[this.places[row]];
    }

    // Mark in `hits` the rows whose value is one that `test` takes.
    /** @param {Uint8Array} hits @param {any} test */
    mark(hits, test) {
      if (this.isNumber) {
        const { cells } = this;
        for (let row = 0; row < cells.length; row++) if (!hits[row] && cells[row] !== "" && test(cells[row])) hits[row] = 1;
        return;
      }
      const taken = this.low.map(test);
      const { places } = this;
      if (taken.includes(true)) places.forEach((/** @type {any} */ place, /** @type {number} */ row) => { if (place >= 0 && taken[place]) hits[row] = 1; });
    }
  }

  // What a reader wrote, as tests of rows; a text says why it cannot be understood.
  /** @param {string} query @param {Column[]} columns */
  function terms(query, columns) {
    const found = [];
    for (const [whole, quoted, plain, sign, text, bare, phrase] of query.matchAll(TERM)) {
      const name = quoted ?? plain;
      const column = sign && (columns.find((/** @type {any} */ one) => one.name === name) || columns.find((/** @type {any} */ one) => one.name.toLowerCase() === name.toLowerCase()));
      const value = text ?? bare ?? "";
      if (!column) found.push(anywhere((phrase ?? whole.replaceAll('"', "")).toLowerCase(), columns));
      else if (value === "") continue;  // The rest is not written yet.
      else if (sign === ":" || sign === "=") found.push(inOne(column, sign, value.toLowerCase()));
      else if (Number.isNaN(numberOf(value))) return "“" + value + "” is not a number. Try " + (quoted ? '"' + name + '"' : name) + sign + "0.5";
      else found.push(compared(column, COMPARE[sign], numberOf(value)));
    }
    return found;
  }

  const anywhere = (/** @type {string} */ term, /** @type {Column[]} */ columns) => function (/** @type {Uint8Array} */ hits) {
    // Most columns of numbers have no such text in any row.
    for (const column of columns) if (!column.isNumber || column.values.includes(term)) column.mark(hits, (/** @type {string} */ cell) => cell.includes(term));
  };

  /** @param {Column} column @param {string} sign @param {any} value */
  function inOne(column, sign, value) {
    if (sign === ":") return (/** @type {Uint8Array} */ hits) => column.mark(hits, (/** @type {string} */ cell) => cell.includes(value));
    const number = numberOf(value);
    const same = column.isNumber && number === number ? (/** @type {string} */ cell) => numberOf(cell) === number : (/** @type {string} */ cell) => cell === value;
    return (/** @type {Uint8Array} */ hits) => column.mark(hits, same);
  }

  const compared = (/** @type {Column} */ column, /** @type {any} */ test, /** @type {any} */ value) => function (/** @type {Uint8Array} */ hits) {
    column.numbers.forEach((/** @type {number} */ number, /** @type {number} */ row) => { if (test(number, value)) hits[row] = 1; });
  };

  runpages.rows = function (data) {
    const columns = data.columns.map((/** @type {any} */ one) => new Column(one));
    const count = data.rows;
    return {
      columns,
      count,
      total: data.total,
      // All rows in the order of a column, equal ones as they were logged; what is missing is last in either direction.
      order(column, down) {
        const rows = Uint32Array.from({ length: count }, (_, row) => row);
        return column ? sorted(rows, column.ranks, down) : rows;
      },
      // A 1 for each row that has all that a query asks for; a text where it cannot be understood.
      find(query) {
        const tests = terms(query, columns);
        if (typeof tests === "string") return tests;
        const all = new Uint8Array(count).fill(1);
        for (const test of tests) {
          const hits = new Uint8Array(count);
          test(hits);
          for (let row = 0; row < count; row++) all[row] &= hits[row];
        }
        return all;
      },
    };
  };
})();
