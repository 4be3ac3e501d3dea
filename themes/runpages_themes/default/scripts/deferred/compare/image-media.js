// Sounds, films and texts of runs side by side, at the stop of the slider; of a pair of texts, the lines that differ.
(function () {
  "use strict";
  const { make, announce } = runpages;
  const { nearest } = runpages.imageSeries;
  const { figure, own, why } = runpages.imageViews;
  // Most lines of a text that are shown; its file has all.
  const MOST_LINES = 2000;

  const failed = (/** @type {Error} */ error) => announce(error.message);

  /** @param {ImageShot} shot @returns {Promise<string>} */
  const text = async ({ item, base }) => (await runpages.load(base + item.src))[item.href];

  /** @param {Found} box @param {Found[]} lines */
  const list = (box, lines) => box.replaceChildren(make("ol", { className: "shot-lines", tabIndex: 0 }, ...lines.slice(0, MOST_LINES)));

  // How each kind fills its box, which is for one medium only: `isShown` says whether it still is.
  /** @type {Record<string, (box: Found, shot: ImageShot, label: string, isShown: () => boolean) => void>} */
  const KINDS = {
    audio: (box, { item, base }, ariaLabel) => box.replaceChildren(make("audio", { controls: true, preload: "none", src: base + item.src, ariaLabel })),
    video: (box, { item, base }, ariaLabel) => box.replaceChildren(make("video", { controls: true, preload: "metadata", src: base + item.src, ariaLabel })),
    text(box, shot, _, isShown) {
      text(shot).then(function (found) {
        if (isShown()) list(box, found.split("\n").map((line) => make("li", { dir: "auto", textContent: line + "\n" })));
      }, failed);
    },
  };

  /** @param {string} name @param {ImageSource} source @param {string} [letter] */
  function cell(name, source, letter) {
    const box = make("div", { className: "shot-medium" });
    const made = figure(source, box, letter);
    /** @type {ImageShot | null | undefined} */
    let last;
    /** @param {ImageShot | null} shot @param {ImageView} view @param {string} missing */
    function show(shot, view, missing) {
      made.about.textContent = own(shot, view);
      if (shot === last) return;
      last = shot;
      const fill = shot && KINDS[shot.item.kind];
      if (fill) fill(box, shot, name + ", " + source.label, () => last === shot);
      else box.replaceChildren(shot && shot.item.href ? make("a", { href: shot.base + shot.item.href, textContent: shot.item.file }) : make("span", { className: "shot-lost", textContent: shot ? shot.item.note : missing }));
    }
    return { ...made, show };
  }

  /** @param {ImageSeries} one @param {ImageView} view @returns {ImageDrawing} */
  function beside(one, view) {
    const shown = view.mode === "pair" ? [view.a, view.b] : [...view.sources.keys()];
    const cells = shown.map((at, k) => cell(one.name, view.sources[at], view.mode === "pair" ? "AB"[k] : ""));
    return {
      content: make("div", { className: "shots is-media" }, ...cells.map(({ box }) => box)),
      show: (now) => cells.forEach(({ show }, k) => show(nearest(one, shown[k], now.by, now.stop, now.part), now, why(one.tracks[shown[k]], now))),
    };
  }

  // Two texts as one, below one another: what only A has, and what only B has.
  /** @param {ImageSeries} one @param {ImageView} view @returns {ImageDrawing} */
  function changes(one, view) {
    const both = beside(one, view);
    const box = make("div", { className: "shot-medium shot-changes", hidden: true });
    let drawn = "";
    /** @param {ImageShot[]} pair */
    async function draw([a, b]) {
      const key = a.base + a.item.href + "\n" + b.base + b.item.href;
      if (key === drawn) return;
      drawn = key;
      const [before, after] = (await Promise.all([text(a), text(b)])).map((one) => one.split("\n"));
      const rows = runpages.textDiff(before, after);
      if (key !== drawn) return;
      list(box, rows.map(function ({ sign, text: line }) {
        const row = make("li", { dir: "auto", className: { "+": "add", "-": "del" }[sign] || "", textContent: line + "\n" });
        row.dataset.sign = sign.replace("-", "−");
        return row;
      }));
    }
    return {
      content: make("div", {}, both.content, box),
      show(now) {
        both.show(now);
        const pair = [now.a, now.b].map((at) => nearest(one, at, now.by, now.stop, now.part));
        const areTexts = pair.every((shot) => shot?.item.kind === "text");
        box.hidden = !areTexts;
        if (areTexts) draw(/** @type {ImageShot[]} */ (pair)).catch(failed);
      },
    };
  }

  runpages.imageViews.VIEWS.media = (one, view) => (view.mode === "pair" ? changes : beside)(one, view);
})();
