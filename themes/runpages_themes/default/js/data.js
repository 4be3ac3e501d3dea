// Data comes as scripts that call `runpages.put(key, value)`: the one way that works from file://.
(function () {
  "use strict";
  const values = new Map();
  const waiting = new Map();

  window.runpages = {
    put(key, value) {
      values.set(key, value);
      for (const use of waiting.get(key) || []) use(value);
      waiting.delete(key);
    },
    // Call `use` with the value of `key`: now, or when it comes.
    when(key, use) {
      if (values.has(key)) use(values.get(key));
      else waiting.set(key, [...(waiting.get(key) || []), use]);
    },
  };
})();
