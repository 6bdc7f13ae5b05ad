import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { reconcilerSpecs } from '@keelson/testing/specs';
import { lifecycleReconcilers } from './reconcilers.js';

const { reconcilers } = lifecycleReconcilers({
  config: { managementEndpoint: 'https://management.test:6443' },
  clock: new VirtualClock(),
  random: seededRandom('spec'),
  log: silentLog,
  records: memoryRecords({ random: seededRandom('spec') }),
  bus: {
    request: () => {
      throw new Error('nobody is asked here');
    },
  },
  connect: () => {
    throw new Error('no cluster is asked here');
  },
});

reconcilerSpecs(reconcilers);
