// Trees of files: folders open and close, and the keys of a tree move in it. A choice is told as the event `choose`.
(function () {
  "use strict";

  /** @param {Found} tree */
  function rows(tree) {
    return [...tree.querySelectorAll(".row")].filter((row) => !row.closest("[aria-expanded='false'] + ul"));
  }

  /** @param {Found} row @param {boolean} open */
  function fold(row, open) {
    row.setAttribute("aria-expanded", String(open));
  }

  /** @param {Found} tree @param {Found | undefined} row */
  function focus(tree, row) {
    if (!row) return;
    for (const other of tree.querySelectorAll(".row[tabindex='0']")) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  /** @param {Found} row */
  function above(row) {
    const list = row.closest("ul");
    return list.matches(".file-tree") ? null : list.previousElementSibling;
  }

  /** @param {Found} tree @param {Found} row @param {any} key */
  function move(tree, row, key) {
    const seen = rows(tree);
    const at = seen.indexOf(row);
    const open = row.getAttribute("aria-expanded");
    if (key === "ArrowDown") return seen[at + 1];
    if (key === "ArrowUp") return seen[at - 1];
    if (key === "Home") return seen[0];
    if (key === "End") return seen.at(-1);
    if (key === "ArrowRight") {
      if (open === "false") fold(row, true);
      return open === "true" ? seen[at + 1] : row;
    }
    if (open === "true") {
      fold(row, false);
      return row;
    }
    return above(row) || row;
  }

  /** @param {Found} tree @param {Happening} event */
  function press(tree, event) {
    const row = event.target.closest(".row");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      focus(tree, move(tree, row, event.key));
    } else if (event.key === " ") {
      event.preventDefault();
      row.click();
    } else if (event.key.length === 1 && event.key !== "/") {
      const seen = rows(tree);
      const next = [...seen, ...seen].slice(seen.indexOf(row) + 1);
      const found = next.find((one) => one.title.toLowerCase().startsWith(event.key.toLowerCase()));
      if (found) event.stopPropagation();
      focus(tree, found);
    }
  }

  // Each row is an item of the tree; a folder owns the list that stands after it.
  let lists = 0;
  /** @param {Found} tree */
  function grow(tree) {
    for (const item of tree.querySelectorAll("li")) item.setAttribute("role", "none");
    for (const row of tree.querySelectorAll(".row:not([role])")) {
      row.setAttribute("role", "treeitem");
      row.tabIndex = -1;
      if (!row.matches("[data-folder]")) continue;
      const list = row.nextElementSibling;
      list.setAttribute("role", "group");
      list.id = "in-" + lists++;
      row.setAttribute("aria-owns", list.id);
      fold(row, !row.matches("[data-closed]"));
    }
    const first = tree.querySelector(".row[tabindex='0']") || tree.querySelector(".row:focus, .row[aria-current]") || tree.querySelector(".row");
    if (first) first.tabIndex = 0;
    if (tree.matches("[role]")) return;
    tree.setAttribute("role", "tree");
    tree.addEventListener("keydown", (/** @type {Happening} */ event) => press(tree, event));
    tree.addEventListener("click", function (/** @type {Happening} */ event) {
      const row = event.target.closest(".row");
      if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (row.matches("[data-folder]")) fold(row, row.getAttribute("aria-expanded") === "false");
      else if (row.dataset.file !== undefined) {
        event.preventDefault();
        tree.dispatchEvent(new CustomEvent("choose", { bubbles: true, detail: row }));
      }
      focus(tree, row);
    });
  }

  const look = () => document.querySelectorAll(".file-tree").forEach(grow);
  addEventListener("renewed", look);
  look();

  // Open the folders that a row lies in.
  runpages.openFolders = function (row) {
    for (let folder = above(row); folder; folder = above(folder)) fold(folder, true);
  };
})();
