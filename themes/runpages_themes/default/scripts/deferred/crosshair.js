// One cursor over all live charts: the step under the pointer, or under the arrow keys, with the value of each chart.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const GAP = 12;
  /** @type {Card[]} */
  let shown = [];
  let touched = false;

  /** @param {any} x @param {number} at */
  function nearest(x, at) {
    let [low, high] = [0, x.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle] < at) low = middle;
      else high = middle;
    }
    return at - x[low] <= x[high] - at ? low : high;
  }

  /** @param {Card} card */
  function begin(card) {
    card.line = card.body.appendChild(make("i", { className: "cursor" }));
    card.tip = make("div", { className: "tip" });
  }

  /** @param {any} value */
  function spelledValue(value) {
    const short = typeof value === "number" ? Number(value.toPrecision(6)) : value;
    return String(short).replace("-", "−");
  }

  // Where a place stands for several points, the least and the greatest of them.
  /** @param {Card} spec @param {number} index */
  function spelledRow({ values, others }, index) {
    const [value, other] = [values[index], others && others[index]];
    if (other === undefined || other === null || other === value) return spelledValue(value);
    return spelledValue(Math.min(value, other)) + " to " + spelledValue(Math.max(value, other));
  }

  // Under a finger a tip would not be seen: the head of the card shows the value instead.
  /** @param {Card} card @param {number} index @param {boolean} lead */
  function show(card, index, lead) {
    if (!card.line) begin(card);
    const axis = card.box._fullLayout.xaxis;
    const { xName, dates } = card.spec;
    const x = card.spec.x[index];
    const left = card.box.offsetLeft + axis._offset + axis.c2p(x);
    const inside = axis.c2p(x) >= -1 && axis.c2p(x) <= axis._length + 1;
    card.line.hidden = card.tip.hidden = !inside;
    card.line.style.left = left + "px";
    card.tip.replaceChildren(make("span", { textContent: runpages.chartX.spelled(x, xName, dates) }), make("b", { textContent: spelledRow(card.spec, index) }));
    const home = touched ? card.head : card.body;
    if (card.tip.parentElement !== home) home.append(card.tip);
    const over = left > card.body.clientWidth / 2;
    card.tip.style.left = over ? "" : left + GAP + "px";
    card.tip.style.right = over ? card.body.clientWidth - left + GAP + "px" : "";
    card.tip.classList.toggle("lead", lead);
    card.line.classList.toggle("touched", touched);
    card.index = index;
  }

  /** @param {Card} card @param {number} index @param {Map<Found, Card>} cards */
  function all(card, index, cards) {
    const at = card.spec.x[index];
    shown = [];
    for (const other of cards.values()) {
      if (!other.box || !(other.seen || other === card) || !other.spec.x.length) continue;
      const near = other === card ? index : nearest(other.spec.x, at);
      show(other, near, other === card);
      shown.push(other);
    }
  }

  function hide() {
    for (const card of shown) card.line.hidden = card.tip.hidden = true;
    shown = [];
  }

  // The cursor at a place of the screen.
  /** @param {Card} card @param {Happening} event @param {Map<Found, Card>} cards */
  function point(card, { clientX, pointerType }, cards) {
    touched = pointerType === "touch";
    const axis = card.box._fullLayout.xaxis;
    const px = clientX - card.box.getBoundingClientRect().left - axis._offset;
    if (px < -GAP || px > axis._length + GAP || !card.spec.x.length) hide();
    else all(card, nearest(card.spec.x, axis.p2c(px)), cards);
  }

  runpages.crosshair = {
    hide,
    point,
    /** @param {Card} card @param {Map<Found, Card>} cards */
    follow(card, cards) {
      if (card.followed) return;
      card.followed = true;
      const follow = function (/** @type {Happening} */ event) {
        if (!card.box || event.target.closest(".card-tools") || (event.buttons && event.pointerType !== "touch")) return;
        point(card, event, cards);
      };
      card.body.addEventListener("pointerdown", follow);
      card.body.addEventListener("pointermove", follow);
      // What was read under a finger stays when it is lifted.
      card.body.addEventListener("pointerleave", () => touched || hide());
      card.body.addEventListener("blur", hide);
      card.body.addEventListener("keydown", function (/** @type {Happening} */ event) {
        /** @type {Record<string, number>} */
        const ways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
        if (!card.box || event.target !== card.body || !(event.key in ways)) return;
        event.preventDefault();
        touched = false;
        const last = card.spec.x.length - 1;
        const from = card.index ?? (ways[event.key] > 0 ? -1 : last + 1);
        all(card, Math.min(Math.max(from + ways[event.key], 0), last), cards);
        announce([...card.tip.children].map((one) => one.textContent).join(": "));
      });
      // A key that was pressed before the chart had come alive.
      if (card.pressed && !card.pressed.defaultPrevented) card.body.dispatchEvent(new KeyboardEvent("keydown", card.pressed));
    },
  };
})();
