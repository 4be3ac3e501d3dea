// The heads of sections link to themselves, with what the reader chose; a press copies the address.
(function () {
  "use strict";
  runpages.each("section[id] > .head > h2", function (head) {
    const title = "Copy link to " + head.textContent;
    const link = runpages.make("a", { className: "heading-link", href: "#" + head.closest("section").id, title, ariaLabel: title, textContent: "#" });
    head.after(link);
    link.addEventListener("click", async function () {
      const state = String(runpages.urlState());
      try {
        await navigator.clipboard.writeText(location.href.split("#")[0] + link.hash + (state && "?" + state));
        runpages.announce("Link copied");
      } catch {
        // It is in the address bar.
      }
    });
  });
})();
