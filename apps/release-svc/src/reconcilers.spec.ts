import { memoryBus } from '@keelson/bus';
import { seededRandom, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { reconcilerSpecs } from '@keelson/testing/specs';
import { releaseReconcilers } from './reconcilers.js';

const world = { clock: new VirtualClock(), random: seededRandom('spec') };

reconcilerSpecs(
  releaseReconcilers({
    config: {},
    bus: memoryBus(world),
    records: memoryRecords(world),
    http: () => Promise.reject(new Error('no network is asked here')),
  }),
);
