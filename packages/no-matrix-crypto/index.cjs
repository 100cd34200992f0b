'use strict';

// The real module downloads a prebuilt binary while it is installed. Ferry works in unencrypted rooms only and says so
// at start, so the names that matrix-bot-sdk imports exist here and any use of one says why it is absent.
const absent = name =>
  class {
    constructor() {
      throw new Error(`${name}: Ferry is built without Matrix encryption`);
    }
  };

module.exports = new Proxy(
  { StoreType: { Sqlite: 0 } },
  {
    get: (known, name) => (name in known || typeof name === 'symbol' ? known[name] : absent(String(name))),
  },
);
