import type { Parting, Wait } from '@keelson/mosk';
import type { Announcement } from '@keelson/reconcile';
import type { LocalVolume } from './local-volumes.js';

/** Volumes on the disks of a node that is gone. */
export interface VolumesWorld {
  readonly node: string;
  /** Its lock was released for its deletion: it left as it was asked to. */
  readonly isReleased: boolean;
  /** For how long it has been seen to be gone, milliseconds. */
  readonly goneForMs: number;
  readonly volumes: readonly LocalVolume[];
  /** StatefulSets that still have a pod bound to it, as `namespace/name`. */
  readonly setsWithPods: ReadonlySet<string>;
}

/** What is deleted together, the claim first: a volume without its claim is found again. */
export interface Release {
  readonly type: 'release';
  readonly local: LocalVolume;
}

type VolumesParting = Pick<Parting<Release>, 'first' | 'waits' | 'tells'>;

/** A node that nobody asked to leave may come back with its disks as they were, within so long. */
const graceMs = 600_000;
const lookSeconds = 10;

/**
 * Data of a node that is gone is given up where the others of its set have it too and are a majority; their new member begins
 * empty elsewhere. The only copy of anything is kept: that is an operator's decision.
 */
export function volumesParting(world: VolumesWorld): VolumesParting {
  const left = world.volumes.filter(({ claim, volume }) => claim !== undefined || volume?.isEnding === false);
  const members = left.filter(({ set }) => set !== undefined);
  const kept = left.filter(({ set, claim }) => set === undefined && claim !== undefined);
  const tells = kept.length === 0 ? [] : [keptWord(world.node, kept)];
  const [first] = members;
  if (first === undefined) return { first: [], tells };
  if (!world.isReleased && world.goneForMs < graceMs) return told({ first: [], tells }, unasked(world, first));
  const holds = members.map((local) => holdOf(local, world));
  return told(
    {
      first: members.filter((local, at) => holds[at] === undefined && isToGo(local)).map(released),
      tells,
    },
    holds.find((hold) => hold !== undefined) ?? members.filter(({ claim }) => claim?.isEnding === true).map(ending)[0],
  );
}

function told(parting: VolumesParting, waits: Wait | undefined): VolumesParting {
  if (waits === undefined) return parting;
  const isWorth = waits.reason === 'NodeVanished' || waits.reason === 'QuorumAtRisk';
  const warning: Announcement = { type: 'Warning', reason: waits.reason, message: waits.message };
  return { ...parting, waits, tells: isWorth ? [...parting.tells, warning] : parting.tells };
}

function isToGo({ claim, volume }: LocalVolume): boolean {
  return claim?.isEnding === false || volume?.isEnding === false;
}

function released(local: LocalVolume): Release {
  return { type: 'release', local };
}

/** Why a member's data must stay yet. */
function holdOf({ name, set }: LocalVolume, { node, setsWithPods }: VolumesWorld): Wait | undefined {
  const { namespace = '', name: setName = '' } = set?.metadata ?? {};
  const on = { kind: 'StatefulSet', namespace, name: setName };
  // Until it is gone it may count among the ready ones.
  if (setsWithPods.has(`${namespace}/${setName}`)) {
    const message = `the pod of ${setName} that was on ${node} is still bound to it; Kubernetes removes it, or delete it by force`;
    return { on, reason: 'PodsEnding', message, recheckAfterSeconds: lookSeconds };
  }
  const replicas = set?.spec?.replicas ?? 1;
  const ready = set?.status?.readyReplicas ?? 0;
  if (ready * 2 > replicas) return undefined;
  const message = `${name} stays, although ${node} is gone: ${setName} has ${ready} of ${replicas} members, which is no majority. Bring the missing members back first, or delete the PersistentVolumeClaim yourself`;
  return { on, reason: 'QuorumAtRisk', message, recheckAfterSeconds: lookSeconds };
}

function unasked({ node, goneForMs }: VolumesWorld, { name }: LocalVolume): Wait {
  const message = `the Node ${node} is gone and nobody had asked it to leave: ${name} and what else is on its disks is kept for ${graceMs / 60_000} minutes, for it may come back`;
  return {
    on: { kind: 'Node', name: node },
    reason: 'NodeVanished',
    message,
    recheckAfterSeconds: Math.ceil((graceMs - goneForMs) / 1000),
  };
}

function ending({ name, claim }: LocalVolume): Wait {
  const on = { kind: 'PersistentVolumeClaim', namespace: claim?.namespace, name: claim?.name ?? '' };
  const message = `the PersistentVolumeClaim ${name} ends when no pod that has started uses it`;
  return { on, reason: 'ClaimEnding', message, recheckAfterSeconds: lookSeconds };
}

function keptWord(node: string, kept: readonly LocalVolume[]): Announcement {
  const names = kept.map(({ name }) => name).join(', ');
  const message = `the disks of ${node}, which is gone, had the only copy of ${names}: delete the PersistentVolumeClaim to begin empty elsewhere`;
  return { type: 'Warning', reason: 'OnlyCopyKept', message };
}
