// The tools of logs: find, the lines of a level, wrap. Their markup has nothing of the run in it, whose names come as text.
(function () {
  "use strict";
  const { icon } = runpages;
  const DOWN = '<path d="m4 6 4 4 4-4"/>';
  const COUNT = '<span class="quiet"></span>';
  const TOOLS = `<label class="field">${icon("search")}<input type="search" data-find data-state="find" placeholder="Find in log" autocomplete="off" spellcheck="false"></label>
<span class="finds" data-finds hidden><output></output>
<button type="button" class="button tiny" data-move="-1" aria-label="Previous match" title="Previous match (Shift+Enter)">${icon(DOWN, "up")}</button>
<button type="button" class="button tiny" data-move="1" aria-label="Next match" title="Next match (Enter)">${icon(DOWN)}</button></span>
<span class="room"></span>
<fieldset class="segments" data-state="level"><legend class="vh"></legend><label><input type="radio" value="" checked>All</label><label><input type="radio" value="w">Warnings ${COUNT}</label><label><input type="radio" value="e">Errors ${COUNT}</label></fieldset>
<button type="button" class="button framed" data-wrap data-state="wrap" aria-pressed="false">Wrap</button>`;

  // How many lines have a level, which changes while a log grows.
  function count() {
    for (const tools of document.querySelectorAll("[data-levels]")) {
      const counts = tools.dataset.levels.split(" ");
      tools.querySelectorAll("label .quiet").forEach(function (place, at) {
        place.textContent = counts[at];
        place.parentElement.querySelector("input").disabled = counts[at] === "0";
      });
    }
  }

  runpages.each(".log-head > .toolbar", function (tools) {
    const { id, firstElementChild: head } = tools.closest("article");
    const name = head.querySelector("h3").title;
    tools.innerHTML = TOOLS;
    tools.ariaLabel = "Tools of " + name;
    tools.querySelector("[data-find]").ariaLabel = "Find in " + name;
    tools.querySelector("legend").textContent = "Lines of " + name;
    for (const radio of tools.querySelectorAll("[type=radio]")) radio.name = "level-" + id;
    tools.hidden = false;
  });
  addEventListener("renewed", count);
  count();
  // The state of the page may be there already, and looks at these.
  dispatchEvent(new Event("filled"));
})();
