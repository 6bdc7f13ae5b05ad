import { anLcmCluster, answering } from '../machine/machine.fixtures.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';

/** A world of a cluster without machines, whose API answers and of which nothing is asked; say what is different. */
export function anLcmClusterWorld(more: Partial<LcmClusterWorld> = {}): LcmClusterWorld {
  return {
    now: 0,
    lcmCluster: anLcmCluster(),
    members: [],
    child: answering,
    hasHelm: false,
    groups: [],
    updatePlan: undefined,
    needsPlan: false,
    locks: [],
    upgradeStatus: undefined,
    rebootsByDefault: false,
    pastUpdates: [],
    rooms: undefined,
    ...more,
  };
}
