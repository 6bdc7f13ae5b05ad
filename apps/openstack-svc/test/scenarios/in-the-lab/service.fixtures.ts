import {
  clusterSideKinds,
  crdsOf,
  type KubeObject,
  type ObjectKey,
  OpenStackDeploymentStatusKind,
  openstackKinds,
  SecretKind,
} from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import { createManager, type ManagerOptions } from '@keelson/reconcile';
import { seededRandom, silentLog } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { namespace, type SimulatedOpenStack } from '../../../../lab/src/openstack/openstack.fixtures.js';
import { adminSecret } from '../../../src/credentials/admin.js';
import { object } from './object.fixtures.js';

/** What the service finds in every cluster: the definitions, the administrator's Secret, a cloud with this status; and more. */
export async function aCloudWith(
  { kube, create }: SimulatedOpenStack,
  status: object,
  ...more: readonly KubeObject[]
): Promise<void> {
  await create(...crdsOf([...openstackKinds, ...clusterSideKinds]));
  const data = { username: btoa('admin'), password: btoa('secret') };
  await create(
    object(SecretKind, adminSecret.name, { data }, namespace),
    object(OpenStackDeploymentStatusKind, 'osh', {}, namespace),
    ...more,
  );
  await kube.patch(OpenStackDeploymentStatusKind, { namespace, name: 'osh' }, { status }, { subresource: 'status' });
}

/** openstack-svc at work with some of its reconcilers. What the kit finds wrong with them is added to `faults`. */
export async function theService(
  { clock, kube }: SimulatedOpenStack,
  seed: string,
  { reconcilers, faults }: Pick<ManagerOptions, 'reconcilers'> & { readonly faults: string[] },
): Promise<{
  /** What an object waits for, link by link. */
  readonly why: (kind: string, key: ObjectKey) => Promise<string>;
}> {
  const random = seededRandom(seed);
  const manager = createManager({
    service: 'openstack-svc',
    reconcilers,
    api: kube,
    bus: memoryBus({ clock, random }),
    records: memoryRecords({ random }),
    clock,
    random,
    log: silentLog,
    onFault: (fault) => faults.push(fault),
  });
  await manager.start();
  const why = async (kind: string, key: ObjectKey): Promise<string> => {
    const { chain } = await manager.why(kind, key);
    return chain.map(({ object, reason }) => `${object.kind} ${object.name} ${reason ?? ''}`.trim()).join(' < ');
  };
  return { why };
}
