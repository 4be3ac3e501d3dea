// What a reader put into the fields of an element, for another one that takes its place.
(function () {
  "use strict";
  const fields = (node) => [...node.querySelectorAll("input, select, details")];
  runpages.keep = function (node, other) {
    const old = fields(node);
    fields(other).forEach(function (field, place) {
      const was = old[place];
      if (!was || was.nodeName !== field.nodeName) return;
      for (const name of ["open", "checked"]) if (name in field) field[name] = was[name];
      if (/range|search|select/.test(was.type) && was.value !== (was.defaultValue ?? "")) field.value = was.value;
    });
  };
})();
