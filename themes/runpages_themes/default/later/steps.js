// Charts of several steps: their slider chooses the step, which comes from a script.
(function () {
  "use strict";
  const begun = new WeakSet();
  function look() {
    for (const card of document.querySelectorAll("[data-step-card]")) {
      if (begun.has(card)) continue;
      begun.add(card);
      runpages.slider(card, async function (at) {
        const { texts, bodies } = (await runpages.load(card.closest("section").dataset.steps))[card.dataset.stepCard];
        const old = card.querySelector(".of-step");
        const body = runpages.make("div", { className: "of-step", innerHTML: bodies[at] });
        runpages.keep(old, body);
        old.replaceWith(body);
        dispatchEvent(new Event("renewed"));
        return texts[at];
      });
    }
  }
  addEventListener("renewed", look);
  look();
})();
