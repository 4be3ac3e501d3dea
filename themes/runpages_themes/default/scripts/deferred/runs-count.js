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
  /** @param {(string | Node)[]} known */
  function state(...known) {
    const { coming, failure } = runsGrowth;
    if (coming) return [`Loading: ${counted(coming)} of ${plural(model.whole)}`];
    return [...known, ...(failure ? [failure + ". "] : []), button()];
  }

  const counter = /** @type {Found} */ (model.section?.querySelector(".runs-count"));
  const note = make("p", { className: "note", hidden: true, role: "status" });

  function show() {
    const isPart = model.count < model.whole;
    note.hidden = !isPart;
    if (!isPart) return;
    const [count, whole] = [counted(model.count), plural(model.whole)];
    counter.replaceChildren(...state("Newest ", make("b", { textContent: count }), ` of ${whole}. `));
    note.replaceChildren(...state(`The charts draw the newest ${count} of ${whole}. `));
  }

  for (const kind of ["runs-coming", "runs-renewed"]) document.addEventListener(kind, show);
  show();
  // The charts of the page are of all runs, until they are drawn anew.
  runpages.each(".run-charts-tools", (tools) => tools.prepend(note));
})();
