import {
  crdOf,
  type KubeObject,
  NodeDeletionRequestKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
  apiVersionOf,
} from '@keelson/api';
import { memoryBus, noBusFaults } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { adminSecretName, nodeLockReconciler } from '@keelson/mosk';
import { type Hypervisors, lockController, nodeLockRules, podsOver } from '@keelson/openstack-svc';
import { createManager, type Manager } from '@keelson/reconcile';
import { type Clock, seededRandom, silentLog } from '@keelson/std';
import { memoryRecords } from '@keelson/store';

const namespace = 'openstack';

/**
 * openstack-svc's own rules for the locks of nodes at work on a rehearsed cluster: instances leave before a lock is released,
 * as far as these computes let them.
 */
export async function openNodeLocks(
  api: KubeApi,
  clock: Clock,
  hypervisors: Hypervisors,
  seed: string,
): Promise<Manager> {
  for (const kind of [OpenStackDeploymentStatusKind, NodeDeletionRequestKind])
    await api.apply(crdOf(kind), { fieldManager: 'rehearsal', force: true });
  for (const object of cloud) await api.apply(object, { fieldManager: 'rehearsal', force: true });
  await api.patch(
    OpenStackDeploymentStatusKind,
    { namespace, name: 'rehearsed' },
    { status },
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
  void manager.start().catch(() => undefined);
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
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { namespace, name: 'rehearsed' },
  },
];
/** That it has computes. */
const status = { services: { compute: { state: 'APPLIED' } } };
