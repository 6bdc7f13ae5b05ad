import { type Outcome, waitingOn } from '@keelson/reconcile';
import { named, partOf } from '../membership.js';
import type { LcmClusterWorld, LcmMember } from './lcmcluster.observe.js';

/** The API of the cluster does not answer, with the machines that must be cured for it; undefined while it answers. */
export function apiSilent(world: LcmClusterWorld, recheckSeconds: number, waits = ''): Outcome | undefined {
  const { child, lcmCluster } = world;
  if (child.contact.answers) return undefined;
  const { namespace, name } = lcmCluster.metadata;
  const message = `${waits}the API of the cluster does not answer: ${child.contact.why}`;
  return (
    controlPlaneDown(world, recheckSeconds, message) ??
    waitingOn({ kind: 'KubernetesAPI', name: `${namespace ?? ''}/${name}` }, 'APISilent', message, recheckSeconds)
  );
}

/** Machines of the control plane are down, and so is the API of the cluster; undefined unless both are. */
export function controlPlaneDown(
  { child, lcmCluster, members }: LcmClusterWorld,
  recheckSeconds: number,
  message = 'the API of the cluster does not answer',
): Outcome | undefined {
  const down = child.contact.answers ? [] : members.filter(isDown);
  const [first] = down;
  if (first === undefined) return undefined;
  const { namespace } = lcmCluster.metadata;
  return waitingOn(
    { kind: 'LCMMachine', namespace, name: first.lcmMachine.metadata.name },
    'APISilent',
    `${message}; of its control plane ${named(down.map(({ machine }) => machine))} ${down.length === 1 ? 'is' : 'are'} down: ${first.lcmMachine.status?.progress?.message ?? 'silent'}`,
    recheckSeconds,
  );
}

function isDown({ machine, lcmMachine }: LcmMember): boolean {
  return partOf(machine) === 'control' && lcmMachine.status?.progress?.reason === 'AgentSilent';
}
