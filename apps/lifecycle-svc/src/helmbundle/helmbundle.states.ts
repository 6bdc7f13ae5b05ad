import { type HelmBundle, HelmBundleKind } from '@keelson/api';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type BundleState = 'Installing' | 'Deployed' | 'Blocked' | 'Removing';

const hour = 3600;

/** How a bundle stands, by the statuses of its releases. */
export const helmBundleTable: StateTable<BundleState> = {
  kind: HelmBundleKind.kind,
  initial: 'Installing',
  states: {
    Installing: {
      meaning: 'its releases are installed one after the other, or what they made is not ready yet',
      to: ['Deployed', 'Blocked', 'Removing'],
      deadlineSeconds: 8 * hour,
      onDeadline: 'keeps trying and names the release and what it lacks',
      heartbeat: { sign: "a look at the cluster's API", everySeconds: 60 },
      waitsFor: "the cluster's API, a repository of charts, or a workload of a release",
      abort: 'take the release out of the bundle: what it made is deleted, volumes and definitions stay',
    },
    Deployed: {
      rest: true,
      meaning: 'all its releases are installed and ready',
      to: ['Installing', 'Blocked', 'Removing'],
      deletable: true,
    },
    Blocked: {
      rest: true,
      meaning:
        'a release cannot be installed as it is spelled, or where lifecycle-svc runs something is missing; its status says what',
      to: ['Installing', 'Deployed', 'Removing'],
      deletable: true,
      held: {
        unblocks: 'what the message of the release says; it is tried again every ten minutes',
        abort: 'take the release out of the bundle',
      },
    },
    Removing: {
      meaning: 'its releases are removed from the cluster',
      to: [],
      deletable: true,
      deadlineSeconds: hour,
      onDeadline: 'keeps trying and names what does not answer',
      heartbeat: { sign: "a look at the cluster's API", everySeconds: 60 },
      waitsFor: "the cluster's API",
      abort: 'take the finalizer off by hand: what the releases made stays in the cluster',
    },
  },
};

export const helmBundleMachine: StateMachine<HelmBundle> = {
  table: helmBundleTable,
  stateOf: ({ metadata, status }) => {
    if (metadata.deletionTimestamp !== undefined) return 'Removing';
    if (status?.progress?.reason === 'ClusterUnknown') return 'Blocked';
    if (status?.releaseStatuses === undefined) return 'Installing';
    const all = Object.values(status.releaseStatuses);
    if (all.every(({ ready }) => ready === true)) return 'Deployed';
    const isMoving = all.some(
      ({ ready, status: word, message }) => ready !== true && word !== 'blocked' && !isHeld(word, message),
    );
    return isMoving || !all.some(({ status: word }) => word === 'blocked') ? 'Installing' : 'Blocked';
  },
};

/** Waits for another release: it moves when that does. */
function isHeld(word: string | undefined, message: string | undefined): boolean {
  return (word === 'pending-install' || word === 'pending-upgrade') && message !== undefined;
}
