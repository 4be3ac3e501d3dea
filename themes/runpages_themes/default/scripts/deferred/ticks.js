// Ranges and ticks of axes: the rules of generator/runpages_site/chart/axis.py, so that no label of a drawing changes when
// its chart goes live. A tick is a value and its label.
(function () {
  "use strict";
  // In tenths of the step's power of ten.
  const STEPS = [10, 20, 25, 50, 100, 200, 250, 500];
  const [COARSE, DENSE] = [[10, 30], [10, 15, 20, 30, 40, 50, 70]];
  const STRIDES = [1, 2, 5, 10, 20, 50, 100, 200, 500];
  const SLACK = 1e-9;
  const LEAST_POWER = -322;
  const [BESIDE_NAME, RIGHT_OF_PLOT] = [7, 16];
  const MARGINS = [38, 46, 62, 80, 112];

  /** @param {number} count @param {number} power */
  const times = (count, power) => Number(count + "e" + power);
  /** @param {string} text */
  const typeset = (text) => text.replace("-", "−");
  /** @param {string} text */
  const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

  // About how wide a label is, in pixels. Letters of East Asia and pictures are last in Unicode, and wide.
  /** @param {string} text */
  function width(text) {
    let sum = 0;
    for (const letter of text) sum += " !'(),-./:;I[]ijlt|f".includes(letter) ? 3.4 : "%@MWmw…→".includes(letter) || letter > "\u2e7f" ? 11.5 : /[A-Z]/.test(letter) ? 8.2 : 6.4;
    return sum;
  }

  /** @param {number} value @param {number} decimals @param {number} largest */
  function plain(value, decimals, largest) {
    if (!value) return "0";
    const [whole, rest] = value.toFixed(decimals).split(".");
    return typeset((largest >= 10000 ? grouped(whole) : whole) + (rest ? "." + rest : ""));
  }

  /** @param {number} count @param {number} power */
  function scientific(count, power) {
    if (!count) return "0";
    const digits = String(Math.abs(count));
    const rest = digits.slice(1).replace(/0+$/, "");
    return ((count < 0 ? "-" : "") + digits[0] + (rest && "." + rest) + "e" + (power + digits.length - 1)).replace(/-/g, "−");
  }

  /** @param {number[]} counts @param {number} power */
  function labelled(counts, power) {
    const values = counts.map((count) => times(count, power));
    while (power < 0 && counts.every((count) => count % 10 === 0) && counts.some(Boolean)) {
      counts = counts.map((count) => count / 10);
      power++;
    }
    const largest = Math.max(0, ...values.map(Math.abs));
    /** @type {string[] | null} */
    let labels = largest < 1e16 ? values.map((value) => plain(value, Math.max(-power, 0), largest)) : null;
    if (largest && !(largest >= 1e-4 && largest < 1e7)) {
      const short = counts.map((count) => scientific(count, power));
      const longest = (/** @type {string[]} */ all) => Math.max(...all.map((one) => one.length));
      if (!labels || longest(short) < longest(labels)) labels = short;
    }
    return values.map((value, at) => ({ value, label: /** @type {string[]} */ (labels)[at] }));
  }

  /** @param {number} low @param {number} high @param {number} [limit] @param {boolean} [whole] */
  function linear(low, high, limit = 6, whole = false) {
    const apart = high / limit - low / limit || high - low;
    const power = Math.max(Math.floor(Math.log10(apart)) - 1, whole ? -1 : LEAST_POWER);
    let [first, last, digits] = [0, 0, 0];
    for (digits of STEPS) {
      if (whole && power === -1 && digits === 25) continue;
      const step = times(digits, power);
      const slack = SLACK * Math.min(high / step - low / step, 1);
      [first, last] = [Math.ceil(low / step - slack), Math.floor(high / step + slack)];
      if (last - first < limit) break;
    }
    return labelled(Array.from({ length: Math.max(last - first + 1, 0) }, (_, at) => (first + at) * digits), power);
  }

  /** @param {number} low @param {number} high @param {number[]} multiples */
  function withinDecades(low, high, multiples) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.floor(Math.log10(high)); power++) {
      for (const digits of multiples) ticks.push(...labelled([digits], power - 1));
    }
    return ticks.filter(({ value }) => low * (1 - SLACK) <= value && value <= high * (1 + SLACK));
  }

  /** @param {number} low @param {number} high @param {number} limit */
  function decades(low, high, limit) {
    const [first, last] = [Math.ceil(Math.log10(low) - SLACK), Math.floor(Math.log10(high) + SLACK)];
    /** @type {number[]} */
    let powers = [];
    for (const stride of STRIDES) {
      powers = [];
      for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) powers.push(power);
      if (powers.length <= limit) break;
    }
    return powers.flatMap((power) => labelled([1], power));
  }

  // 1 and 3 of each decade, whole decades if those are too many, or more of each where there is less than one.
  /** @param {number} low @param {number} high @param {number} [limit] */
  function logarithmic(low, high, limit = 6) {
    let ticks = Math.log10(high) - Math.log10(low) >= 0.8 ? withinDecades(low, high, COARSE) : [];
    if (ticks.length > limit) ticks = decades(low, high, limit);
    if (ticks.length < 2) ticks = withinDecades(low, high, DENSE);
    return ticks.length >= 2 ? ticks : linear(low, high, limit);
  }

  // A number with four significant digits, without trailing zeros.
  /** @param {number} value */
  function say(value) {
    const size = Math.abs(value);
    if (!value) return "0";
    if (Number.isInteger(value) && size < 1e15) return typeset(size >= 10000 ? grouped(String(value)) : String(value));
    if (size < 1e-4 || size >= 1e7) return value.toExponential(3).replace(/\.?0*e\+?/, "e").replace(/-/g, "−");
    if (size >= 999.95) return typeset(size >= 9999.5 ? grouped(value.toFixed(0)) : value.toFixed(0));
    return typeset(value.toPrecision(size >= 0.1 ? 4 : 3).replace(/\.?0+$/, ""));
  }

  // How a label lies at its tick, so that it stays in its card.
  /** @param {number} at @param {string} label @param {number} room */
  function anchor(at, label, room) {
    const half = width(label) / 2;
    return at - half < -BESIDE_NAME ? "left" : at + half > room + RIGHT_OF_PLOT ? "right" : "center";
  }

  /** @param {number} low @param {number} high @param {boolean} whole @param {number} room */
  function fitting(low, high, whole, room) {
    /** @type {Tick[]} */
    let ticks = [];
    for (const limit of [6, 5, 4, 3, 2]) {
      ticks = linear(low, high, limit, whole);
      const widest = Math.max(0, ...ticks.map(({ label }) => width(label)));
      const share = ticks.length ? (ticks[ticks.length - 1].value - ticks[0].value) / (high - low) : 1;
      if ((widest + 10) * (ticks.length - 1) <= room * share) break;
    }
    return ticks;
  }

  // The last step has its label always, the ticks before it where they do not touch that one.
  /** @param {Tick[]} ticks @param {number} low @param {number} high @param {number} last @param {number} room */
  function ended(ticks, low, high, last, room) {
    if (ticks.length && Math.abs(ticks[ticks.length - 1].value - last) <= SLACK * (high - low)) return ticks;
    const label = Number.isInteger(last) && Math.abs(last) < 1e15 ? plain(last, 0, Math.abs(last)) : say(last);
    const scale = room / (high - low);
    const taken = width(label) / (anchor((last - low) * scale, label, room) === "center" ? 2 : 1);
    return [...ticks.filter((tick) => (last - tick.value) * scale >= taken + width(tick.label) / 2 + 8), { value: last, label }];
  }

  // The x axis from the first step to the last; `stop` is where a run stopped early, or null.
  /** @param {number} low @param {number} last @param {number | null} stop @param {boolean} whole @param {number} room */
  function across(low, last, stop, whole, room) {
    if (last - low <= Math.max(1e-12 * Math.max(-low, last), 1e-300)) {
      const pad = Math.max(1, Math.abs(low) / 100);
      return { range: [low - pad, last + pad], ticks: [{ value: low, label: say(low) }] };
    }
    const high = stop === null ? last : Math.max(last, stop + (last - low) / 10);
    return { range: [low, high], ticks: ended(fitting(low, high, whole, room), low, high, last, room) };
  }

  // The range of an axis for values between two, with room that does not cross zero; on a log axis exponents of ten.
  /** @param {number} low @param {number} high @param {boolean} whole @param {boolean} log */
  function padded(low, high, whole, log) {
    const largest = Math.max(-low, high);
    if (high - low <= Math.max(1e-9 * largest, 1e-300)) {
      const pad = log ? 0.1 : Math.max(Math.abs(low) / 10, whole || !largest ? 1 : 1e-300);
      return [low - pad, high + pad];
    }
    const pad = high / 25 - low / 25;
    const [bottom, top] = [low - pad, high + pad];
    return log ? [bottom, top] : [bottom < 0 && low >= 0 ? 0 : bottom, top > 0 && high <= 0 ? 0 : top];
  }

  /** @param {number[]} range @param {boolean} log @param {boolean} whole */
  function up([low, high], log, whole) {
    return log ? logarithmic(Math.max(10 ** low, Number.MIN_VALUE), 10 ** Math.min(high, 308)) : linear(low, high, 6, whole);
  }

  runpages.axis = {
    anchor, across, fitting, linear, logarithmic, padded, say, up, width,
    // The smallest left margin of the drawings that holds the labels.
    left(ticks) {
      const needed = Math.max(0, ...ticks.map(({ label }) => width(label))) + 8;
      return MARGINS.find((margin) => margin >= needed) || MARGINS[MARGINS.length - 1];
    },
  };
})();
