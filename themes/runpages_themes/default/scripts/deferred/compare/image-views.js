// How the images of one name are seen: those of all runs side by side, each against the reference, two of them one over the
// other, or all of them by run and step. Each view makes its elements once; what it gives shows a stop of the slider.
(function () {
  "use strict";
  const { make } = runpages;
  const { nearest, columns, spelled } = runpages.imageSeries;
  const { whole, size, layer, put, stage, divider } = runpages.imageStage;
  const { measure, spelled: digits } = runpages.imageDifference;
  const MOST_STEPS = 24;

  /** @param {ImageSource} source @param {string} [letter] */
  function named(source, letter) {
    const link = make("a", { href: source.href, className: "cut", dir: "auto", title: source.title, textContent: source.label });
    return [make("i", { className: "dot-key s" + source.slot }), ...(letter ? [make("b", { textContent: letter })] : []), ...(source.isReference ? [make("span", { className: "quiet", textContent: "ref" })] : []), link];
  }

  /** @param {ImageSource} source @param {Found} seen @param {string} [letter] */
  function figure(source, seen, letter) {
    const about = make("span", { className: "shot-about" });
    return { about, box: make("figure", { className: "shot" }, seen, make("figcaption", {}, ...named(source, letter), about)) };
  }

  // Why a run has no image at a stop, and what is to be said of one that has: its own step where that is another one.
  /** @param {ImageShot[] | null} track @param {ImageView} view */
  function why(track, { by, part }) {
    if (!track) return "nothing logged under this name";
    return track.some((shot) => shot[by] !== null) ? "no image " + (part + 1) : "no " + by + " logged";
  }

  /** @param {ImageShot | null} shot @param {ImageView} view */
  const own = (shot, { by, stop }) => (shot && shot[by] !== stop ? (by === "time" ? "" : by + " ") + spelled(by, Number(shot[by])) : "");

  // The image of each run at a stop, and what is below each: its own step, and its size and caption where they differ.
  /** @param {ImageSeries} one @param {ImageView} view */
  const all = (one, { by, stop, part }) => one.tracks.map((_, at) => nearest(one, at, by, stop, part));
  /** @param {(ImageShot | null)[]} found @param {ImageView} view */
  function notes(found, view) {
    const caption = (/** @type {ImageShot | null} */ shot) => shot?.item.caption || "";
    const differing = [size, caption].filter((of) => new Set(found.map(of).filter(Boolean)).size > 1);
    return found.map((shot) => [own(shot, view), ...differing.map((of) => of(shot))].filter(Boolean).join(" · "));
  }

  // --- differences ---

  // Whether the browser keeps pixels from the page.
  let isUnreadable = false;

  // Two images that can be laid over one another, or a sentence why not.
  /** @param {ImageShot | null} a @param {ImageShot | null} b @param {string} missing */
  function unequal(a, b, missing) {
    if (!a || !b) return missing;
    if (!a.item.src || !b.item.src) return a.item.note || b.item.note;
    return size(a) !== size(b) ? "sizes differ: " + size(a) + " and " + size(b) : "";
  }

  // The numbers come when the slider rests.
  /** @param {Found} box @param {ImageShot} a @param {ImageShot} b @param {ImageView} view */
  function number(box, a, b, view) {
    const [one, two] = [whole(a), whole(b)];
    const key = one + "\n" + two;
    if (box.dataset.of === key) return;
    box.dataset.of = key;
    box.textContent = "";
    if (isUnreadable) return view.unreadable();
    if (!one || !two) return void (box.textContent = "only a small copy can be shown");
    setTimeout(async function () {
      const isWanted = () => box.isConnected && box.dataset.of === key;
      if (!isWanted()) return;
      try {
        const found = await measure(one, two, isWanted);
        if (!isWanted()) return;
        if (!found) return void (box.textContent = "sizes differ");
        const { mean, psnr } = digits(found);
        box.replaceChildren("mean |Δ| ", make("b", { textContent: mean }), " PSNR ", make("b", { textContent: psnr }), " dB");
      } catch (error) {
        isUnreadable ||= error.name === "SecurityError";
        if (isUnreadable) view.unreadable();
        else if (isWanted()) box.textContent = "cannot be read";
      }
    }, 120);
  }

  // The stage of a difference and its number; `show` gets the two images.
  function difference() {
    const [a, b] = [layer("under"), layer("over")];
    const lost = make("span", { className: "shot-lost", hidden: true });
    const box = stage("is-difference", make("div", { className: "shot-blend" }, a, b), lost);
    const value = make("span", { className: "shot-number" });
    /** @param {ImageShot | null} one @param {ImageShot | null} two @param {ImageView} view @param {string} missing */
    function show(one, two, view, missing) {
      const reason = unequal(one, two, missing);
      box.classList.toggle("is-lost", Boolean(reason));
      Object.assign(lost, { hidden: !reason, textContent: reason });
      value.hidden = Boolean(reason);
      if (reason || !one || !two) return;
      put(a, one, "");
      put(b, two, "");
      number(value, one, two, view);
    }
    return { box, value, show };
  }

  // What the grey means: the darker, the more two images differ.
  const legend = () => make("span", { className: "shot-key" }, "|Δ| ", make("i", {}), make("span", { className: "shot-range" }));

  // --- views ---

  /** @type {Record<string, (one: ImageSeries, view: ImageView) => ImageDrawing>} */
  const VIEWS = {
    beside(one, { sources }) {
      const cells = sources.map(function (source) {
        const seen = layer("only");
        return { seen, ...figure(source, stage("", seen)) };
      });
      return {
        content: make("div", { className: "shots" }, ...cells.map(({ box }) => box)),
        show(view) {
          const found = all(one, view);
          const texts = notes(found, view);
          cells.forEach(function ({ seen, about }, at) {
            put(seen, found[at], why(one.tracks[at], view));
            about.textContent = texts[at];
          });
        },
      };
    },

    difference(one, { sources, reference }) {
      const first = layer("only");
      const cells = sources.map(function (source, at) {
        if (at === reference) return { shown: null, ...figure(source, stage("", first)) };
        const shown = difference();
        const cell = figure(source, shown.box);
        cell.box.append(shown.value);
        return { shown, ...cell };
      });
      return {
        content: make("div", { className: "shots" }, ...cells.map(({ box }) => box)),
        show(view) {
          const found = all(one, view);
          const texts = notes(found, view);
          put(first, found[reference], why(one.tracks[reference], view));
          cells.forEach(function ({ shown, about }, at) {
            about.textContent = texts[at];
            shown?.show(found[reference], found[at], view, found[at] ? "no image of the reference" : why(one.tracks[at], view));
          });
        },
      };
    },

    pair(one, view) {
      const [a, b] = [layer("under"), layer("over")];
      const shown = difference();
      const seen = stage("is-pair", a, b, divider(view.divide));
      const { sources } = view;
      const letters = ["A", "B"].map((letter, k) => make("span", { className: "shot-side" }, ...named(sources[k ? view.b : view.a], letter), make("span", { className: "shot-about" })));
      const content = make("div", { className: "shots is-pair" },
        make("figure", { className: "shot" }, seen, make("figcaption", {}, ...letters)),
        make("figure", { className: "shot" }, shown.box, make("figcaption", {}, legend(), shown.value)));
      return {
        content,
        show(now) {
          const found = [now.a, now.b].map((at) => nearest(one, at, now.by, now.stop, now.part));
          put(a, found[0], why(one.tracks[now.a], now));
          put(b, found[1], why(one.tracks[now.b], now));
          const texts = notes(found, now);
          letters.forEach((letter, k) => (letter.querySelector(".shot-about").textContent = texts[k]));
          shown.show(found[0], found[1], now, "no pair of images");
        },
      };
    },

    grid(one, { sources, by, part, choose }) {
      const { shown, of } = columns(one, by, MOST_STEPS);
      const heads = shown.map(function (stop) {
        const button = make("button", { type: "button", className: "button tiny", textContent: spelled(by, stop) });
        button.addEventListener("click", () => choose(stop));
        return make("th", { scope: "col" }, button);
      });
      const rows = sources.map(function (source, at) {
        const cells = shown.map(function (stop) {
          const shot = nearest(one, at, by, stop, part);
          if (!shot || shot[by] !== stop) return make("td", { className: "quiet", textContent: "–" });
          const seen = layer("only");
          put(seen, shot, "");
          return make("td", {}, stage("", seen));
        });
        return make("tr", {}, make("th", { scope: "row" }, make("span", { className: "shot-run" }, ...named(source))), ...cells);
      });
      const table = make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", textContent: by === "time" ? "run, time" : "run, " + by }), ...heads)), make("tbody", {}, ...rows));
      const note = shown.length < of ? [make("p", { className: "note", textContent: `${shown.length} of ${of} ${by === "time" ? "times" : by + "s"}` })] : [];
      return {
        content: make("div", { className: "shot-grid" }, make("div", { className: "shot-scroll", tabIndex: 0, role: "region", ariaLabel: one.name + " by run and " + by }, table), ...note),
        show({ stop }) {
          heads.forEach((head, k) => head.firstElementChild.setAttribute("aria-pressed", String(shown[k] === stop)));
        },
      };
    },
  };

  runpages.imageViews = { VIEWS, legend, figure, own, why };
})();
