// The theme button: as the system, light, dark.
(function () {
  "use strict";
  const CHOICES = ["auto", "light", "dark"];
  /** @type {Record<string, string>} */
  const NAMES = { auto: "system", light: "light", dark: "dark" };
  const root = document.documentElement;
  const button = document.getElementById("theme");

  function label() {
    const choice = root.dataset.choice || "auto";
    button.title = button.ariaLabel = "Theme: " + NAMES[choice];
  }

  /** @param {any} choice */
  function choose(choice) {
    if (choice === "auto") {
      delete root.dataset.choice;
      delete root.dataset.theme;
    } else {
      root.dataset.choice = root.dataset.theme = choice;
    }
    runpages.stored("theme", choice);
    label();
  }

  button.addEventListener("click", function () {
    choose(CHOICES[(CHOICES.indexOf(root.dataset.choice || "auto") + 1) % CHOICES.length]);
  });
  label();
})();
