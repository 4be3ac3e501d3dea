// What acts only on a touch is loaded at the first one, or where the address asks for it; what was pressed meanwhile is
// pressed then, which may be a picture.
(function () {
  "use strict";
  const { later, laterStyle } = document.documentElement.dataset;
  let loaded = false;

  async function load() {
    if (!document.getElementById("later")) {
      document.head.append(runpages.make("link", { rel: "stylesheet", href: laterStyle, id: "later" }));
    }
    try {
      await runpages.load(later);
      loaded = true;
    } catch (error) {
      runpages.said(error.message);
    }
  }

  runpages.each("[data-wakes]", function (place) {
    place.hidden = false;
    for (const kind of ["pointerover", "focusin"]) place.addEventListener(kind, load, { once: true });
    place.addEventListener("click", async function (event) {
      const button = event.target.closest("button, a[data-at], a[data-file]");
      if (loaded || !button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      await load();
      if (loaded) button.click();
      else if (button.href) location.assign(button.href);
    });
  });
  runpages.each(".toolbar", (tools) => { tools.hidden = false; });
  runpages.each("#metrics .chart[data-y]", function (svg) {
    const ariaLabel = "Chart of " + svg.closest(".metric").querySelector("h4").textContent;
    Object.assign(svg.parentElement, { tabIndex: 0, role: "group", ariaLabel });
  });

  // Whether the address is in a file that is looked at, or a line of a log that is not in the page.
  function far() {
    const place = location.hash.slice(1).split("?")[0];
    return /^(code|output)-/.test(place) || (/^log-.+-L\d+$/.test(place) && !document.getElementById(place));
  }
  if (document.querySelector("[data-figures], [data-live]") || [...runpages.state()].length || far()) load();
  addEventListener("hashchange", () => far() && load());
})();
