// What is in a file, beside the tree that it was chosen in. Everything comes as values and becomes elements here.
(function () {
  "use strict";

  /** @param {string} tag @param {Record<string, string>} attributes @param {(string | Node)[]} inner */
  function element(tag, attributes, ...inner) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inner);
    return made;
  }

  /** @param {any} node @returns {string | Node} */
  function build(node) {
    if (typeof node === "string") return node;
    const [tag, attributes, ...inner] = node;
    return element(tag, attributes, ...inner.map(build));
  }

  /** @type {Record<string, (file: any, id: string) => HTMLElement>} */
  const bodies = {
    /** @param {any} file @param {string} id */
    code(file, id) {
      const part = (/** @type {any} */ one) => (typeof one === "string" ? one : element("span", { class: one[0] }, one[1]));
      return element("ol", { class: "lines" }, ...file.lines.map((/** @type {Found} */ line, /** @type {number} */ at) => element("li", { id: id + "-L" + (at + 1) }, ...line.map(part))));
    },
    nodes: (/** @type {any} */ file) => element("div", { class: file.class }, ...file.nodes.map(build)),
    /** @param {any} file */
    table(file) {
      const cells = (/** @type {Found} */ row, /** @type {string} */ tag, /** @type {any} */ said) => element("tr", {}, ...row.map((/** @type {string} */ text, /** @type {number} */ at) => element(tag, file.numbers.includes(at) ? { ...said, class: "n" } : said, text)));
      const head = element("thead", {}, cells(file.head, "th", { scope: "col" }));
      return element("table", { class: "table" }, head, element("tbody", {}, ...file.rows.map((/** @type {Found} */ row) => cells(row, "td", {}))));
    },
    image: (/** @type {any} */ file) => element("img", { src: file.href, alt: file.name }),
    /** @param {any} file */
    none(file) {
      const box = element("div", { class: "note empty-note" }, element("p", {}, file.note));
      if (file.hash) box.append(element("p", {}, "SHA-256 ", element("code", {}, file.hash)));
      if (file.opens) box.append(element("p", {}, element("a", { href: file.opens, target: "_blank", rel: "noopener" }, "Open the file")));
      if (file.href) box.append(element("p", {}, element("a", { href: file.href, download: own(file) }, "Download the file")));
      return box;
    },
  };

  // The name that a file is saved under; it is published under one that no server runs.
  const own = (/** @type {any} */ file) => file.name.split("/").pop();

  /** @param {any} viewer @param {any} file */
  function facts(viewer, file) {
    const pane = viewer.querySelector(".pane");
    pane.querySelector(".pane-head > code").textContent = file.name;
    pane.querySelector("[data-facts]").textContent = [file.kind === "none" ? "" : file.note, file.type, file.size].filter(Boolean).join(" · ");
    const hash = pane.querySelector(".hash");
    hash.hidden = !file.hash;
    hash.querySelector("code").textContent = file.hash.slice(0, 8);
    hash.querySelector("code").title = hash.querySelector("[id]").textContent = file.hash;
    const link = pane.querySelector("[data-download]");
    link.hidden = !file.href;
    if (file.href) Object.assign(link, { href: file.href, download: own(file) });
    const [view, open] = [pane.querySelector("[data-view]"), pane.querySelector("[data-open]")];
    view.hidden = !(file.curves || file.page);
    view.textContent = file.curves ? "Curves" : "Preview";
    view.setAttribute("aria-pressed", "false");
    open.hidden = !file.opens;
    if (file.opens) open.href = file.opens;
    viewer.file = file;
    const foot = pane.querySelector(".pane-foot");
    foot.textContent = file.foot || "";
    foot.hidden = !file.foot;
  }

  const key = (/** @type {Found} */ viewer) => viewer.closest("section").id + ".file";

  /** @param {any} viewer @param {Found} row @param {boolean} [still] */
  async function show(viewer, row, still) {
    viewer.chosen = row;
    if (!still) runpages.urlState(key(viewer), row.id === viewer.usual ? null : row.id.slice(viewer.dataset.address.length).replaceAll("~2f", "/"));
    const body = viewer.querySelector(".pane-body");
    for (const other of viewer.querySelectorAll(".row[aria-current]")) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    try {
      const files = await runpages.load(viewer.dataset.parts.split(" ")[row.dataset.part]);
      if (row !== viewer.chosen) return;
      const file = files[row.dataset.file];
      facts(viewer, file);
      body.replaceChildren(bodies[file.kind](file, row.id));
      if ((file.curves || file.page) && runpages.urlState().get(row.closest("section").id + ".view")) await toggle(viewer);
    } catch (error) {
      body.replaceChildren(element("p", { class: "note empty-note" }, error.message));
    }
    if (!still) body.scrollTop = body.scrollLeft = 0;
  }

  // Another look at the file, from scripts that are loaded now: its curves, or the page that it is.
  /** @param {any} viewer */
  async function toggle(viewer) {
    const [button, { file }] = [viewer.querySelector("[data-view]"), viewer];
    const on = button.getAttribute("aria-pressed") !== "true";
    runpages.urlState(viewer.closest("section").id + ".view", on ? "true" : null);
    if (!on) return show(viewer, viewer.chosen);
    button.setAttribute("aria-pressed", "true");
    const srcs = viewer.dataset.views.split(" ");
    for (const href of srcs) if (href.endsWith(".css") && !document.querySelector(`link[href="${href}"]`)) document.head.append(element("link", { rel: "stylesheet", href }));
    await Promise.all(srcs.filter((/** @type {string} */ src) => src.endsWith(".js")).map((/** @type {string} */ src) => runpages.load(src, false)));
    if (file !== viewer.file) return;  // Another one was chosen meanwhile.
    viewer.querySelector(".pane-foot").hidden = true;
    runpages.fileView(viewer.querySelector(".pane-body"), file);
  }

  /** @param {Found} line */
  function mark(line) {
    for (const other of document.querySelectorAll(".lines .marked")) other.classList.remove("marked");
    line.classList.add("marked");
  }

  // The file that the address asks for, as `code.file=train.py`.
  /** @param {any} viewer */
  async function restore(viewer) {
    const name = runpages.urlState().get(key(viewer));
    const row = document.getElementById(name === null ? viewer.usual : viewer.dataset.address + name.replaceAll("/", "~2f"));
    if (!row || row === (viewer.chosen || viewer.querySelector(".row[aria-current]"))) return;
    runpages.openFolders(row);
    await show(viewer, row);
  }

  // The address `#code-train.py-L10` is a line of a file, and `#code-train.py` the file.
  let followed = "";
  async function follow() {
    const [place] = location.hash.slice(1).split("?");
    if (place === followed) return;
    followed = place;
    // What stands in an address of ours needs no quoting.
    const [, id, line] = place.match(/^((?:code|output)-.+?)(-L\d+)?$/) || [];
    const row = id && document.getElementById(id);
    if (!row || row.dataset.file === undefined) return;
    runpages.openFolders(row);
    if (row.getAttribute("aria-current") !== "true" || (line && !document.getElementById(id + line))) await show(row.closest(".viewer"), row);
    const found = line && document.getElementById(id + line);
    if (found) mark(found);
    (found || row).scrollIntoView({ block: "center" });
  }

  // The file that was chosen stays so where others came.
  function look() {
    for (const viewer of document.querySelectorAll(".viewer")) {
      const { chosen } = viewer;
      viewer.usual ??= viewer.querySelector(".row[aria-current]")?.id || "";
      const row = chosen || viewer.querySelector(".row[aria-current]");
      if (row && row.isConnected && viewer.parts !== viewer.dataset.parts) show(viewer, row, true);
      viewer.parts = viewer.dataset.parts;
    }
  }

  document.addEventListener("choose", function (event) {
    const viewer = event.target.closest(".viewer");
    const { id } = viewer.closest("section");
    for (const name of [".x", ".columns"]) runpages.urlState(id + name, null);  // They are of the file before.
    // The address is no longer that of another file.
    if (location.hash.startsWith("#" + viewer.dataset.address)) runpages.urlPlace(id);
    show(viewer, event.detail);
  });
  document.addEventListener("click", function (event) {
    const view = event.target.closest("[data-view]");
    if (view) toggle(view.closest(".viewer")).catch((error) => runpages.announce(error.message));
    const line = event.target.closest(".viewer .lines li");
    if (line && event.target === line && event.clientX - line.getBoundingClientRect().left < 52) {
      mark(line);
      runpages.urlPlace(followed = line.id);
    }
  });
  addEventListener("statechange", function () {
    for (const button of document.querySelectorAll("[data-view]:not([hidden])")) {
      const asked = runpages.urlState().has(button.closest("section").id + ".view");
      if (asked !== (button.getAttribute("aria-pressed") === "true")) button.click();
    }
  });
  addEventListener("renewed", look);
  look();
  async function restoreAll() {
    for (const viewer of document.querySelectorAll(".viewer")) await restore(viewer);
    await follow();
  }
  addEventListener("statechange", restoreAll);
  restoreAll();
})();
