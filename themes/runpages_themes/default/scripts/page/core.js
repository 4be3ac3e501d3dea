// Data comes as scripts that call `runpages.put(key, value)`: the one way that works from file://.
(function () {
  "use strict";
  const values = new Map();
  const waiting = new Map();
  const scripts = new Map();

  /** @type {Partial<Runpages>} */
  const core = {
    put(key, value) {
      values.set(key, value);
      if (document.currentScript) Object.assign(document.currentScript, { put: value });
      for (const use of waiting.get(key) || []) use(value);
      waiting.delete(key);
    },
    // Call `use` with the value of `key`: now, or when it comes.
    when(key, use) {
      if (values.has(key)) use(values.get(key));
      else waiting.set(key, [...(waiting.get(key) || []), use]);
    },
    // Run a script once. The promise gives what it put, and is broken where the script is missing. Scripts that are not
    // `async` run one after the other.
    load(src, async = true) {
      if (!scripts.has(src)) {
        const script = /** @type {any} */ (document.createElement("script"));
        const value = new Promise(function (done, failed) {
          Object.assign(script, { src, async });
          script.onload = () => done(script.put);
          script.onerror = function () {
            runpages.forget(src);
            failed(new Error("This file of the site is missing: " + src));
          };
        });
        scripts.set(src, { script, value });
        document.head.append(script);
      }
      return scripts.get(src).value;
    },
    // Run it as it is now, where it may have changed.
    fresh(src) {
      const now = src + "?t=" + Date.now();
      return runpages.load(now).finally(() => runpages.forget(now));
    },
    // Let go of the scripts whose addresses begin so: there are newer ones.
    forget(start) {
      for (const [src, { script }] of scripts) {
        if (!src.startsWith(start)) continue;
        script.remove();
        scripts.delete(src);
      }
    },
    // What the reader chose, kept for this site; a browser that keeps nothing gives null.
    stored(name, value) {
      const key = "runpages-" + document.documentElement.dataset.site + "." + name;
      try {
        if (value !== undefined) {
          localStorage.setItem(key, value);
          // For the other files of a disk, which theme-init.js reads it for.
          if (location.protocol === "file:") document.cookie = key + "=" + value + "; path=/; max-age=31536000; samesite=lax";
        }
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
  };
  window.runpages = /** @type {Runpages} */ (core);
})();
