// Buttons that copy the text of an element: `data-copy` is its id.
(function () {
  "use strict";
  const SHOWN = 2000;

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const name = button.getAttribute("aria-label");
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async function () {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        button.setAttribute("aria-label", "Copied");
      } catch {
        button.setAttribute("aria-label", "Copying was not allowed");
      }
      button.title = button.getAttribute("aria-label");
      document.getElementById("said").textContent = button.title;
      setTimeout(function () {
        button.setAttribute("aria-label", name);
        button.title = name;
      }, SHOWN);
    });
  }
})();
