// Buttons that copy the text of an element: `data-copy` is its id.
(function () {
  "use strict";
  const SHOWN = 2000;

  /** @param {Found} button @param {string} text */
  function tell(button, text) {
    button.ariaLabel = button.title = text;
  }

  document.addEventListener("click", async function (event) {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    button.name ||= button.title;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      tell(button, "Copied");
    } catch {
      tell(button, "Copying was not allowed");
    }
    runpages.announce(button.title);
    setTimeout(tell, SHOWN, button, button.name);
  });
})();
