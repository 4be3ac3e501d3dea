// The activity on the home page ends today. The page, which does not depend on the clock, ends with the last write.
(function () {
  "use strict";
  const DAY = 86400000;
  const DAYS = 28;
  const section = document.querySelector("[data-last-day]");
  const last = Number(section.dataset.lastDay);
  const today = Math.floor(Date.now() / DAY);
  const late = today - last;
  if (late <= 0) return;
  const svg = section.querySelector("svg");
  const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const left = (late * width) / DAYS;
  svg.setAttribute("viewBox", `${left} 0 ${width} ${height}`);
  let runs = 0;
  for (const bar of svg.querySelectorAll("rect")) {
    if (bar.x.baseVal.value < left) bar.remove();
    else runs += parseInt(bar.textContent.replace(",", ""), 10);
  }
  // An axis without a bar would look as if something were missing.
  if (!runs) {
    section.classList.add("idle");
    section.querySelector(".count").textContent = `no runs in ${DAYS} days`;
    return;
  }
  svg.setAttribute("aria-label", `${runs} run${runs === 1 ? "" : "s"} in ${DAYS} days`);
  const peak = section.querySelector(".peak");
  const at = parseFloat(peak.style.getPropertyValue("--at")) - (late * 100) / DAYS;
  peak.style.setProperty("--at", at + "%");
  peak.hidden = at < 0;
  const ends = section.querySelectorAll(".activity-axis span");
  [today - DAYS + 1, today].forEach((day, place) => {
    ends[place].textContent = new Date(day * DAY).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  });
})();
