import {
  crdOf,
  type KubeObject,
  NodeDeletionRequestKind,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
  apiVersionOf,
} from '@keelson/api';
import { memoryBus, noBusFaults } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { adminSecretName, nodeLockReconciler } from '@keelson/mosk';
import { type Hypervisors, lockController, nodeLockRules, podsOver } from '@keelson/openstack-svc';
import { createManager, type Manager } from '@keelson/reconcile';
import { type Clock, isFailure, seededRandom, silentLog } from '@keelson/std';
import { memoryRecords } from '@keelson/store';

const namespace = 'openstack';

/**
 * openstack-svc's own rules for the locks of nodes at work on a rehearsed cluster: instances leave before a lock is released,
 * as far as these computes let them.
 *
 * @param options.release version of the release that the update brings: the cloud is of it before nodes have their turn
 */
export async function openNodeLocks(
  api: KubeApi,
  clock: Clock,
  hypervisors: Hypervisors,
  { seed, release }: { readonly seed: string; readonly release: string | undefined },
): Promise<Manager> {
  for (const kind of [OpenStackDeploymentStatusKind, NodeDeletionRequestKind])
    await api.apply(crdOf(kind), { fieldManager: 'rehearsal', force: true });
  await api.apply(withoutSchema(crdOf(OpenStackDeploymentKind)), { fieldManager: 'rehearsal', force: true });
  for (const object of cloud) await api.apply(object, { fieldManager: 'rehearsal', force: true });
  await api.patch(
    OpenStackDeploymentStatusKind,
    { namespace, name: 'rehearsed' },
    { status: { ...status, osdpl: { release } } },
    { subresource: 'status' },
  );
  const random = seededRandom(`${seed}/node-locks`);
  const manager = createManager({
    service: 'openstack-svc',
    reconcilers: [
      nodeLockReconciler(lockController, nodeLockRules({ hypervisorsOf: () => hypervisors, podsOn: podsOver(api) })),
    ],
    api,
    bus: memoryBus({ clock, random, faults: () => noBusFaults }),
    records: memoryRecords({ random, faults: () => 0 }),
    clock,
    random,
    log: silentLog,
  });
  // A rehearsal may be over before its caches are read.
  void manager.start().catch((error: unknown) => {
    if (!isFailure(error) || error.reason !== 'CalledOff') throw error;
  });
  return manager;
}

/** Nobody signs in with it: there is no cloud behind it. */
const credential = { username: 'rehearsal', password: 'rehearsal' };
const cloud: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  Object.assign(
    { apiVersion: 'v1', kind: SecretKind.kind, metadata: { namespace, name: adminSecretName } },
    { stringData: credential },
  ),
  {
    apiVersion: apiVersionOf(OpenStackDeploymentKind),
    kind: OpenStackDeploymentKind.kind,
    metadata: { namespace, name: 'rehearsed' },
  },
  {
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { namespace, name: 'rehearsed' },
  },
];
/** That it has computes. */
const status = { services: { compute: { state: 'APPLIED' } } };

/** Locks protect a cloud that is there; what it is like is never rendered here. */
function withoutSchema(definition: KubeObject & { readonly spec: object }): KubeObject {
  const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const { versions } = definition.spec as { readonly versions: readonly object[] };
  const spec = { ...definition.spec, versions: versions.map((version) => ({ ...version, schema: open })) };
  return Object.assign(definition, { spec });
}
