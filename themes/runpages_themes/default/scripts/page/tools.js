// What is pressed and written into on every page, and the tools of the charts of a run. Without scripts they would do
// nothing, so no page has their markup, in which nothing comes from a run.
(function () {
  "use strict";
  const { icon } = runpages;
  const root = document.documentElement.dataset;

  /** @param {string} more @param {string} inner */
  const button = (more, inner) => `<button type="button" class="button ${more}>${inner}</button>`;
  /** @param {string} name @param {string} usual */
  const choice = (name, usual) => (/** @type {string} */ label) => `<label><input type="radio" name="${name}" value="${label.toLowerCase()}"${label === usual ? " checked" : ""}>${label}</label>`;
  /** @param {string} legend @param {string} name @param {string} usual @param {string[]} labels */
  const segments = (legend, name, usual, labels) => `<fieldset class="segments"><legend class="vh">${legend}</legend>` + labels.map(choice(name, usual)).join("") + "</fieldset>";

  document.querySelector(".top .frame").insertAdjacentHTML("beforeend", `<div class="search" role="search" data-defer="${root.search}"><label for="search">${icon("search")}</label><input type="text" id="search" role="combobox" aria-label="Search" aria-expanded="false" aria-controls="found" autocomplete="off" placeholder="Search: text, status:failed" data-key="/"><kbd aria-hidden="true">/</kbd><ul class="found" id="found" role="listbox" aria-label="Search results" hidden></ul></div>`
    + button('theme" id="theme" data-key="t"', icon("auto", "auto") + icon("sun", "sun") + icon("moon", "moon"))
    + button(`" id="help-button" title="Help" data-key="?" data-defer="${root.touch}"`, icon("help")));

  const CHARTS = `<label class="field">${icon("filter")}<input type="search" data-filter aria-label="Filter metrics" placeholder="Filter metrics" data-key="f"><span data-count aria-live="polite"></span></label><span class="smoothing rest">`
    + button('" data-key="s"', "Smoothing")
    + '<input type="range" min="0" max="0.99" step="0.01" value="0" aria-label="Smoothing"><output>0.00</output></span>'
    + segments("Y axis", "scale", "Auto", ["Linear", "Log", "Auto"])
    + segments("X axis", "x-axis", "Step", ["Step", "Time", "Relative"])
    + button('framed more" data-more-tools aria-expanded="false" aria-label="More chart tools"', "…")
    + button('framed rest" data-outliers aria-pressed="false"', "Ignore outliers")
    + button('framed rest" data-fold', "Fold all") + button('framed rest" data-tables aria-pressed="false"', icon("table") + "Table");

  runpages.each("#metrics > .toolbar", function (tools) {
    tools.innerHTML = CHARTS;
    const radio = (/** @type {string} */ value) => tools.querySelector(`[value=${value}]`);
    for (const value of ["time", "relative"]) radio(value).disabled = "untimed" in tools.dataset;
    tools.querySelector("[data-fold]").hidden = !document.querySelector("[data-group]");
  });
})();
