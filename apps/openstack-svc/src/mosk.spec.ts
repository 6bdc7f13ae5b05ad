import { reconcilerSpecs } from '@keelson/testing/specs';
import { mosk } from './mosk.js';
import { smallRenderer } from './rollout/renderer.fixtures.js';

reconcilerSpecs(
  mosk({
    renderer: smallRenderer,
    release: () => undefined,
    findRelease: () => Promise.resolve(undefined),
    host: 'spec',
    noteFigures: () => undefined,
    apis: { ask: () => Promise.resolve([]) },
    askMember: () => Promise.resolve(undefined),
    podsOn: () => Promise.resolve([]),
    podsOf: () => Promise.resolve([]),
    powerOf: () => Promise.resolve({ power: 'Unknown', staysOff: false, message: 'nobody is asked here' }),
    amphoraApiOf: () => {
      throw new Error('no cloud is asked here');
    },
    cloudLoadOf: () => {
      throw new Error('no cloud is asked here');
    },
    recoveryOf: () => {
      throw new Error('no cloud is asked here');
    },
    hypervisorsOf: () => {
      throw new Error('no cloud is asked here');
    },
  }),
);
