import {
  DaemonSetKind,
  type Node,
  NodeDeletionRequestKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  openstackNodeAnnotations,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  StatefulSetKind,
} from '@keelson/api';
import {
  type AdminCredential,
  isLockOf,
  isNodeReady,
  type NodeLockFacts,
  quorumsAtRisk,
  releaseMismatch,
} from '@keelson/mosk';
import type { ComputeService, HostLoad, Instance } from '@keelson/openstack';
import type { Reader } from '@keelson/reconcile';
import { isFailure, transient } from '@keelson/std';
import { z } from 'zod';
import { adminCredentialIn, adminSecret } from '../credentials/admin.js';
import { namespaces } from '../names.js';
import type { PodsOn } from '../outage/outage.observe.js';
import type { DrainMemory, Tries } from './drain-memory.js';
import type { Hypervisors } from './hypervisors.js';
import { exodusOf, type MigrationMode, migrationModes, stayingIn } from './instances.js';
import { innerStateAnnotation, lockController, rolesOf, takenOutAnnotation } from './lock-controller.js';
import { maintenanceOptionsIn } from './maintenance-options.js';
import { type NodeReturn, nodeReturnOf } from './node-return.js';
import type { ComputeView, NodeLockWorld, TakenOut } from './nodelock.world.js';
import { type AskedNode, firstOf, quorumLost, turnsOf } from './turns.js';

const defaultAttempts = 3;
/** Applications whose StatefulSets are clusters: their members must stay a majority. Of OVN that is its two databases. */
export const clustered: readonly string[] = ['mariadb', 'etcd', 'rabbitmq', 'redis', 'prometheus', 'ovn'];
/** What an instance costs beside its memory, as MiB that the same time would copy. */
const overheadMiB = 4_096;
/** Requests for many computes do not come all at once. */
const gatherMs = 5_000;

/** Those whose agents, volume services or hosts are taken out of service with a node. */
const servicesWithParts = ['networking', 'block-storage', 'instance-ha'];
const PartSchema = z.object({ type: z.enum(['network', 'volumev3', 'instance-ha']), id: z.string(), what: z.string() });
const TakenOutSchema: z.ZodType<TakenOut> = z.object({
  parts: z.array(PartSchema),
  isDone: z.boolean(),
  heardOf: z.array(PartSchema).default([]),
});

export interface NodeLockPorts {
  readonly hypervisorsOf: HypervisorsOf;
  readonly podsOn: PodsOn;
}

export type HypervisorsOf = (credential: AdminCredential) => Hypervisors;

/** The computes as nova knows them. */
interface Computes {
  readonly hypervisors: Hypervisors;
  readonly services: ReadonlyMap<string, ComputeService>;
  readonly loads: ReadonlyMap<string, HostLoad>;
}

export async function observeNodeLock(
  reader: Reader,
  facts: NodeLockFacts,
  { hypervisorsOf, podsOn }: NodeLockPorts,
  memory: DrainMemory,
): Promise<NodeLockWorld> {
  const { lock, node, isOurs } = facts;
  const cloud = reader.list(OpenStackDeploymentStatusKind)[0];
  const otherRelease = otherReleaseIn(facts, cloud);
  const isWanted = isAsked(facts) && otherRelease === undefined;
  if (!isWanted) memory.forget(lock.metadata.name);
  const isBusy = isWanted || isWorkedOn(lock, memory);
  if (isWanted || !isBusy) memory.forgetReturn(lock.metadata.name);
  const base: NodeLockWorld = {
    ...facts,
    roles: rolesOf(node),
    options: maintenanceOptionsIn(reader),
    isMarked: isMarked(lock),
    quorums: quorumsIn(reader),
    cloud,
    isCompute: rolesOf(node).includes('compute') && cloud?.status?.services?.['compute'] !== undefined,
    hasParts: servicesWithParts.some((service) => cloud?.status?.services?.[service] !== undefined),
    takenOut: takenOutIn(lock),
    comeback: isOurs && isBusy && !isWanted ? await comebackOf(reader, facts, podsOn, memory) : undefined,
    silent: undefined,
    volumes: [],
    otherGateways: otherGatewaysIn(reader, lock.spec.nodeName),
    otherRelease,
    notItsTurn: undefined,
    gathersForSeconds: 0,
    service: undefined,
    isToBeClosed: false,
    compute: undefined,
    trouble: undefined,
  };
  if (!isOurs || !(isBusy || (base.isCompute && memory.mayBeClosed(lock.metadata.name)))) return base;
  try {
    // Steps about parts of hosts need a session, also where the node is no compute.
    const cloudApis = isBusy && base.hasParts ? hypervisorsOf(credentialIn(reader)) : undefined;
    const volumes = isDeleted(facts) ? ((await cloudApis?.volumesOn(lock.spec.nodeName)) ?? []) : [];
    const computes = base.isCompute ? await computesIn(reader, hypervisorsOf, memory) : undefined;
    const silent = await silentOf(base, cloudApis);
    const seen = { ...base, volumes, silent, service: computes?.services.get(lock.spec.nodeName) };
    if (!isBusy) {
      memory.noteOpen(lock.metadata.name, seen.service?.isEnabled !== false);
      return seen;
    }
    const asked = askedIn(reader, cloud, { computes, memory });
    const turns = turnsOf(asked, base.options);
    const hindrance = isWanted ? turnOf(seen, turns, memory) : undefined;
    if (hindrance !== undefined && computes !== undefined)
      return {
        ...seen,
        notItsTurn: hindrance,
        gathersForSeconds: gatheringMs(memory, lock.metadata.name, reader.now) / 1000,
        isToBeClosed: isRoomElsewhere(seen, asked, computes),
      };
    if (hindrance !== undefined || computes === undefined) return { ...seen, notItsTurn: hindrance };
    return { ...seen, compute: await viewOf(seen, computes, memory) };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...base, trouble: error.message };
  }
}

/**
 * Before anything of a node is taken out of service the cloud is of the release that the work is for. What has begun is ended.
 *
 * Source: reference/mosk-api/openstack.md, node maintenance, step 1: with a request that names none there is no match.
 */
function otherReleaseIn(
  { request, deletion, lock }: NodeLockFacts,
  cloud: OpenStackDeploymentStatus | undefined,
): string | undefined {
  const asked = request?.spec.release;
  const hasBegun = isMarked(lock) || lock.status?.state === 'inactive';
  if (asked === undefined || cloud === undefined || deletion !== undefined || hasBegun) return undefined;
  const what = `the node ${lock.spec.nodeName}`;
  return releaseMismatch(`the cloud ${cloud.metadata.name}`, cloud.status?.osdpl?.release, { what, asked });
}

function isOfRelease(cloud: OpenStackDeploymentStatus | undefined, asked: string | undefined): boolean {
  return asked === undefined || cloud === undefined || asked === cloud.status?.osdpl?.release;
}

/** They are asked for: a watch of all pods would cost much for what matters minutes a year. */
async function comebackOf(
  reader: Reader,
  { lock, node }: NodeLockFacts,
  podsOn: PodsOn,
  memory: DrainMemory,
): Promise<NodeReturn | undefined> {
  if (node === undefined || !isNodeReady(node)) return undefined;
  const pods = await podsOn(node.metadata.name);
  return nodeReturnOf({
    node,
    pods: pods.filter(({ metadata }) => metadata.namespace === namespaces.cloud),
    daemonSets: reader.list(DaemonSetKind, namespaces.cloud),
    isRenewed: (of) => memory.isRenewed(lock.metadata.name, of),
  });
}

/** What is deleted in the cloud's own memory is not waited for. */
async function silentOf(
  { comeback, takenOut: { heardOf }, lock }: Pick<NodeLockWorld, 'comeback' | 'takenOut' | 'lock'>,
  cloudApis: Hypervisors | undefined,
): Promise<NodeLockWorld['silent']> {
  if (comeback === undefined || heardOf.length === 0) return undefined;
  const reports = (await cloudApis?.reportsOn(lock.spec.nodeName)) ?? [];
  const known = new Set(heardOf.map(({ id }) => id));
  return reports.filter(({ part, isAlive }) => !isAlive && known.has(part.id)).map(({ part }) => part);
}

function isAsked({ request, deletion }: Pick<NodeLockFacts, 'request' | 'deletion'>): boolean {
  return request !== undefined || deletion !== undefined;
}

function isDeleted({ deletion, lock }: Pick<NodeLockFacts, 'deletion' | 'lock'>): boolean {
  return deletion !== undefined && lock.status?.state !== 'inactive';
}

/** Gateways that stay: not those that are to be deleted too. */
function otherGatewaysIn(reader: Reader, node: string): number {
  const leaving = new Set(reader.list(NodeDeletionRequestKind).map(({ spec }) => spec.nodeName));
  return reader
    .list(NodeKind)
    .filter((one) => one.metadata.name !== node && !leaving.has(one.metadata.name))
    .filter((one) => rolesOf(one).includes('gateway')).length;
}

function isMarked({ metadata }: NodeWorkloadLock): boolean {
  return metadata.annotations?.[innerStateAnnotation] === 'inactive';
}

function takenOutIn({ metadata }: NodeWorkloadLock): TakenOut {
  const none: TakenOut = { parts: [], heardOf: [], isDone: false };
  const text = metadata.annotations?.[takenOutAnnotation];
  if (text === undefined) return none;
  try {
    return TakenOutSchema.parse(JSON.parse(text));
  } catch {
    // Somebody has written over it: what was disabled with a reason is found again by that.
    return none;
  }
}

function isWorkedOn(lock: NodeWorkloadLock, memory: DrainMemory): boolean {
  return isMarked(lock) || lock.status?.state === 'inactive' || memory.hasTurn(lock.metadata.name);
}

async function computesIn(reader: Reader, hypervisorsOf: HypervisorsOf, memory: DrainMemory): Promise<Computes> {
  const hypervisors = hypervisorsOf(credentialIn(reader));
  const services = await memory.services(hypervisors, reader.now);
  const loads = await memory.loads(hypervisors, reader.now);
  return { hypervisors, services: new Map(services.map((service) => [service.host, service])), loads };
}

/**
 * Why it is not the node's turn. When it is, it is taken in the same breath: two looks at once must not both find a
 * place free.
 */
function turnOf(
  { lock, roles, quorums }: NodeLockWorld,
  turns: ReadonlyMap<string, string | undefined>,
  memory: DrainMemory,
): string | undefined {
  if (isWorkedOn(lock, memory)) return undefined;
  const hindrance = turns.get(lock.spec.nodeName) ?? quorumLost({ roles, quorums });
  if (hindrance === undefined) memory.takeTurn(lock.metadata.name);
  return hindrance;
}

/** For how long a compute waits yet for those that are asked for along with it. */
function gatheringMs(memory: DrainMemory, lock: string, now: number): number {
  return Math.max(0, memory.askedSince(lock, now) + gatherMs - now);
}

/** One that waits for the cloud to be of its release has no turn yet. */
function askedIn(
  reader: Reader,
  cloud: OpenStackDeploymentStatus | undefined,
  { computes, memory }: { readonly computes: Computes | undefined; readonly memory: DrainMemory },
): readonly AskedNode[] {
  const works = reader.list(NodeMaintenanceRequestKind).filter(({ spec }) => isOfRelease(cloud, spec.release));
  const requests = [...works, ...reader.list(NodeDeletionRequestKind)];
  const since = new Map(
    requests.map(({ spec, metadata }) => [spec.nodeName, Date.parse(metadata.creationTimestamp ?? '') || 0] as const),
  );
  return reader.list(NodeWorkloadLockKind).flatMap((lock): readonly AskedNode[] => {
    const node = lock.spec.nodeName;
    const isBusy = isLockOf(lockController, lock) && isWorkedOn(lock, memory);
    const askedAt = since.get(node);
    if (!isLockOf(lockController, lock) || (askedAt === undefined && !isBusy)) return [];
    const { memory: held = 0, instances = 0 } = computes?.loads.get(node) ?? {};
    const zone = computes?.services.get(node)?.zone;
    return [
      {
        node,
        roles: rolesOf(reader.get(NodeKind, { name: node })),
        zone,
        load: held + instances * overheadMiB,
        askedAt: askedAt ?? 0,
        isWorkedOn: isBusy,
        isGathering: zone !== undefined && gatheringMs(memory, lock.metadata.name, reader.now) > 0,
      },
    ];
  });
}

/**
 * Whether a compute that waits should take no instances meanwhile, for they would have to move twice: not where the
 * others of its zone have no room for half of what leaves at first when it is its zone's turn.
 */
function isRoomElsewhere(
  { service, options }: Pick<NodeLockWorld, 'service' | 'options'>,
  asked: readonly AskedNode[],
  { services, loads }: Computes,
): boolean {
  if (service === undefined) return false;
  const leaving = firstOf(asked, service.zone, options).reduce(
    (sum, { node }) => sum + (loads.get(node)?.memory ?? 0),
    0,
  );
  const waiting = new Set(asked.map(({ node }) => node));
  const open = [...services.values()].filter(
    ({ host, zone, isEnabled, isUp }) => zone === service.zone && isEnabled && isUp && !waiting.has(host),
  );
  const room = open.reduce((sum, { host }) => sum + (loads.get(host)?.room ?? 0), 0);
  return leaving > 0 && room * 2 >= leaving;
}

async function viewOf(
  { lock, node, now }: Pick<NodeLockWorld, 'lock' | 'node' | 'now'>,
  { hypervisors }: Computes,
  memory: DrainMemory,
): Promise<ComputeView> {
  const instances = await hypervisors.instancesOn(lock.spec.nodeName);
  const triedOf = ({ id }: Instance): Tries => memory.triesOf(lock.metadata.name, id);
  const exodus = exodusOf(instances, modeOf(node), { attempts: attemptsOf(node), now }, triedOf);
  const moving = exodus.moving.map(({ id }) => id);
  memory.keepCourses(lock.metadata.name, new Set(moving));
  const migrations = moving.length === 0 ? [] : await hypervisors.migrationsFrom(lock.spec.nodeName, moving);
  return {
    exodus,
    instances,
    most: memory.most(lock.metadata.name, stayingIn(exodus)),
    moves: migrations.map((migration) => ({
      migration,
      headway: memory.headwayOf(lock.metadata.name, migration, now),
    })),
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

function quorumsIn(reader: Reader): readonly string[] {
  const sets = reader.list(StatefulSetKind, namespaces.cloud);
  return quorumsAtRisk(sets.filter(({ metadata }) => clustered.includes(metadata.labels?.['application'] ?? '')));
}
