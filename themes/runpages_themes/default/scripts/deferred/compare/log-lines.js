// What of a line of a log is compared: not when it was written, how long something took or how far a bar has come.
(function () {
  "use strict";
  // A progress bar, such as that of tqdm: a share between bars, or a rate.
  const BAR = /\d+%\s*\|.*\||[\d.]+\s*(it|s|batch|step|sample)s?\/(it|s|batch|step|sample)\b|\[[=#>.\s-]{5,}\]|[\u2500-\u259f]{4,}/i;
  const TIMES = [
    [/\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
    [/\b\d{1,3}:\d\d(:\d\d)?([.,]\d+)?\b/g, "<time>"],
    [/\b\d+([.,]\d+)?\s?(ns|[µu]s|ms|s|sec|secs|seconds?|min|minutes?|h|hours?)\b/g, "<time>"],
  ];

  /** @param {string} line */
  function logLine(line) {
    if (BAR.test(line)) return "<progress>";
    return TIMES.reduce((text, [pattern, word]) => text.replace(pattern, /** @type {string} */ (word)), line);
  }

  runpages.logLine = logLine;
})();
