import {
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  openstackNodeAnnotations,
  OpenStackDeploymentStatusKind,
  StatefulSetKind,
} from '@keelson/api';
import { isLockOf, type NodeLockFacts, quorumsAtRisk } from '@keelson/mosk';
import type { Instance } from '@keelson/openstack';
import type { Reader } from '@keelson/reconcile';
import { isFailure, transient } from '@keelson/std';
import { adminCredentialIn, adminSecret } from '../credentials/admin.js';
import { namespaces } from '../names.js';
import type { AdminCredential, Hypervisors } from './hypervisors.js';
import { exodusOf, stayingIn, type MigrationMode, migrationModes } from './instances.js';
import { lockController, rolesOf } from './lock-controller.js';
import type { ComputeView, NodeLockWorld } from './nodelock.world.js';

const defaultAttempts = 3;
/** Members of these must stay a majority. */
const clustered = ['mariadb', 'etcd', 'rabbitmq', 'redis', 'prometheus'];

/** How often instances were tried, by lock: forgotten when the lock is active again. */
export class Tries {
  readonly #tried = new Map<string, Map<string, number>>();
  readonly #most = new Map<string, number>();

  of(lock: string, instance: string): number {
    return this.#tried.get(lock)?.get(instance) ?? 0;
  }

  note(lock: string, instance: string): void {
    const own = this.#tried.get(lock) ?? new Map<string, number>();
    own.set(instance, (own.get(instance) ?? 0) + 1);
    this.#tried.set(lock, own);
  }

  /** The most that were left on the node of a lock at any look. */
  most(lock: string, left: number): number {
    const most = Math.max(left, this.#most.get(lock) ?? 0);
    this.#most.set(lock, most);
    return most;
  }

  forget(lock: string): void {
    this.#most.delete(lock);
    this.#tried.delete(lock);
  }
}

export type HypervisorsOf = (credential: AdminCredential) => Hypervisors;

export async function observeNodeLock(
  reader: Reader,
  facts: NodeLockFacts,
  hypervisorsOf: HypervisorsOf,
  tries: Tries,
): Promise<NodeLockWorld> {
  const { lock, node, request, deletion, isOurs } = facts;
  const isWanted = request !== undefined || deletion !== undefined;
  if (!isWanted) tries.forget(lock.metadata.name);
  const base = {
    ...facts,
    roles: rolesOf(node),
    released: releasedIn(reader, lock),
    quorums: quorumsIn(reader),
    cloud: reader.list(OpenStackDeploymentStatusKind)[0],
    compute: undefined,
    trouble: undefined,
  };
  const needsCompute = isOurs && base.roles.includes('compute') && (isWanted || lock.status?.state === 'inactive');
  if (!needsCompute || base.cloud?.status?.services?.['compute'] === undefined) return base;
  try {
    return { ...base, compute: await viewOf(reader, base, hypervisorsOf, tries) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...base, trouble: error.message };
  }
}

async function viewOf(
  reader: Reader,
  { lock, node, released }: Pick<NodeLockWorld, 'lock' | 'node' | 'released'>,
  hypervisorsOf: HypervisorsOf,
  tries: Tries,
): Promise<ComputeView> {
  const hypervisors = hypervisorsOf(credentialIn(reader));
  const services = await hypervisors.services();
  const instances = await hypervisors.instancesOn(lock.spec.nodeName);
  const triedOf = ({ id }: Instance): number => tries.of(lock.metadata.name, id);
  const exodus = exodusOf(instances, modeOf(node), attemptsOf(node), triedOf);
  return {
    service: services.find(({ host }) => host === lock.spec.nodeName),
    releasedZones: released.flatMap((other) => services.find(({ host }) => host === other.node)?.zone ?? []),
    exodus,
    count: instances.length,
    most: tries.most(lock.metadata.name, stayingIn(exodus)),
  };
}

function credentialIn(reader: Reader): AdminCredential {
  const credential = adminCredentialIn(reader);
  if (credential !== undefined) return credential;
  throw transient(`the Secret ${adminSecret.name} with the administrator's credential is missing`, {
    reason: 'NoCredential',
  });
}

function modeOf(node: Node | undefined): MigrationMode {
  const asked = node?.metadata.annotations?.[openstackNodeAnnotations.migrationMode];
  return migrationModes.find((mode) => mode === asked) ?? 'live';
}

function attemptsOf(node: Node | undefined): number {
  const asked = Number(node?.metadata.annotations?.[openstackNodeAnnotations.migrationAttempts]);
  return Number.isInteger(asked) && asked > 0 ? asked : defaultAttempts;
}

function releasedIn(reader: Reader, own: NodeWorkloadLock): NodeLockWorld['released'] {
  return reader
    .list(NodeWorkloadLockKind)
    .filter(
      (other) =>
        isLockOf(lockController, other) &&
        other.status?.state === 'inactive' &&
        other.metadata.name !== own.metadata.name,
    )
    .map(({ spec }) => ({ node: spec.nodeName, roles: rolesOf(reader.get(NodeKind, { name: spec.nodeName })) }));
}

function quorumsIn(reader: Reader): readonly string[] {
  const sets = reader.list(StatefulSetKind, namespaces.cloud);
  return quorumsAtRisk(sets.filter(({ metadata }) => clustered.includes(metadata.labels?.['application'] ?? '')));
}
