// Lists of names in the address: a comma stands between two, so one in a name is escaped; so is what a list uses as a sign:
// `~` before a width, and at the beginning `-` before what goes down and `*` before what is pinned.
(function () {
  "use strict";

  runpages.addressList = {
    mask: (name) => name.replace(/[%,~]|^[*-]/g, (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase()),
    unmask(text) {
      try {
        return decodeURIComponent(text);
      } catch {
        return text;
      }
    },
    parts: (text) => (text || "").split(",").filter(Boolean),
  };
})();
