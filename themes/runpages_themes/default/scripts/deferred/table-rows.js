// The rows of a long metric's table, when it is opened; the page has those of short ones.
(function () {
  "use strict";
  const ROWS = 1000;
  const { make } = runpages;

  // `load` gives the points of all metrics; a table that has them all is left alone.
  runpages.fillTable = async function (card, fold, load) {
    const total = fold.dataset.shown;
    if (!total || fold.filled === total) return;
    const whole = (await load())[card.at];
    const shown = { ...whole, ...(whole.pyramid && await whole.pyramid.head(ROWS)) };
    const [names, ...rows] = runpages.points(shown).map(([step, , ...more]) => [step, ...more]);
    if (fold.filled === total) return;
    fold.filled = total;
    const table = make("table", { className: "table numbers" });
    const head = table.createTHead().insertRow();
    for (const name of names) head.append(make("th", { scope: "col", textContent: name }));
    const body = table.createTBody();
    for (const cells of rows.slice(0, ROWS)) {
      const row = body.insertRow();
      for (const value of cells) row.insertCell().textContent = String(value);
    }
    const scroll = fold.querySelector(".scroll") || make("div", { className: "scroll", role: "group", tabIndex: 0, ariaLabel: "Points of " + card.name });
    scroll.replaceChildren(table);
    fold.querySelector("summary").after(scroll);
    const first = fold.querySelector(".first") || make("span", { className: "first" });
    first.textContent = body.rows.length < Number(total) ? "first " + body.rows.length + " · " : "";
    fold.querySelector(".note").prepend(first);
  };
})();
