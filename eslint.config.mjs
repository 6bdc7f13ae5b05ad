/**
 * Two sets of rules that types cannot hold: imports point one way, and time and chance come in by injection.
 * Style and correctness beyond that are oxlint's and the compiler's.
 */
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom, by the tag in each package.json: std ← api ← contracts ← kube, bus, store ← reconcile ← service ← apps. */
const layers = {
  std: [],
  api: ['std'],
  contracts: ['std', 'api'],
  kube: ['std', 'api', 'contracts'],
  bus: ['std', 'api', 'contracts'],
  store: ['std', 'api', 'contracts'],
  reconcile: ['std', 'api', 'contracts', 'kube', 'bus', 'store'],
  service: ['std', 'api', 'contracts', 'kube', 'bus', 'store', 'reconcile'],
  mosk: ['std', 'api', 'contracts', 'kube', 'bus', 'store', 'reconcile', 'service'],
  'kube-server': ['std'],
  agent: ['std', 'api', 'contracts', 'kube'],
  client: ['std'],
  scheduler: ['std'],
  testing: ['std', 'api', 'contracts', 'kube', 'bus', 'store', 'reconcile', 'kube-server'],
  app: [
    'std',
    'api',
    'contracts',
    'kube',
    'bus',
    'store',
    'reconcile',
    'service',
    'mosk',
    'kube-server',
    'agent',
    'client',
    'scheduler',
    'testing',
  ],
  world: [
    'std',
    'api',
    'contracts',
    'kube',
    'bus',
    'store',
    'reconcile',
    'service',
    'mosk',
    'kube-server',
    'agent',
    'client',
    'scheduler',
    'testing',
    'app',
    'world',
  ],
  e2e: ['std', 'api', 'contracts', 'kube', 'bus', 'store', 'client', 'testing', 'scheduler'],
};

export const depConstraints = Object.entries(layers).map(([layer, below]) => ({
  sourceTag: `type:${layer}`,
  onlyDependOnLibsWithTags: below.map((name) => `type:${name}`),
}));

const injected =
  'is a reading of the machine: take a Clock or a Random from @keelson/std, so that the code runs under virtual time';

const noAmbientTime = {
  'no-restricted-globals': [
    'error',
    ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: `${name} ${injected}` })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: `Date.now ${injected}` },
    { object: 'Math', property: 'random', message: `Math.random ${injected}` },
    { object: 'crypto', property: 'randomUUID', message: `crypto.randomUUID ${injected}` },
    { object: 'AbortSignal', property: 'timeout', message: `AbortSignal.timeout ${injected}` },
    { object: 'performance', property: 'now', message: `performance.now ${injected}` },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: `new Date() ${injected}` },
  ],
};

/** Tests may use the testing library whatever their layer, and take the time from the machine: neither set of rules is for them. */
const tests = [
  '**/*.spec.ts',
  '**/*.contract.ts',
  '**/*.scenario.ts',
  '**/*.e2e.ts',
  '**/*.simulate.ts',
  'apps/*/test/**/*.ts',
  'worlds/*/test/**/*.ts',
  'tests/**/*.ts',
];

export default [
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.keelson/**',
      '.nx/**',
      'coverage/**',
      'libs/testing/fixtures/**',
      ...tests,
    ],
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, sourceType: 'module' },
    plugins: { '@nx': nx },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], depConstraints, enforceBuildableLibDependency: false, banTransitiveDependencies: false },
      ],
      ...noAmbientTime,
    },
  },
  {
    // The library that wraps the machine, and the composition roots.
    files: [
      'libs/std/**/*.ts',
      'apps/*/src/main.ts',
      'apps/cli/**/*.ts',
      'worlds/*/src/main.ts',
      'e2e/**/*.ts',
      'bench/**/*.ts',
      'libs/testing/src/{postgres,nats,child}.ts',
    ],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
];
