// The tools of one chart: scale, table, files, large view.
(function () {
  "use strict";
  const { announce } = runpages;
  const dialog = document.getElementById("large");

  /** @param {Card} card */
  function csv(card) {
    // Of a long metric the page has what a drawing needs; the file has all.
    const whole = card.node.querySelector(".points a[href]");
    if (card.series.thinned && whole) return whole.click();
    const [names, ...rows] = runpages.points(card.series);
    for (const row of rows) row[1] = Number.isFinite(row[1]) ? new Date(row[1]).toISOString() : "";
    runpages.saveCsv(card.name, [names, ...rows].map((row) => row.join(",")));  // Which spells null as nothing.
  }

  /** @param {Card} card @param {any} how */
  function picture(card, how) {
    const look = { ...how, width: 960, height: 400, filename: runpages.fileName(card.name) };
    window.Plotly.downloadImage(card.box, look).catch((/** @type {Error} */ error) => announce(String(error.message || error)));
  }

  // The card is large with its head and tools, below the tools of all charts; a comment keeps the place of each.
  /** @param {Card} card @param {any} acts */
  function enlarge(card, acts) {
    const body = dialog.querySelector(".large-body");
    const moved = [document.querySelector("#metrics > .toolbar"), card.node].map(function (node) {
      const home = document.createComment("");
      node.replaceWith(home);
      body.append(node);
      return () => home.replaceWith(node);
    });
    dialog.querySelector("h2").textContent = card.name;
    card.large = () => Math.max(240, card.body.clientHeight - 8);
    runpages.openDialog(dialog, "chart", card.name);
    acts.redraw(card);
    dialog.addEventListener("close", function () {
      card.large = null;
      for (const back of moved) back();
      acts.redraw(card);
      card.body.focus({ preventScroll: true });
    }, { once: true });
  }

  /** @type {Record<string, (card: Card, acts: any) => void>} */
  const ACTS = {
    log: (card, acts) => acts.scale(card, card.spec.log ? "linear" : "log"),
    table(card) {
      const fold = card.node.querySelector("details.points");
      fold.open = !fold.open;
    },
    csv,
    png: (card) => picture(card, { format: "png", scale: 2 }),
    svg: (card) => picture(card, { format: "svg" }),
    enlarge,
  };

  runpages.chartTools = {
    enlarge,
    // Put the tools into a card; `acts` wakes and redraws its chart.
    arm(card, acts) {
      if (card.tools) return;
      card.tools = document.getElementById("chart-tools").content.cloneNode(true).firstElementChild;
      card.tools.addEventListener("click", async function (/** @type {Happening} */ event) {
        const button = event.target.closest("button");
        if (!button) return;
        await acts.wake(card);
        if (card.box) ACTS[button.dataset.act](card, acts);
      });
      card.body.append(card.tools);
    },
    // What is drawn, in the head and on the button.
    show(card) {
      const { notes, log } = card.spec;
      let note = card.head.querySelector(".scale");
      if (!note && notes.length) {
        note = runpages.make("span", { className: "note scale" });
        card.head.querySelector(".right").before(note);
      }
      if (note) note.textContent = note.title = notes.join(" · ");
      card.tools?.querySelector("[data-act=log]").setAttribute("aria-pressed", String(log));
    },
  };
})();
