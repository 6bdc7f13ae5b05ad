import {
  type Cluster,
  ClusterKind,
  type GracefulRebootRequest,
  type LCMCluster,
  LCMClusterKind,
  type LCMMachine,
  LCMMachineKind,
  MachineKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { isDisabled, isLeaving } from '../membership.js';

/** Everything the plan of a GracefulRebootRequest depends on. */
export interface RebootWorld {
  readonly request: GracefulRebootRequest;
  readonly cluster: Cluster | undefined;
  readonly lcmCluster: LCMCluster | undefined;
  /** Machines that are nodes and that the request names, or all. */
  readonly machines: readonly LCMMachine[];
  /** Names in the request that no node of the cluster has. */
  readonly unknown: readonly string[];
}

export function observeReboot(reader: Reader, request: GracefulRebootRequest): RebootWorld {
  const key = keyOf(request);
  const nodes = reader.byIndex(MachineKind, 'cluster', keyText(key)).flatMap((machine) => {
    const lcmMachine = reader.get(LCMMachineKind, keyOf(machine));
    const isNode = lcmMachine !== undefined && isReleased(lcmMachine) && !isLeaving(machine) && !isDisabled(machine);
    return isNode ? [lcmMachine] : [];
  });
  const named = new Set(request.spec.machines ?? []);
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  return {
    request,
    cluster: reader.get(ClusterKind, key),
    lcmCluster: reader.get(LCMClusterKind, key),
    machines: named.size === 0 ? nodes : nodes.filter(({ metadata }) => named.has(metadata.name)),
    unknown: [...named].filter((name) => !known.has(name)),
  };
}
