// What a reader set stands in the address, after the place on the page: `#metrics?smooth=0.6&x=time`.
(function () {
  "use strict";
  runpages.urlState = function (name, value) {
    const [place, query] = location.hash.slice(1).split("?");
    const state = new URLSearchParams(query || "");
    if (name === undefined) return state;
    if (value === null) state.delete(name);
    else state.set(name, String(value));
    const text = state.toString();
    const hash = place || text ? "#" + place + (text ? "?" + text : "") : "";
    history.replaceState(null, "", hash || location.pathname.split("/").pop() + location.search);
    return state;
  };
})();
