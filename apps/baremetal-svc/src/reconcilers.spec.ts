import { seededRandom, transient, VirtualClock } from '@keelson/std';
import { reconcilerSpecs } from '@keelson/testing/specs';
import { baremetalReconcilers } from './reconcilers.js';

reconcilerSpecs(
  baremetalReconcilers({
    config: { url: 'https://baremetal.test' },
    clock: new VirtualClock(),
    random: seededRandom('specs'),
    http: () => Promise.reject(transient('no network in specs')),
  }),
);
