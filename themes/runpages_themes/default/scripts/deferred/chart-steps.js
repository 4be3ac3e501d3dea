// Charts of several steps: their slider chooses the step, which comes from a script and was escaped by the builder.
(function () {
  "use strict";
  runpages.each("[data-step-card]", (card) => runpages.slider(card, async function (at) {
    const { texts, bodies } = (await runpages.load(card.closest("section").dataset.steps))[card.dataset.stepCard];
    const old = card.querySelector(".of-step");
    const { body } = new DOMParser().parseFromString(bodies[at], "text/html");
    runpages.keepFormState(old, body);
    old.replaceChildren(...body.childNodes);
    dispatchEvent(new Event("renewed"));
    return texts[at];
  }));
})();
