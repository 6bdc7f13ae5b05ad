/**
 * One Jest configuration for every lane. `KEELSON_LANE` chooses which files run; tests read library sources
 * through the `@keelson/source` export condition, so nothing is built first. What runs a file is in `scripts/jest`.
 */
const lanes = {
  unit: ['**/src/**/*.spec.ts'],
  contract: ['**/src/**/*.contract.ts', '**/tests/conformance/**/*.contract.ts'],
  scenario: ['**/test/scenarios/**/*.scenario.ts'],
  simulate: ['**/worlds/simulation/test/**/*.simulate.ts'],
  e2e: ['**/e2e/**/*.e2e.ts'],
  'real-kube-apiserver': ['**/tests/conformance/real/*.real.ts'],
};

/** Milliseconds. Lane simulate runs beside the others with what they leave: a seed of seconds may wait for minutes. */
const timeouts = { unit: 60_000, simulate: 1_800_000 };

const lane = process.env.KEELSON_LANE ?? 'unit';
if (!(lane in lanes)) throw new Error(`unknown lane ${lane}; known: ${Object.keys(lanes).join(', ')}`);

export default {
  runtime: '<rootDir>/scripts/jest/runtime.cjs',
  testEnvironment: '<rootDir>/scripts/jest/environment.mjs',
  testMatch: lanes[lane],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.keelson/'],
  modulePathIgnorePatterns: ['<rootDir>/.keelson/', '/dist/'],
  transform: {},
  testTimeout: timeouts[lane] ?? 120_000,
  maxWorkers: 2,
};
