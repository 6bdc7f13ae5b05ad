import {
  annotations,
  apiVersionOf,
  finalizers,
  type HardwareData,
  HardwareDataKind,
  type IpamHost,
  IpamHostKind,
  keyOf,
  keyText,
  type Machine,
  MachineKind,
  type Nic,
  type ObjectKey,
  parseKey,
} from '@keelson/api';
import { type Plan, type Reader, type Reconciler, type StepTable, input, settled, waitingOn } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';

/** A Machine and the network record it should have. */
export interface MachineNetworkWorld {
  readonly machine: Machine;
  /** The bound host. */
  readonly hostKey: ObjectKey | undefined;
  readonly hardware: HardwareData | undefined;
  readonly ipamHost: IpamHost | undefined;
}

export type MachineNetworkStep = { readonly type: 'applyIpamHost'; readonly ipamHost: IpamHost };

/** Makes the IpamHost of a Machine as soon as it is bound to a host; the Machine itself belongs to lifecycle-svc. */
export function machineNetworkReconciler(): Reconciler<Machine, MachineNetworkWorld, MachineNetworkStep> {
  return {
    name: 'baremetal/machine-network',
    kind: MachineKind,
    summary: 'Makes the IpamHost of a Machine as soon as it is bound to a host.',
    inputs: [
      input({
        kind: HardwareDataKind,
        mapToOwn: (hardware, reader) => reader.byIndex(MachineKind, 'host', keyText(keyOf(hardware))).map(keyOf),
        relevant: ({ spec }) => spec.hardware?.nics,
      }),
      input({ kind: MachineKind, mapToOwn: () => [], indices: { host: hostsOf } }),
      input({
        kind: IpamHostKind,
        mapToOwn: (ipamHost) => [keyOf(ipamHost)],
        relevant: ({ metadata, spec }) => [metadata.labels, spec],
      }),
    ],
    outputs: [{ kind: IpamHostKind, mode: 'shared', verbs: ['apply'] }],
    concurrency: 8,
    resyncSeconds: 3600,
    relevant: ({ metadata: { labels, annotations: marks }, spec }) => [labels, marks?.[annotations.machineHost], spec],
    observe: async (reader, machine) => observeMachineNetwork(reader, machine),
    plan: planMachineNetwork,
    steps: machineNetworkSteps,
    status: () => undefined,
  };
}

function hostsOf({ metadata }: Machine): string[] {
  const host = metadata.annotations?.[annotations.machineHost];
  return host === undefined ? [] : [host];
}

function observeMachineNetwork(reader: Reader, machine: Machine): MachineNetworkWorld {
  const host = machine.metadata.annotations?.[annotations.machineHost];
  const hostKey = host === undefined ? undefined : parseKey(host);
  return {
    machine,
    hostKey,
    hardware: hostKey === undefined ? undefined : reader.get(HardwareDataKind, hostKey),
    ipamHost: reader.get(IpamHostKind, keyOf(machine)),
  };
}

export function planMachineNetwork({
  machine,
  hostKey,
  hardware,
  ipamHost,
}: MachineNetworkWorld): Plan<MachineNetworkStep> {
  if (
    hostKey === undefined ||
    machine.metadata.deletionTimestamp !== undefined ||
    ipamHost?.metadata.deletionTimestamp !== undefined
  )
    return { steps: [], outcome: settled };
  if (hardware === undefined) {
    const on = {
      kind: 'HardwareData',
      ...(hostKey.namespace === undefined ? {} : { namespace: hostKey.namespace }),
      name: hostKey.name,
    };
    return {
      steps: [],
      outcome: waitingOn(
        on,
        'NotInspected',
        `Host ${hostKey.name} has not been inspected; its interfaces are not known.`,
      ),
    };
  }
  const wanted = ipamHostOf(machine, hardware);
  return {
    steps: ipamHost !== undefined && isAsWanted(ipamHost, wanted) ? [] : [{ type: 'applyIpamHost', ipamHost: wanted }],
    outcome: settled,
  };
}

const machineNetworkSteps: StepTable<MachineNetworkStep> = {
  applyIpamHost: {
    describe: ({ ipamHost }) => `bring IpamHost ${ipamHost.metadata.name} to what its Machine and its host say`,
    run: async ({ ipamHost }, writer) => {
      await writer.apply(IpamHostKind, ipamHost, { force: true });
    },
  },
};

function ipamHostOf(machine: Machine, hardware: HardwareData): IpamHost {
  const value = machine.spec.providerSpec.value;
  const selector = value?.l2TemplateSelector;
  const override = value?.l2TemplateIfMappingOverride;
  return {
    apiVersion: apiVersionOf(IpamHostKind),
    kind: IpamHostKind.kind,
    metadata: {
      name: machine.metadata.name,
      ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
      labels: {
        ...clusterLabels(machine),
        'ipam/BMHostID': hardware.metadata.name,
        ...(machine.metadata.uid === undefined ? {} : { 'ipam/MachineID': machine.metadata.uid }),
      },
      finalizers: [finalizers.ipam],
    },
    spec: {
      nicMACmap: nicsOf(hardware),
      ...(selector === undefined
        ? {}
        : {
            l2TemplateSelector: {
              ...(selector.name === undefined ? {} : { name: selector.name }),
              ...(selector.label === undefined ? {} : { label: selector.label }),
            },
          }),
      ...(override === undefined ? {} : { ifMappingOverride: [...override] }),
    } as IpamHost['spec'],
  };
}

function clusterLabels({ metadata }: Machine): Record<string, string> {
  const kept = ['kaas.mirantis.com/provider', 'cluster.sigs.k8s.io/cluster-name'];
  return Object.fromEntries(
    kept.flatMap((name) => (metadata.labels?.[name] === undefined ? [] : [[name, metadata.labels[name]]])),
  );
}

function nicsOf({ spec }: HardwareData): Nic[] {
  const nics = (spec.hardware?.nics ?? []).flatMap(({ name, mac, pxe }) =>
    name === undefined || mac === undefined
      ? []
      : [{ name, mac: mac.toLowerCase(), ...(pxe === true ? { primary: true } : {}) }],
  );
  return nics.toSorted((a, b) => (a.mac < b.mac ? -1 : 1));
}

function isAsWanted(ipamHost: IpamHost, wanted: IpamHost): boolean {
  const { nicMACmap, l2TemplateSelector, ifMappingOverride } = ipamHost.spec;
  const part = { nicMACmap, l2TemplateSelector, ifMappingOverride };
  const wantedPart = {
    nicMACmap: wanted.spec.nicMACmap,
    l2TemplateSelector: wanted.spec.l2TemplateSelector,
    ifMappingOverride: wanted.spec.ifMappingOverride,
  };
  const hasLabels = Object.entries(wanted.metadata.labels ?? {}).every(
    ([name, value]) => ipamHost.metadata.labels?.[name] === value,
  );
  return hasLabels && equalJson(part, wantedPart);
}
