// Items of a list take another place: dragged by their grip, by touch too, or moved by arrows on the grip.
(function () {
  "use strict";
  const ENDS = ["pointerup", "pointercancel"];

  // `onMove` is called with the item and its new place when it is let go.
  runpages.columnOrder = function (list, onMove) {
    const gripOf = (/** @type {Happening} */ event) => event.target.closest(".grip");

    list.addEventListener("pointerdown", function (/** @type {Happening} */ event) {
      const grip = gripOf(event);
      if (!grip || event.button) return;
      event.preventDefault();
      const item = grip.closest("li");
      const before = [...list.children].indexOf(item);
      item.classList.add("dragged");
      const follow = (/** @type {Happening} */ { clientY }) => {
        const over = [...list.children].find((one) => one !== item && clientY >= one.getBoundingClientRect().top && clientY < one.getBoundingClientRect().bottom);
        if (over) over[item.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING ? "after" : "before"](item);
        item.scrollIntoView({ block: "nearest" });
      };
      const end = () => {
        removeEventListener("pointermove", /** @type {any} */ (follow));
        for (const kind of ENDS) removeEventListener(kind, end);
        item.classList.remove("dragged");
        grip.focus();
        const after = [...list.children].indexOf(item);
        if (after !== before) onMove(item, after);
      };
      addEventListener("pointermove", follow);
      for (const kind of ENDS) addEventListener(kind, end);
    });

    list.addEventListener("keydown", function (/** @type {Happening} */ event) {
      const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const item = event.target.closest("li");
      if (!way || !item || !(event.altKey || gripOf(event))) return;
      event.preventDefault();
      event.stopPropagation();
      const items = [...list.children];
      const to = items.indexOf(item) + way;
      if (!items[to]) return;
      items[to][way > 0 ? "after" : "before"](item);
      event.target.focus();
      onMove(item, to);
    });
  };
})();
