import {
  ClusterMaintenanceRequestKind,
  type DRBConfig,
  DRBConfigKind,
  keyText,
  type KubeObject,
  NodeDeletionRequestKind,
  NodeMaintenanceRequestKind,
  NodeOutageKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentStatusKind,
  type Reference,
} from '@keelson/api';
import { isLockOf } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { adminCredentialIn } from '../credentials/admin.js';
import { innerStateAnnotation, lockController } from '../locks/lock-controller.js';
import { type BalancerSettings, settingsOf, shareHosts } from './balancer.settings.js';
import type { BalancerWorld, Hold, Mover } from './balancer.world.js';
import type { CloudLoad, CloudLoadOf } from './cloud-load.js';
import { loadOf } from './load.js';

/** When the load of the hosts of a DRBConfig was last read, by this process; milliseconds since the epoch. */
export type Looks = Map<string, number>;

export async function observeBalancer(
  reader: Reader,
  config: DRBConfig,
  { cloudLoadOf, looks }: { readonly cloudLoadOf: CloudLoadOf; readonly looks: Looks },
): Promise<BalancerWorld> {
  const settings = settingsOf(config);
  const rival = rivalOf(reader, config);
  const hold = holdOf(reader);
  const run = config.status?.run;
  const isOpen = run !== undefined && run.finishedAt === undefined;
  const dueAt = typeof settings === 'string' ? Infinity : dueAtOf(config, settings, looks);
  const base: BalancerWorld = {
    now: reader.now,
    config,
    settings,
    rival,
    hold,
    isDue: reader.now >= dueAt,
    dueInSeconds: Math.max(0, (dueAt - reader.now) / 1000),
    load: undefined,
    movers: new Map(),
    migrations: [],
    trouble: undefined,
  };
  const isIdle = !isOpen && (hold !== undefined || !base.isDue);
  if (typeof settings === 'string' || rival !== undefined || isIdle || isLeaving(config)) return base;
  const credential = adminCredentialIn(reader);
  if (credential === undefined)
    return { ...base, trouble: "the cloud cannot be asked: its administrator's credential is missing" };
  try {
    const cloud = cloudLoadOf(credential);
    if (isOpen) return { ...base, ...(await underWay(cloud, config)) };
    const load = await loadOf(cloud, settings);
    looks.set(keyText(config.metadata), reader.now);
    return { ...base, load };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { ...base, trouble: error.message };
  }
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** After a run the load must settle before it says anything. */
function dueAtOf({ metadata, status }: DRBConfig, { intervalSeconds }: BalancerSettings, looks: Looks): number {
  const last = Math.max(looks.get(keyText(metadata)) ?? 0, Date.parse(status?.run?.finishedAt ?? '') || 0);
  return last + intervalSeconds * 1000;
}

/** The oldest has the hosts. */
function rivalOf(reader: Reader, config: DRBConfig): DRBConfig | undefined {
  const age = ({ metadata: { creationTimestamp = '', namespace = '', name } }: DRBConfig): string =>
    `${creationTimestamp} ${namespace}/${name}`;
  return reader
    .list(DRBConfigKind)
    .filter((other) => other.metadata.uid !== config.metadata.uid && !isLeaving(other) && age(other) < age(config))
    .find((other) => shareHosts(other.spec.hosts ?? [], config.spec.hosts ?? []));
}

/** Why nothing may be moved now: whoever works on the cloud or its nodes counts on instances staying, or moves them. */
function holdOf(reader: Reader): Hold | undefined {
  const [cloud] = reader.list(OpenStackDeploymentStatusKind);
  if (cloud === undefined)
    return {
      on: { kind: OpenStackDeploymentStatusKind.kind, name: 'osh' },
      reason: 'CloudMissing',
      message: 'there is no cloud yet',
    };
  if (cloud.status?.osdpl?.state !== 'APPLIED')
    return held(cloud, 'CloudChanging', 'the cloud is being changed or upgraded');
  const [update] = reader.list(ClusterMaintenanceRequestKind);
  if (update !== undefined) return held(update, 'ClusterMaintenance', 'the cluster is being worked on');
  const [request] = [...reader.list(NodeMaintenanceRequestKind), ...reader.list(NodeDeletionRequestKind)];
  if (request !== undefined) return held(request, 'NodeMaintenance', `${request.spec.nodeName} is being worked on`);
  const turn = reader
    .list(NodeWorkloadLockKind)
    .find(
      (lock) =>
        isLockOf(lockController, lock) &&
        (lock.status?.state === 'inactive' || lock.metadata.annotations?.[innerStateAnnotation] === 'inactive'),
    );
  if (turn !== undefined) return held(turn, 'NodeMaintenance', `${turn.spec.nodeName} is not back in service`);
  const [outage] = reader.list(NodeOutageKind);
  return outage === undefined ? undefined : held(outage, 'NodeLost', `${outage.spec.nodeName} is lost`);
}

function held({ kind, metadata: { namespace, name } }: KubeObject, reason: string, why: string): Hold {
  const on: Reference = { kind, ...(namespace === undefined ? {} : { namespace }), name };
  return { on, reason, message: `no instance is moved for its load: ${why}` };
}

/** Instances of the run that is open, wherever they are of the hosts concerned, and how far those are that move. */
async function underWay(
  cloud: CloudLoad,
  { status }: DRBConfig,
): Promise<Pick<BalancerWorld, 'movers' | 'migrations'>> {
  const open = (status?.run?.moves ?? []).filter(({ state }) => state === 'Planned' || state === 'Begun');
  const hosts = new Set(open.flatMap(({ from, to }) => [from, to]));
  const movers = new Map<string, Mover>();
  for (const host of hosts) for (const instance of await cloud.instancesOn(host)) movers.set(instance.id, instance);
  const sources = new Set(open.map(({ from }) => from));
  const migrations = await Promise.all(
    [...sources].map((host) =>
      cloud.migrationsFrom(
        host,
        open.filter(({ from, state }) => from === host && state === 'Begun').map(({ instance }) => instance),
      ),
    ),
  );
  return { movers, migrations: migrations.flat() };
}
