import type { Reference } from '@keelson/api';
import { isNodeReady, type NodeLockVerdict } from '@keelson/mosk';
import type { ComputeService, HostPart, Instance, LiveMigration } from '@keelson/openstack';
import { type Exodus, exodusText, stayingIn } from './instances.js';
import { namespaces } from '../names.js';
import type { NodeReturn, OutdatedPod } from './node-return.js';
import type { ComputeView, NodeLockWorld } from './nodelock.world.js';
import { quorumLost } from './turns.js';

export type NodeLockStep =
  | { readonly type: 'mark'; readonly lock: string; readonly node: string; readonly as: 'active' | 'inactive' }
  | {
      readonly type: 'disable';
      readonly lock: string;
      readonly service: Pick<ComputeService, 'id' | 'host'>;
      readonly node: string;
      readonly reason: string;
    }
  | { readonly type: 'enable'; readonly lock: string; readonly service: string; readonly node: string }
  | {
      readonly type: 'takeOut';
      readonly known: readonly HostPart[];
      readonly lock: string;
      readonly node: string;
      readonly reason: string;
    }
  | { readonly type: 'takeBack'; readonly lock: string; readonly node: string; readonly parts: readonly HostPart[] }
  | { readonly type: 'renew'; readonly lock: string; readonly node: string; readonly pods: readonly OutdatedPod[] }
  | { readonly type: 'migrate'; readonly lock: string; readonly instance: Instance; readonly at: number }
  | { readonly type: 'abort'; readonly migration: LiveMigration; readonly seconds: number };

type Verdict = NodeLockVerdict<NodeLockStep>;

/** OpenStack has no watch: it is asked again after so long. */
const askSeconds = 10;
/** While an instance is on its way it is asked when that should end, within these bounds. */
const soonestSeconds = 1;
/** A migration that should have ended has, after so long. */
const slackSeconds = 0.1;
/** A live migration that copies nothing more for so long never ends: the guest writes faster than that. Seconds. */
const stuckSeconds = 150;
/** Pods and agents that are to be there again are looked at after so long. */
const podSeconds = 5;
/** What services are disabled for begins with one of these: nobody else's decision is undone. */
const reasons = { maintenance: 'maintenance of the node', deletion: 'deletion of the node' } as const;

/** What becomes of a lock. The checks come in order; the first that does not hold is told. */
export function verdictOf(world: NodeLockWorld): Verdict {
  return { lookAfterSeconds: askSeconds, ...decided(world) };
}

function decided(world: NodeLockWorld): Verdict {
  const { request, deletion, lock, isMarked } = world;
  const isInactive = lock.status?.state === 'inactive';
  if (request === undefined && deletion === undefined)
    return isInactive || isMarked ? returned(world) : { state: 'active', steps: opened(world) };
  if (isInactive) return { state: 'inactive' };
  if (world.otherRelease !== undefined)
    return { state: 'active', hindrance: world.otherRelease, on: cloudOf(world), steps: opened(world) };
  if (world.notItsTurn !== undefined)
    return {
      state: 'active',
      hindrance: world.notItsTurn,
      steps: world.isToBeClosed ? closed(world) : opened(world),
      ...(world.gathersForSeconds > 0 ? { lookAfterSeconds: world.gathersForSeconds } : {}),
    };
  const silence = asked(world);
  if (silence !== undefined) return { state: 'active', hindrance: silence, on: novaOf(world) };
  const hindrance = quorumLost(world);
  if (hindrance !== undefined) return { state: 'active', hindrance };
  if (!isMarked) return soon('active', [markedAs(world, 'inactive'), ...closed(world)], 'its turn begins');
  const refusal = deletion === undefined ? undefined : refusalOf(world);
  if (refusal !== undefined)
    return { state: 'active', steps: closed(world), hindrance: `the node cannot be deleted: ${refusal}` };
  if (world.hasParts && !world.takenOut.isDone)
    return soon('active', [takenOut(world)], 'agents and volume services of the node are taken out of service');
  return world.compute === undefined ? { state: 'inactive' } : freed(world, world.compute);
}

function takenOut(world: NodeLockWorld): NodeLockStep {
  const { metadata, spec } = world.lock;
  const { parts: known } = world.takenOut;
  return { type: 'takeOut', known, lock: metadata.name, node: spec.nodeName, reason: reasonOf(world) };
}

/** Why parts of the node are out of service. */
function reasonOf({ request, deletion }: NodeLockWorld): string {
  return deletion === undefined
    ? `${reasons.maintenance}: ${request?.metadata.name ?? ''}`
    : `${reasons.deletion}: ${deletion.metadata.name}`;
}

/** Why the compute API could not be asked where it must be. */
function asked({ isCompute, compute, trouble }: NodeLockWorld): string | undefined {
  if (!isCompute || compute !== undefined) return undefined;
  return `the compute API cannot be asked: ${trouble ?? 'not known'}`;
}

function novaOf({ lock }: NodeLockWorld): Reference {
  return { kind: 'Nova', name: lock.spec.nodeName };
}

/** The instance that somebody must see to; undefined while all leave by themselves. */
function heldBy({ moving, movable, failed, notify, unclear }: Exodus): Reference | undefined {
  if (moving.length + movable.length > 0) return undefined;
  const [first] = [...failed, ...notify, ...unclear];
  return first && { kind: 'Instance', name: first.id };
}

function cloudOf({ cloud, lock }: NodeLockWorld): Reference {
  if (cloud === undefined) return { kind: 'Node', name: lock.spec.nodeName };
  const { namespace = '', name } = cloud.metadata;
  return { kind: cloud.kind, namespace, name };
}

function soon(state: Verdict['state'], steps: readonly NodeLockStep[], hindrance: string): Verdict {
  return { state, steps, hindrance, lookAfterSeconds: 'now' };
}

/** The compute takes no new instances. */
function closed(world: NodeLockWorld): readonly NodeLockStep[] {
  const { lock, service } = world;
  if (service?.isEnabled !== true) return [];
  const reason = reasonOf(world);
  const { nodeName: node } = lock.spec;
  return [{ type: 'disable', service, node, lock: lock.metadata.name, reason }];
}

/** It takes instances again. What an operator has disabled stays so. */
function opened({ lock, service }: NodeLockWorld): readonly NodeLockStep[] {
  if (service === undefined || service.isEnabled) return [];
  const isOurs = Object.values(reasons).some((reason) => service.disabledReason?.startsWith(reason) === true);
  const { nodeName: node } = lock.spec;
  return isOurs ? [{ type: 'enable', service: service.id, node, lock: lock.metadata.name }] : [];
}

function markedAs({ lock }: NodeLockWorld, as: 'active' | 'inactive'): NodeLockStep {
  return { type: 'mark', lock: lock.metadata.name, node: lock.spec.nodeName, as };
}

/** Why a node may not be deleted for good, with what to do about it. */
function refusalOf({ compute, volumes, roles, otherGateways, options }: NodeLockWorld): string | undefined {
  if (compute !== undefined && compute.instances.length > 0 && !options.skipInstanceCheck)
    return `it has ${listed('instance', compute.instances)}: move or delete them, or set ndr_skip_instance_check`;
  if (volumes.length > 0 && !options.skipVolumeCheck)
    return `its disks hold ${listed('volume', volumes)}: migrate or delete them, or set ndr_skip_volume_check`;
  if (roles.includes('gateway') && otherGateways === 0)
    return 'it is the last gateway of the cloud: label another node openstack-gateway=enabled first';
  return undefined;
}

function listed(what: string, all: readonly { readonly id: string; readonly name: string }[]): string {
  const names = all.slice(0, 5).map(({ name, id }) => (name === '' ? id : `${name} (${id})`));
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : '';
  return `${all.length} ${what}${all.length === 1 ? '' : 's'}, ${names.join(', ')}${more}`;
}

/** The compute takes no new instances; then those that are there leave or are let be. */
function freed(world: NodeLockWorld, compute: ComputeView): Verdict {
  const { request } = world;
  const { exodus } = compute;
  const closing = closed(world);
  if (closing.length > 0) return soon('active', closing, 'the compute service is being disabled');
  if (request?.spec.scope !== 'os' || exodus.isFree) return { state: 'inactive' };
  const steps = [...aborts(compute), ...departures(world, compute)];
  const on = heldBy(exodus);
  return {
    state: 'active',
    steps,
    ...(on === undefined ? {} : { on }),
    hindrance: exodusText(begun(exodus, steps)),
    progress: progressOf(exodus, compute.most),
    lookAfterSeconds: lookAfter(compute, steps),
  };
}

function departures({ lock, options, now }: NodeLockWorld, { exodus }: ComputeView): readonly NodeLockStep[] {
  return exodus.movable
    .slice(0, Math.max(0, options.migrateAtOnce - exodus.moving.length))
    .map((instance) => ({ type: 'migrate', lock: lock.metadata.name, instance, at: now }) as const);
}

/** What is called off counts as a try; the instance goes on where it was. */
function aborts({ moves }: ComputeView): readonly NodeLockStep[] {
  return moves
    .filter(({ headway }) => headway.standsForMs >= stuckSeconds * 1000)
    .map(({ migration }) => ({ type: 'abort', migration, seconds: stuckSeconds }) as const);
}

/** When the first of the migrations should have ended. */
function lookAfter({ exodus, moves }: ComputeView, steps: readonly NodeLockStep[]): number {
  if (steps.length > 0) return soonestSeconds;
  if (exodus.moving.length === 0) return askSeconds;
  const ends = moves.map(({ headway }) => (headway.endsInMs ?? soonestSeconds * 1000) / 1000 + slackSeconds);
  return Math.min(askSeconds, Math.max(soonestSeconds, Math.min(...ends, askSeconds)));
}

/** What is begun now is on its way when the sentence is read. */
function begun(exodus: Exodus, steps: readonly NodeLockStep[]): Exodus {
  const leaving = new Set(steps.flatMap((step) => (step.type === 'migrate' ? [step.instance.id] : [])));
  const isLeaving = ({ id }: Instance): boolean => leaving.has(id);
  return {
    ...exodus,
    moving: [...exodus.moving, ...exodus.movable.filter(isLeaving)],
    movable: exodus.movable.filter((instance) => !isLeaving(instance)),
  };
}

/** @param most instances there were to move at first */
function progressOf(exodus: Exodus, most: number): Verdict['progress'] {
  const left = stayingIn(exodus);
  const percentage = most === 0 ? 0 : Math.floor(((most - left) / most) * 100);
  return {
    description: `instances leave the node: ${most - left} of ${most} have`,
    percentage: Math.max(0, percentage),
  };
}

/** Back in service: node, pods, agents and compute are there again, and take work; what it held goes to the next. */
function returned(world: NodeLockWorld): Verdict {
  const state = world.lock.status?.state === 'inactive' ? 'inactive' : 'active';
  const { comeback, takenOut, lock } = world;
  const { nodeName: node } = lock.spec;
  if (!isNodeReady(world.node)) return { state, hindrance: `waits for node ${node} to be Ready` };
  const renewals = renewed(world);
  if (renewals.length > 0) return soon(state, renewals, 'pods of the data plane get the images of their DaemonSets');
  const wait = comeback && podWait(comeback, node);
  if (wait !== undefined) return { state, lookAfterSeconds: podSeconds, ...wait };
  const hindrance = asked(world);
  if (hindrance !== undefined) return { state, hindrance, on: novaOf(world) };
  const doubt = unheard(world);
  if (doubt !== undefined) return { state, hindrance: doubt };
  const [silent] = world.silent ?? [];
  if (silent !== undefined) return { state, lookAfterSeconds: podSeconds, ...silenceOf(silent) };
  if (world.service?.isUp === false) return { state, hindrance: 'waits for nova-compute to be up', on: novaOf(world) };
  const { parts } = takenOut;
  if (parts.length > 0)
    return soon(
      state,
      [{ type: 'takeBack', lock: lock.metadata.name, node, parts }],
      'agents and volume services of the node are put back into service',
    );
  const opening = opened(world);
  if (opening.length > 0) return soon(state, opening, 'the compute service is being enabled');
  return { state: 'active', steps: world.isMarked ? [markedAs(world, 'active')] : [] };
}

/** Not while instances run on the node that talk through what would be replaced. */
function renewed({ comeback, isCompute, compute, lock }: NodeLockWorld): readonly NodeLockStep[] {
  const pods = comeback?.outdated ?? [];
  if (pods.length === 0 || (isCompute && compute?.exodus.isFree !== true)) return [];
  return [{ type: 'renew', lock: lock.metadata.name, node: lock.spec.nodeName, pods }];
}

/** The first of the cloud's pods on the node that holds it up. */
function podWait({ late, lacking }: NodeReturn, node: string): Pick<Verdict, 'hindrance' | 'on'> | undefined {
  const first = late.find(({ trouble }) => trouble !== undefined) ?? late[0];
  const more = late.length > 1 ? ` (and ${late.length - 1} more of ${node})` : '';
  if (first !== undefined) {
    const { namespace, name, owner = `pod ${name}`, trouble } = first;
    const text = trouble === undefined ? `pod ${name} of ${node} to be Ready` : `${owner}: ${trouble}`;
    return { hindrance: `waits for the ${text}${more}`, on: { kind: 'Pod', namespace, name } };
  }
  const [name] = lacking;
  if (name === undefined) return undefined;
  const on = { kind: 'DaemonSet', namespace: namespaces.cloud, name };
  return { hindrance: `waits for the DaemonSet ${name} to make its pod on ${node}`, on };
}

/** Why the cloud could not be asked whether agents and volume services are there again. */
function unheard({ takenOut, silent, trouble }: NodeLockWorld): string | undefined {
  if (takenOut.heardOf.length === 0 || silent !== undefined) return undefined;
  return `the cloud cannot be asked for agents and volume services of the node: ${trouble ?? 'not known'}`;
}

function silenceOf({ type, id, what }: HostPart): Pick<Verdict, 'hindrance' | 'on'> {
  const [api, kind] = type === 'network' ? ['neutron', 'NetworkAgent'] : ['cinder', 'VolumeService'];
  const mend = `look at the log of its pod, or delete it from ${api} where it is not to come back`;
  return { hindrance: `waits for ${what} to report itself to ${api}: ${mend}`, on: { kind, name: id } };
}
