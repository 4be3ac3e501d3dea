// Shows the HTML that Python made of a run, in which everything logged is escaped, and shows it anew when it changes.
// What the reader chose stays: opened logs, and the step of images.

function render({ model, el }) {
  const chosen = new Map(); // The step that is shown of the images of a name; without one it is the newest.
  let held = false;
  let stale = false;

  // Puts a slider above images, which come newest first, and shows one of them.
  const slide = (strip) => {
    const images = [...strip.children].reverse();
    const name = strip.dataset.images;
    const newest = images.length - 1;
    const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: newest });
    slider.dataset.slider = name;
    slider.dataset.lmSuppressShortcuts = "true"; // Else JupyterLab takes the arrow keys.
    slider.style.cssText = "width:200px;vertical-align:middle;margin:0 8px 0 0";
    slider.setAttribute("aria-label", `Step of ${name}`);
    const label = document.createElement("span");
    const show = () => {
      images.forEach((image, at) => (image.style.display = at === +slider.value ? "" : "none"));
      label.textContent = `step ${images[slider.value].dataset.step}`;
    };
    slider.addEventListener("input", () => {
      if (+slider.value === newest) chosen.delete(name);
      else chosen.set(name, images[slider.value].dataset.step);
      show();
    });
    const known = images.findIndex((image) => image.dataset.step === chosen.get(name));
    slider.value = known < 0 ? newest : known;
    for (const image of images) image.firstElementChild.remove(); // Its own label.
    if (newest > 0) strip.before(slider);
    strip.before(label);
    show();
  };

  const draw = () => {
    stale = held;
    if (held) return;
    const page = new DOMParser().parseFromString(model.get("html"), "text/html");
    const open = new Set([...el.querySelectorAll("details[open]")].map((log) => log.dataset.log));
    for (const log of page.querySelectorAll("details")) log.open = open.has(log.dataset.log);
    page.querySelectorAll("[data-images]").forEach(slide);
    const focus = el.contains(document.activeElement) ? document.activeElement.dataset.slider : undefined;
    el.replaceChildren(...page.body.childNodes);
    [...el.querySelectorAll("input")].find((slider) => slider.dataset.slider === focus)?.focus();
  };

  // Nothing is replaced while the reader drags a slider or selects text.
  const hold = () => (held = true);
  const release = () => {
    held = false;
    if (stale) draw();
  };
  el.addEventListener("pointerdown", hold);
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
  model.on("change:html", draw);
  draw();
  return () => {
    window.removeEventListener("pointerup", release);
    window.removeEventListener("pointercancel", release);
    model.off("change:html", draw);
  };
}

export default { render };
