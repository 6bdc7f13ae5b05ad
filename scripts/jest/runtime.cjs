/**
 * Test files run as Node runs any program: in the process of Jest's worker, through Node's own module loader. Jest's own runtime
 * gives each file a realm with all its modules anew, which cost three fifths of the unit tests and a third of the speed of what
 * they run. What isolation that gave, nothing here asks for: no module is mocked, no global is replaced. See ADR 11.
 *
 * Jest requires this of what `runtime` in its configuration names, so it is CommonJS.
 */
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');

register('./typescript.mjs', pathToFileURL(__filename));
process.setSourceMapsEnabled(true);

const stateOfCircus = 'JEST_STATE_SYMBOL';
const handlersOfCircus = Symbol.for('EVENT_HANDLERS');

module.exports = class NativeRuntime {
  /** @returns {boolean} that everything is loaded by `import` */
  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** @param {string} path a test file, or what sets tests up */
  unstable_importModule(path) {
    return import(pathToFileURL(path).href);
  }

  /** @param {string} path a module that Jest itself asks for */
  requireModule(path) {
    return require(path);
  }

  /**
   * Jest's framework for one file. It keeps the tests that were described in its module, so each file gets it anew.
   *
   * @param {string} path of the framework
   */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[handlersOfCircus];
    return require(path);
  }

  /** @param {object} globals what `@jest/globals` is for this file */
  setGlobalsForRuntime(globals) {
    globalThis[Symbol.for('keelson.jest')](globals);
  }

  teardown() {
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (symbol.description === stateOfCircus) delete globalThis[symbol];
  }

  enterTestCode() {}
  leaveTestCode() {}
  getSourceMaps() {
    return new Map();
  }
  getAllCoverageInfoCopy() {
    return undefined;
  }
  getAllV8CoverageInfoCopy() {
    return [];
  }
};
