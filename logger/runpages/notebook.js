// Shows the HTML that Python made of a run, in which everything logged is escaped, and shows it anew when it changes.

function render({ model, el }) {
  const draw = () => {
    const page = new DOMParser().parseFromString(model.get("html"), "text/html");
    el.replaceChildren(...page.body.childNodes);
  };
  model.on("change:html", draw);
  draw();
}

export default { render };
