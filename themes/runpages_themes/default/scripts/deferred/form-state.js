// What a reader put into the fields of an element, for another one that takes its place.
(function () {
  "use strict";
  runpages.keepFormState = function (node, other) {
    for (const kind of ["details", "select", "[type=radio]", "[type=range]", "[type=search]"]) {
      const old = node.querySelectorAll(kind);
      other.querySelectorAll(kind).forEach(function (field, place) {
        const was = old[place];
        if (!was) return;
        for (const name of ["open", "checked"]) field[name] = was[name];
        if (was.value && was.value !== was.defaultValue) field.value = was.value;
      });
    }
  };
})();
