import { IPaddrKind, keyOf, type Subnet, SubnetKind } from '@keelson/api';
import { input, type Reconciler } from '@keelson/reconcile';
import { observeSubnet, type SubnetWorld } from './subnet.observe.js';
import { planSubnet } from './subnet.plan.js';
import { subnetEvents, subnetStatus } from './subnet.status.js';
import { type SubnetStep, subnetSteps } from './subnet.steps.js';

/** Says what a Subnet can give out and what it has given out, and holds it while it is in use. */
export function subnetReconciler(): Reconciler<Subnet, SubnetWorld, SubnetStep> {
  return {
    name: 'baremetal/subnet',
    kind: SubnetKind,
    summary: 'Says what a Subnet can give out and what it has given out, and holds it while it is in use.',
    inputs: [
      input({
        kind: SubnetKind,
        // Any Subnet of the namespace may overlap with it, or have done so.
        mapToOwn: (subnet, reader) => reader.list(SubnetKind, subnet.metadata.namespace).map(keyOf),
      }),
      input({
        kind: IPaddrKind,
        // A mere claim changes nothing that a Subnet shows.
        mapToOwn: ({ metadata, spec, status }) =>
          status?.phase === undefined && metadata.deletionTimestamp === undefined
            ? []
            : [{ namespace: metadata.namespace, name: spec.subnetRef }],
        indices: { subnet: ({ metadata, spec }) => [`${metadata.namespace ?? ''}/${spec.subnetRef}`] },
      }),
    ],
    outputs: [{ kind: SubnetKind, mode: 'exclusive', verbs: ['status', 'patch'] }],
    concurrency: 4,
    resyncSeconds: 3600,
    observe: async (reader, subnet) => observeSubnet(reader, subnet),
    plan: planSubnet,
    steps: subnetSteps,
    status: subnetStatus,
    events: subnetEvents,
  };
}
