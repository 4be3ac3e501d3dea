// A dialog with a title and a button that closes it. It is made when its script comes, which is before it can be opened.
(function () {
  "use strict";
  const { make } = runpages;
  const CLOSE = '<path d="m4 4 8 8m0-8-8 8"/>';

  // Above what is `inner`, the title has more beside it in the head of class `look`.
  runpages.dialog = function (id, title, look, ...inner) {
    const close = make("button", { type: "button", className: "button", title: "Close", innerHTML: runpages.icon(CLOSE) });
    close.dataset.close = "";
    const head = make("div", { className: "dialog-head" }, make("h2", { id: "h-" + id, className: "cut", dir: "auto", textContent: title }), close);
    const dialog = make("dialog", { id, className: "dialog " + look }, head, ...inner);
    dialog.setAttribute("aria-labelledby", "h-" + id);
    document.body.append(dialog);
    return dialog;
  };
})();
