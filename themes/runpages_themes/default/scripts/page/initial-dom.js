// The page as it was built, before other scripts change it: kept where the run goes on, and told to the open page of the
// run that looks at this one in a frame, since that cannot read it from a disk.
(function () {
  "use strict";
  const main = document.getElementById("main");
  if (window.name === "runpages-live" && parent !== window) {
    const html = "<!doctype html>" + document.documentElement.outerHTML;
    parent.postMessage(html, location.protocol === "file:" ? "*" : location.origin);
  } else if (main.dataset.live) {
    /** @type {Node[]} */
    const nodes = [main];
    for (const walker = document.createTreeWalker(main); walker.nextNode();) nodes.push(walker.currentNode);
    runpages.put("built", { copy: main.cloneNode(true), nodes });
  }
})();
