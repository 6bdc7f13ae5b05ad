import type { Stored } from '../storage/stored.js';
import { ageColumn, ageOf, column, type Column, wide } from './columns.js';
import { conditionAt, listAt, numberAt, objectAt, orNone, textAt } from './read.js';

function nodeStatus(node: Stored): string {
  const ready = conditionAt(node, 'Ready');
  const state = ready === 'True' ? 'Ready' : ready === '' ? 'Unknown' : 'NotReady';
  return objectAt(node, 'spec').unschedulable === true ? `${state},SchedulingDisabled` : state;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(node: Stored): string {
  const labels = Object.entries(node.metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) =>
    key.startsWith(rolePrefix) && key.length > rolePrefix.length
      ? [key.slice(rolePrefix.length)]
      : key === 'kubernetes.io/role' && value !== ''
        ? [value]
        : [],
  );
  return orNone([...new Set(roles)].sort().join(','));
}

function nodeAddress(node: Stored, type: string): string {
  return orNone(
    textAt(
      listAt(node, 'status', 'addresses').find((address) => textAt(address, 'type') === type),
      'address',
    ),
  );
}

const nodeInfo =
  (member: string): Column['cell'] =>
  (node) =>
    textAt(node, 'status', 'nodeInfo', member) || '<unknown>';

export const nodeColumns: readonly Column[] = [
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  ageColumn,
  column('Version', (node) => textAt(node, 'status', 'nodeInfo', 'kubeletVersion')),
  wide('Internal-IP', (node) => nodeAddress(node, 'InternalIP')),
  wide('External-IP', (node) => nodeAddress(node, 'ExternalIP')),
  wide('OS-Image', nodeInfo('osImage')),
  wide('Kernel-Version', nodeInfo('kernelVersion')),
  wide('Container-Runtime', nodeInfo('containerRuntimeVersion')),
];

const containerStatuses = (pod: Stored): readonly unknown[] => listAt(pod, 'status', 'containerStatuses');

function podReady(pod: Stored): string {
  const ready = containerStatuses(pod).filter((status) => objectAt(status).ready === true).length;
  return `${ready}/${listAt(pod, 'spec', 'containers').length}`;
}

/** The word for a pod's state: the most telling of its reasons, as kubectl's own printer finds it. */
function podStatus(pod: Stored): string {
  const phase = textAt(pod, 'status', 'phase');
  let reason = textAt(pod, 'status', 'reason') || phase;
  for (const status of [...containerStatuses(pod)].reverse()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    const terminated = objectAt(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (Object.keys(terminated).length > 0)
      reason = textAt(terminated, 'reason') || `ExitCode:${numberAt(terminated, 'exitCode')}`;
  }
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  if (textAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

function podRestarts(pod: Stored, now: number): string {
  const statuses = containerStatuses(pod);
  const restarts = statuses.reduce<number>((sum, status) => sum + numberAt(status, 'restartCount'), 0);
  const last =
    statuses
      .map((status) => textAt(status, 'lastState', 'terminated', 'finishedAt'))
      .sort()
      .at(-1) ?? '';
  return restarts > 0 && last !== '' ? `${restarts} (${ageOf(last, now)} ago)` : String(restarts);
}

function readinessGates(pod: Stored): string {
  const gates = listAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  const passed = gates.filter((gate) => conditionAt(pod, textAt(gate, 'conditionType')) === 'True');
  return `${passed.length}/${gates.length}`;
}

export const podColumns: readonly Column[] = [
  column('Ready', podReady),
  column('Status', podStatus),
  column('Restarts', podRestarts),
  ageColumn,
  wide('IP', (pod) => orNone(textAt(pod, 'status', 'podIP'))),
  wide('Node', (pod) => orNone(textAt(pod, 'spec', 'nodeName'))),
  wide('Nominated Node', (pod) => orNone(textAt(pod, 'status', 'nominatedNodeName'))),
  wide('Readiness Gates', readinessGates),
];
