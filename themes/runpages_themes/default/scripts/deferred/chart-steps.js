// Charts of several steps: their slider chooses the step, which comes from a script and was escaped by the builder.
(function () {
  "use strict";
  runpages.each("[data-step-card]", function (card) {
    const known = () => runpages.load(card.closest("section").dataset.steps).then((all) => all[card.dataset.stepCard]);
    runpages.slider(card, async function (at) {
      const { bodies } = await known();
      const { body } = new DOMParser().parseFromString(bodies[at], "text/html");
      card.querySelector(".of-step").replaceChildren(...body.childNodes);
      dispatchEvent(new Event("renewed"));
    }, () => known().then(({ texts }) => texts));
  });
})();
