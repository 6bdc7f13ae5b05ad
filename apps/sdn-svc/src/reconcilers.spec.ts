import { memoryBus } from '@keelson/bus';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { reconcilerSpecs } from '@keelson/testing/specs';
import { sdnReconcilers } from './reconcilers.js';

const surroundings = { clock: new VirtualClock(), random: seededRandom('spec'), log: silentLog };

const { reconcilers } = sdnReconcilers({
  ...surroundings,
  api: { list: () => Promise.reject(new Error('no release is asked for here')) },
  bus: memoryBus(surroundings),
  records: memoryRecords(surroundings),
  connectServices: () => () => Promise.reject(new Error('no cloud is asked here')),
  connect: () => {
    throw new Error('no cluster is asked here');
  },
});

reconcilerSpecs(reconcilers);
