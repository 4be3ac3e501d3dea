// How many of all runs are loaded: what a page shows of a part is said to be of a part.
(function () {
  "use strict";
  const { make, digits, runsGrowth, runsTable: model } = runpages;
  const counted = (/** @type {number} */ count) => digits.grouped(String(count));
  const plural = (/** @type {number} */ count) => counted(count) + (count === 1 ? " run" : " runs");

  function button() {
    const made = make("button", { type: "button", className: "linklike", textContent: "Load all runs" });
    made.addEventListener("click", () => model.complete().catch(() => {}));
    return made;
  }

  // What is said where not all runs are loaded.
  function state() {
    const { count, whole } = model;
    const { coming, failure } = runsGrowth;
    if (coming) return [`Loading: ${counted(coming)} of ${plural(whole)}`];
    return [make("b", { textContent: counted(count) }), ` of ${plural(whole)} loaded, the newest. `, ...(failure ? [failure + ". "] : []), button()];
  }

  const counter = /** @type {Found} */ (model.section?.querySelector(".runs-count"));
  const charts = document.getElementById("charts");
  const note = make("p", { className: "note", hidden: true, role: "status" });
  charts?.querySelector("summary").after(note);

  function show() {
    const isPart = model.count < model.whole;
    note.hidden = !isPart;
    if (!isPart) return;
    counter.replaceChildren(...state());
    note.replaceChildren(...(runsGrowth.coming ? [] : ["The charts draw what is loaded: "]), ...state());
  }

  for (const kind of ["runs-coming", "runs-renewed"]) document.addEventListener(kind, show);
  show();
})();
