// The icons of what scripts make, drawn as those of icons.html.jinja are: on a grid of 16 px with a stroke of 1.5.
(function () {
  "use strict";
  /** @type {Record<string, string>} */
  const SHAPES = {
    auto: '<circle cx="8" cy="8" r="6.25"/><path class="dot" d="M8 1.75a6.25 6.25 0 0 1 0 12.5z"/>',
    sun: '<circle cx="8" cy="8" r="2.75"/><path d="M8 1.25v1.5m0 10.5v1.5M1.25 8h1.5m10.5 0h1.5M3.25 3.25l1 1m7.5 7.5 1 1m0-9.5-1 1m-7.5 7.5-1 1"/>',
    moon: '<path d="M13.75 9.25A6 6 0 1 1 6.75 2.25a4.75 4.75 0 0 0 7 7z"/>',
    help: '<circle cx="8" cy="8" r="6.25"/><path d="M6.25 6.25a1.75 1.75 0 1 1 2.5 1.6c-.5.25-.75.6-.75 1.15v.25"/><circle class="dot" cx="8" cy="11.4" r=".8"/>',
    search: '<circle cx="7" cy="7" r="4.75"/><path d="m10.5 10.5 3.75 3.75"/>',
    copy: '<path d="M5.75 5.75h8.5v8.5h-8.5zM3.25 10.25h-1.5v-8.5h8.5v1.5"/>',
    filter: '<path d="M2 3.25h12L9.5 8.5v4.25l-3 1.5V8.5z"/>',
    table: '<path d="M1.75 2.75h12.5v10.5H1.75zm0 3.5h12.5m-12.5 3.5h12.5m-8-3.5v7"/>',
    left: '<path d="m10 4-4 4 4 4"/>',
    right: '<path d="m6 4 4 4-4 4"/>',
  };

  // By name, or another shape.
  runpages.icon = (name, look = "") => `<svg class="i ${look}" viewBox="0 0 16 16" aria-hidden="true">${SHAPES[name] || name}</svg>`;
})();
