// Cards of images and media: a slider chooses the step, or the part of a grid; a press on a picture shows it large.
(function () {
  "use strict";

  const { make, announce } = runpages;

  // A picture as the page has them: a link to its file, or a box that says why there is none.
  /** @param {any} item @param {number} at @param {string} alt @param {string} text */
  function picture(item, at, alt, text) {
    const known = { className: "cell", title: item.title, dir: "auto", ...(item.href ? { href: item.href } : {}) };
    if (!item.src) {
      const told = [make("span", { textContent: item.note }), ...(item.href ? [make("span", { className: "get", textContent: "Download file" })] : [])];
      return make(item.href ? "a" : "span", { ...known, className: "cell lost", download: "" }, make("span", { className: "box" }, ...told), text);
    }
    const link = make("a", known, make("img", { src: item.src, alt, ...(item.width && item.height ? { width: item.width, height: item.height, style: `--w: ${item.width}; --h: ${item.height}` } : {}) }), text);
    link.dataset.at = String(at);
    return link;
  }

  // --- what a place of the slider shows ---

  /** @param {Found} card @param {any} known @param {number} at */
  function showGrid(card, known, at) {
    const { groups, items } = known;
    const end = at + 1 < groups.length ? groups[at + 1][0] : items.length;
    const cells = items.slice(groups[at][0], end).map((/** @type {any} */ item, /** @type {number} */ k) => picture(item, groups[at][0] + k, "", item.caption || "step " + item.step));
    card.querySelector(".images").replaceChildren(...cells);
  }

  /** @param {Found} card @param {number} at */
  function ring(card, at) {
    for (const cell of card.querySelectorAll(".frames [data-at]")) cell.ariaCurrent = Number(cell.dataset.at) === at ? "true" : null;
  }

  /** @param {Found} card @param {any} known @param {number} at */
  function showStep(card, known, at) {
    const [stage, item] = [card.querySelector(".stage"), known.items[at]];
    const [old, caption] = stage.children;
    const fresh = picture(item, at, item.alt, "");
    // The picture that is there stays until the next one has come.
    const [image, next] = [old.querySelector("img"), fresh.querySelector("img")];
    if (image && next) {
      for (const name of ["width", "height", "style"]) {
        if (next.hasAttribute(name)) image.setAttribute(name, next.getAttribute(name) || "");
        else image.removeAttribute(name);
      }
      Object.assign(image, { src: item.src, alt: item.alt });
      Object.assign(old, { href: item.href, title: fresh.title }).setAttribute("data-at", String(at));
    } else old.replaceWith(fresh);
    caption.textContent = item.title;
    ring(card, at);
  }

  /** @param {Found} card @param {any} known @param {number} at */
  function showMedium(card, known, at) {
    const item = known.items[at];
    const name = known.name + ", step " + item.step;
    const [medium, open] = [card.querySelector(".medium"), Boolean(card.querySelector("details[open]"))];
    const about = make("p", { className: "about" }, make("span", { className: "quiet", textContent: "step " + item.step }), " ", ...(item.caption ? [make("bdi", { textContent: item.caption }), " "] : []));
    about.append(item.href ? make("a", { href: item.href }, make("bdi", { textContent: item.file })) : make("bdi", { textContent: item.file + " " + item.note }));
    /** @type {Record<string, () => Found>} */
    const players = {
      audio: () => make("audio", { controls: true, preload: "none", src: item.src, ariaLabel: name }),
      video: () => make("video", { controls: true, preload: "metadata", src: item.src, ariaLabel: name }),
      page() {
        const fold = make("details", { open }, make("summary", { textContent: "Preview (scripts disabled)" }));
        Object.assign(fold.dataset, { page: item.src, title: name, state: "preview" });
        return fold;
      },
    };
    medium.replaceChildren(...(players[item.kind] ? [players[item.kind]()] : []), about);
  }

  // A logged page is loaded when it is opened, into a frame in which nothing runs.
  /** @param {Found} fold */
  function frame(fold) {
    if (!fold.open || fold.querySelector("iframe")) return;
    const made = make("iframe", { title: fold.dataset.title });
    made.setAttribute("sandbox", "");
    made.src = fold.dataset.page;
    fold.append(made);
  }

  // --- a card ---

  /** @param {Found} section @param {Found} card */
  function start(section, card) {
    const known = () => runpages.load(section.dataset.gallery).then((all) => all[section.id][Number(card.dataset.card)]);
    const paint = section.id === "media" ? showMedium : card.querySelector(".stage") ? showStep : showGrid;
    const { go, at } = runpages.slider(card, async function (to) {
      paint(card, await known(), to);
    }, async () => (await known()).groups.map((/** @type {any} */ group) => group[1]));
    const key = card.id + ".large";

    // Without an image it is the first one of the page.
    /** @param {number} [image] */
    async function enlarge(image) {
      try {
        const all = await known();
        const moved = (/** @type {number} */ index) => go(all.groups.findLastIndex((/** @type {any} */ group) => group[0] <= index));
        const closed = async (/** @type {number} */ index) => {
          await moved(index);
          card.querySelector(`.stage [data-at="${index}"], .images [data-at="${index}"]`)?.focus();
        };
        await runpages.opened();
        if (document.querySelector("dialog[open]")) return;  // Another one that the address names came first.
        runpages.lightbox(all, key, image ?? all.groups[at()][0], moved, closed);
      } catch (error) {
        announce(error.message);
      }
    }

    card.addEventListener("click", function (/** @type {Happening} */ event) {
      const cell = event.target.closest("a[data-at]");
      if (event.target.closest(".enlarge")) enlarge();
      else if (cell && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
        event.preventDefault();
        if (cell.closest(".frames")) go(Number(cell.dataset.at));
        else enlarge(Number(cell.dataset.at));
      }
    });
    if (card.querySelector(".frames")) ring(card, at());

    function restore() {
      const large = parseInt(runpages.urlState().get(key) || "", 10);
      if (large && card.isConnected && !document.querySelector("dialog[open]")) enlarge(large - 1);
    }
    addEventListener("statechange", restore);
    restore();
  }

  runpages.each("[data-gallery] [data-card]", (card) => start(card.closest("section"), card));
  document.addEventListener("toggle", (event) => event.target.matches("[data-page]") && frame(event.target), true);
  runpages.each("[data-page]", frame);
})();
