// The points of a metric as a table, of a long one when it is opened, and as a file.
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

  /** @param {Card} card */
  runpages.savePoints = function (card) {
    // Of a long metric the page has what a drawing needs; the file has all.
    const whole = card.node.querySelector(".points a[href]");
    if (card.series.thinned && whole) return whole.click();
    const [names, ...rows] = runpages.points(card.series);
    for (const row of rows) row[1] = Number.isFinite(row[1]) ? new Date(row[1]).toISOString() : "";
    runpages.saveCsv(card.name, [names, ...rows]);
  };
})();
