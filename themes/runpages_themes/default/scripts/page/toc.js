// The rail marks the section that is being read, and its group of metrics; where it scrolls, the mark stays in sight.
(function () {
  "use strict";
  const rail = document.querySelector(".rail");
  if (!rail) return;
  /** @type {Found | null} */
  let shown = null;

  /** @param {Found} list @param {boolean} atEnd */
  function mark(list, atEnd) {
    let current = null;
    for (const { children: [link] } of /** @type {any} */ (list.children)) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1).split("?")[0]));
      link.removeAttribute("aria-current");
      if (!section || section.hidden) continue;
      if (!current || section.getBoundingClientRect().top < innerHeight / 3 || atEnd) current = link;
    }
    if (current) current.setAttribute("aria-current", "true");
    return current;
  }

  function markAll() {
    const atEnd = Boolean(scrollY && innerHeight + scrollY >= document.documentElement.scrollHeight - 2);
    const current = mark(rail.firstElementChild, atEnd);
    for (const link of rail.querySelectorAll("ol ol [aria-current]")) link.removeAttribute("aria-current");
    if (current?.nextElementSibling) mark(current.nextElementSibling, false);
    if (!current || current === shown) return;
    shown = current;
    rail.scrollTo({ left: current.offsetLeft - (rail.clientWidth - current.offsetWidth) / 2, top: current.offsetTop - rail.clientHeight / 2 });
  }

  let waits = false;
  addEventListener("scroll", function () {
    if (waits) return;
    waits = true;
    requestAnimationFrame(function () {
      waits = false;
      markAll();
    });
  }, { passive: true });
  addEventListener("renewed", markAll);
  markAll();
})();
