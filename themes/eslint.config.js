// Rules for the scripts of the theme: classic scripts, one concern each, which share the object `runpages`.
const browser = [
  "addEventListener", "atob", "Blob", "clearTimeout", "CSS", "CustomEvent", "DecompressionStream", "dispatchEvent",
  "document", "DOMParser", "Element", "Event", "FocusEvent", "getComputedStyle", "getSelection", "Highlight", "history",
  "Image", "innerHeight", "innerWidth", "IntersectionObserver", "KeyboardEvent", "localStorage", "location",
  "matchMedia", "MutationObserver", "navigator", "Node", "NodeFilter", "parent", "performance", "Range", "removeEventListener",
  "requestAnimationFrame", "ResizeObserver", "Response", "scrollBy", "scrollY", "setInterval", "setTimeout", "Text",
  "TextEncoder", "URL", "URLSearchParams", "window", "XMLSerializer",
];

module.exports = [
  {
    files: ["runpages_themes/*/scripts/**/*.js"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      ecmaVersion: 2023,
      sourceType: "script",
      globals: Object.fromEntries([...browser, "runpages"].map((name) => [name, "readonly"])),
    },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "off",
      "eqeqeq": ["error", "always"],
      "no-const-assign": "error",
      "no-dupe-keys": "error",
      "no-else-return": "error",
      "no-fallthrough": "error",
      "no-implicit-globals": "error",
      "no-redeclare": "error",
      // The minifier takes what follows such a template for code, and its blanks away.
      "no-restricted-syntax": ["error", { selector: "TemplateLiteral TemplateLiteral", message: "Join strings instead." }],
      "no-self-compare": "off",
      "no-shadow-restricted-names": "error",
      "no-undef": "error",
      "no-unreachable": "error",
      "no-unused-expressions": "off",
      "no-unused-vars": "error",
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-template": "off",
      "strict": ["error", "function"],
    },
  },
];
