import {
  type BareMetalHost,
  BareMetalHostKind,
  ClusterKind,
  IPaddrKind,
  LCMMachineKind,
  type Machine,
  MachineKind,
} from '@keelson/api';
import type { Lab } from '@keelson/lab';
import type { Mirror } from './mirror.js';

/**
 * What is not yet as it is after a run without faults: every machine Ready on a host of its own, every host provisioned and
 * on with its system running, the cluster ready with all nodes, one address for each machine and one for the API. Sentences;
 * none when all is done.
 */
export function unfinished(mirror: Mirror, lab: Lab, servers: number): string[] {
  const machines = [...mirror.all(MachineKind)];
  const hosts = [...mirror.all(BareMetalHostKind)];
  return [
    ...counted('Machines', machines.length, servers),
    ...counted('BareMetalHosts', hosts.length, servers),
    ...counted('LCMMachines', [...mirror.all(LCMMachineKind)].length, servers),
    ...counted('IPaddrs', [...mirror.all(IPaddrKind)].length, servers + 1),
    ...counted(
      'hosts claimed',
      new Set(machines.map((machine) => machine.metadata.annotations?.['metal3.io/BareMetalHost'])).size,
      servers,
    ),
    ...machines.flatMap(unfinishedMachine),
    ...hosts.flatMap((host) => unfinishedHost(host, lab)),
    ...[...mirror.all(ClusterKind)].flatMap((cluster) => {
      const provider = cluster.status?.providerStatus;
      const fine =
        provider?.ready === true && provider.nodes?.ready === servers && provider.nodes.requested === servers;
      const why = provider?.conditions
        ?.filter(({ ready }) => !ready)
        .map(({ type, message }) => `${type}: ${message ?? ''}`);
      return fine
        ? []
        : [
            `Cluster ${cluster.metadata.name} is not ready with ${servers} nodes (${provider?.nodes?.ready ?? 0}/${provider?.nodes?.requested ?? 0}; ${why?.join('; ') ?? 'no status'})`,
          ];
    }),
  ];
}

function counted(what: string, are: number, should: number): string[] {
  return are === should ? [] : [`there are ${are} ${what}, not ${should}`];
}

function unfinishedMachine(machine: Machine): string[] {
  const state = machine.status?.providerStatus?.status;
  const { message, waitingOn } = machine.status?.progress ?? {};
  const fine = state === 'Ready' && machine.status?.providerStatus?.ready === true;
  return fine
    ? []
    : [
        `Machine ${machine.metadata.name} is ${state ?? 'without state'}${waitingOn === undefined ? '' : `, waiting on ${waitingOn.kind} ${waitingOn.name}`}: ${message ?? 'no message'}`,
      ];
}

function unfinishedHost(host: BareMetalHost, lab: Lab): string[] {
  const { status } = host;
  const system = host.spec.bmc?.address.split('/').pop() ?? '';
  const fine =
    status?.provisioning.state === 'provisioned' &&
    status.poweredOn &&
    status.operationalStatus === 'OK' &&
    lab.isRunning(system);
  return fine
    ? []
    : [
        `BareMetalHost ${host.metadata.name} is ${status?.provisioning.state ?? 'without state'}, ${status?.poweredOn === true ? 'on' : 'off'}, ${status?.operationalStatus ?? ''}: ${status?.errorMessage ?? ''}`,
      ];
}
