/** What tests get for `@jest/globals`: the functions of the file that runs now. */
export let describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach;

globalThis[Symbol.for('keelson.jest')] = (globals) => {
  ({ describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = globals);
};
