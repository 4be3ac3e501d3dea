// Logged plotly figures, drawn as they are when they come into view.
(function () {
  "use strict";
  const section = document.getElementById("charts");
  let shown = section.dataset.figures;

  /** @param {any} box */
  async function draw(box) {
    try {
      const [Plotly, figures] = await Promise.all([runpages.chart.load(), runpages.load(section.dataset.figures)]);
      const { data, layout, frames } = figures[Number(box.dataset.figure)];
      const plain = { paper_bgcolor: runpages.chart.color("--bg"), plot_bgcolor: runpages.chart.color("--bg"), font: { color: runpages.chart.color("--tx-2") } };
      // A figure with a template of its own keeps its colours, also on a dark page.
      const sides = { l: 56, r: 24, t: layout.title ? 56 : 24, b: 48 };
      // All figures have the page's font, unless they name one, and a bar of tools in the page's greys.
      const own = /** @type {any} */ (layout.template ? {} : plain);
      const font = { family: getComputedStyle(document.body).fontFamily, ...own.font, ...layout.font };
      const modebar = { bgcolor: "rgba(0,0,0,0)", color: runpages.chart.color("--line-3"), activecolor: runpages.chart.color("--ac") };
      const look = { ...own, height: 360, margin: sides, modebar, ...layout, font, autosize: true };
      await (box.data ? Plotly.react : Plotly.newPlot)(box, { data, layout: look, frames, config: { ...runpages.chart.CONFIG, displayModeBar: "hover", responsive: true, doubleClick: "reset+autosize" } });
    } catch (error) {
      box.textContent = error.message;
    }
  }

  const observer = new IntersectionObserver(function (entries) {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      observer.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "100px" });
  function look(which = "") {
    for (const box of section.querySelectorAll("[data-figure]" + which)) observer.observe(box);
  }
  look();
  addEventListener("renewed", function () {
    // Figures that are there are drawn anew where they may have changed.
    if (section.dataset.figures === shown) return look(":empty");
    runpages.forget(shown);
    shown = section.dataset.figures;
    look();
  });
})();
