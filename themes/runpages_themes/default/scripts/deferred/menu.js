// A menu below its button: a press opens and closes it, Escape, a press and the focus elsewhere close it, arrows go
// through it.
(function () {
  "use strict";
  const STOPS = "input:not([type=hidden]), button:not(.grip), select, summary";

  // `begin` is called before the menu is shown.
  runpages.menu = function (button, menu, begin) {
    button.setAttribute("aria-haspopup", "true");
    button.ariaExpanded = "false";
    /** @type {any} */
    const away = (/** @type {Happening} */ event) => { if (!button.parentElement.contains(event.target)) close(false); };

    /** @param {"addEventListener" | "removeEventListener"} how */
    const watch = (how) => ["pointerdown", "focusin"].forEach((kind) => document[how](kind, away));

    function close(isBack = true) {
      watch("removeEventListener");
      menu.remove();
      button.ariaExpanded = "false";
      if (isBack) button.focus();
    }

    function open() {
      begin();
      button.after(menu);
      button.ariaExpanded = "true";
      watch("addEventListener");
      menu.querySelector(STOPS)?.focus();
    }

    menu.close = close;
    button.addEventListener("click", () => (menu.isConnected ? close() : open()));
    menu.addEventListener("keydown", function (/** @type {Happening} */ event) {
      const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") close();
      else if (way && !event.altKey && !event.target.matches("select")) {
        const stops = [...menu.querySelectorAll(STOPS)].filter((one) => one.checkVisibility() && !one.matches("select"));
        stops[(stops.indexOf(event.target) + way + stops.length) % stops.length].focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  };
})();
