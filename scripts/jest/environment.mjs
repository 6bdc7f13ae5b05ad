import './globals.mjs';

const { exit } = process;

/** The process itself: what a test finds is what a program finds. */
export default class NativeEnvironment {
  global = globalThis;

  async setup() {}

  async teardown() {
    // Jest puts its own in its place, once for each file.
    process.exit = exit;
  }

  /** Jest wants it to exist; only its own runtime uses it. */
  getVmContext() {
    return null;
  }

  exportConditions() {
    return [];
  }
}
