// The rail marks the section that is being read.
(function () {
  "use strict";
  const links = new Map();
  function find() {
    links.clear();
    for (const link of document.querySelectorAll(".rail a")) {
      links.set(document.getElementById(decodeURIComponent(link.hash.slice(1))), link);
    }
    links.delete(null);
  }
  find();
  if (!links.size) return;

  function mark() {
    const line = innerHeight / 3;
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    let current;
    for (const section of links.keys()) {
      if (!current || section.getBoundingClientRect().top < line || atEnd) current = section;
    }
    for (const [section, link] of links) {
      if (section === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
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
  addEventListener("renewed", function () {
    find();
    mark();
  });
  mark();
})();
