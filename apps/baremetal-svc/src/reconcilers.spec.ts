import { seededRandom, transient, VirtualClock } from '@keelson/std';
import { reconcilerSpecs } from '@keelson/testing/specs';
import { bmcDirectory } from './bmc/bmcs.js';
import { baremetalReconcilers } from './reconcilers.js';

const clock = new VirtualClock();
const random = seededRandom('specs');
const http = () => Promise.reject(transient('no network in specs'));

reconcilerSpecs(
  baremetalReconcilers({
    config: { url: 'https://baremetal.test' },
    clock,
    random,
    bmcs: bmcDirectory({ http, clock, random }),
  }),
);
