// The theme button: as the system, light, dark.
(function () {
  "use strict";
  const CHOICES = ["light", "dark", "auto"];
  const { dataset } = document.documentElement;
  const button = document.getElementById("theme");

  function label() {
    button.title = button.ariaLabel = "Theme: " + (dataset.choice || "system");
  }

  button.addEventListener("click", function () {
    const choice = CHOICES[CHOICES.indexOf(dataset.choice || "") + 1];
    if (choice === "auto") {
      delete dataset.choice;
      delete dataset.theme;
    } else {
      dataset.choice = dataset.theme = choice;
    }
    runpages.stored("theme", choice);
    label();
  });
  label();
})();
