// The rail marks the section that is being read.
(function () {
  "use strict";
  function mark() {
    const line = innerHeight / 3;
    const atEnd = scrollY && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    let current;
    for (const link of document.querySelectorAll(".rail a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      link.removeAttribute("aria-current");
      if (!section || section.hidden) continue;
      if (!current || section.getBoundingClientRect().top < line || atEnd) current = link;
    }
    if (current) current.setAttribute("aria-current", "true");
  }

  let waits = false;
  addEventListener("scroll", function () {
    if (waits) return;
    waits = true;
    requestAnimationFrame(function () {
      waits = false;
      mark();
    });
  }, { passive: true });
  addEventListener("renewed", mark);
  mark();
})();
