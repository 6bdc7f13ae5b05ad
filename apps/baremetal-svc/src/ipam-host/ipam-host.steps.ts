import {
  apiVersionOf,
  type IPaddr,
  IPaddrKind,
  type IpamHost,
  IpamHostKind,
  finalizers,
  keyOf,
  keyText,
  labels,
  type Machine,
  type ObjectKey,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { addressName } from '../addresses/pool.js';
import { ownerAnnotation } from '../ipaddr/ipaddr.observe.js';
import { useAnnotation } from './ipam-host.observe.js';

export type IpamHostStep =
  | {
      readonly type: 'allocate';
      readonly ipamHost: IpamHost;
      readonly machine: Machine | undefined;
      readonly subnet: ObjectKey;
      readonly subnetUid: string;
      readonly address: string;
      readonly use: string;
      readonly mac: string | undefined;
    }
  | { readonly type: 'free'; readonly key: ObjectKey; readonly uid: string | undefined }
  | { readonly type: 'resetAllow'; readonly key: ObjectKey }
  | { readonly type: 'remove'; readonly key: ObjectKey; readonly uid: string | undefined }
  | { readonly type: 'release'; readonly ipamHost: IpamHost; readonly finalizer: string };

export const ipamHostSteps: StepTable<IpamHostStep> = {
  allocate: {
    describe: ({ address, subnet, use }) => `take ${address} from Subnet ${subnet.name} for ${use}`,
    // The name stands for the address: whoever creates it first has it, all others get a conflict and look again.
    run: async (step, writer) => {
      await writer.create(IPaddrKind, addressOf(step));
    },
  },
  free: {
    describe: ({ key }) => `free IPaddr ${keyText(key)}`,
    run: ({ key, uid }, writer) => writer.delete(IPaddrKind, key, uid === undefined ? {} : { uid }),
  },
  resetAllow: {
    describe: ({ key }) => `take back the permission of ${keyText(key)}, which is used`,
    run: async ({ key }, writer) => {
      await writer.patch(IpamHostKind, key, { spec: { netconfigUpdateAllow: false } });
    },
  },
  remove: {
    describe: ({ key }) => `remove IpamHost ${keyText(key)}, whose Machine is gone`,
    run: ({ key, uid }, writer) => writer.delete(IpamHostKind, key, uid === undefined ? {} : { uid }),
  },
  release: {
    describe: ({ ipamHost }) => `let IpamHost ${ipamHost.metadata.name} go`,
    run: ({ ipamHost, finalizer }, writer) => writer.removeFinalizer(ipamHost, finalizer),
  },
};

function addressOf({
  ipamHost,
  machine,
  subnet,
  subnetUid,
  address,
  use,
  mac,
}: Extract<IpamHostStep, { type: 'allocate' }>): IPaddr {
  return {
    apiVersion: apiVersionOf(IPaddrKind),
    kind: IPaddrKind.kind,
    metadata: {
      name: addressName(subnet.name, address),
      ...(subnet.namespace === undefined ? {} : { namespace: subnet.namespace }),
      labels: {
        [labels.ipamIp]: address.replaceAll(':', '-'),
        [labels.ipamSubnetId]: subnetUid,
        [labels.ipamIpamHostId]: ipamHost.metadata.uid ?? '',
        ...(machine?.metadata.uid === undefined ? {} : { [labels.ipamMachineId]: machine.metadata.uid }),
        ...(mac === undefined ? {} : { [labels.ipamMac]: mac.replaceAll(':', '-') }),
      },
      annotations: { [ownerAnnotation]: keyText(keyOf(ipamHost)), [useAnnotation]: use },
      finalizers: [finalizers.ipam],
    },
    spec: { subnetRef: subnet.name, wantedAddress: address, ...(mac === undefined ? {} : { mac }) },
  };
}
