import { ConfigMapKind, type KubeObject } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { isRestoring } from '../services/database/restore-flag.js';
import { type Assessment, referenceTo, type Wait } from './assessment.js';
import type { RolloutStep } from './rollout.steps.js';
import type { Item, RolloutWorld, WorldService } from './rollout.world.js';
import { applySteps, neededFor, type Needed } from './stages.js';
import { untouched } from './upgrade.js';

/** Where a restore of the database writes down how far it is. */
export const restoreStateName = 'mariadb-phy-restore-state';

/**
 * The stages of a restore: is the backup whole; the members stop, the first one last; the backup takes the place of its data; it
 * begins alone; the others take what it has; projects get the accounts of now. Until the copy nothing is lost by giving it up.
 */
export const restoreStages = ['checking', 'stopping', 'copying', 'beginning', 'joining', 'accounts'] as const;
export type RestoreStage = (typeof restoreStages)[number] | 'done';

export interface RestoreState {
  readonly stage: RestoreStage;
  /** RFC 3339. */
  readonly startedAt: string;
}

export function restoreStageOf(text: string | undefined): RestoreStage | undefined {
  return [...restoreStages, 'done' as const].find((stage) => stage === text);
}

const serviceName = 'database';
const canBeGivenUp: readonly RestoreStage[] = ['checking', 'stopping', 'done'];

/** How services stand while the database is restored: it alone is worked on, all others are looked at afterwards. Undefined while none is. */
export function assessRestore(world: RolloutWorld): readonly Assessment[] | undefined {
  const service = world.services.find(({ name }) => name === serviceName);
  const stage = world.restore?.stage;
  const isAsked = world.deployment !== undefined && isRestoring(world.deployment.spec);
  if (service === undefined || (!isAsked && stage === undefined) || (isAsked && stage === 'done')) return undefined;
  const isGivenUp = !isAsked && stage !== undefined && canBeGivenUp.includes(stage);
  const own = isGivenUp ? forgotten(world, service) : atStage(world, service, stage);
  return world.services.map((each) => (each === service ? own : untouched(world, each, true)));
}

function atStage(world: RolloutWorld, service: WorldService, stage: RestoreStage | undefined): Assessment {
  if (stage === undefined) {
    if (partOf(service, 'restore') === undefined) return refused(world, service);
    return doing(service, 'checking', { steps: [write(world, 'checking')] });
  }
  const needed = stage === 'done' ? { steps: [] } : neededAt(world, service, stage);
  if (needed.steps.length > 0 || needed.wait !== undefined) return doing(service, stage, needed);
  const next = restoreStages[restoreStages.findIndex((one) => one === stage) + 1] ?? 'done';
  return doing(service, stage, { steps: [write(world, next)] });
}

function neededAt(world: RolloutWorld, service: WorldService, stage: Exclude<RestoreStage, 'done'>): Needed {
  switch (stage) {
    case 'checking':
      return checked(neededByJob(world, service, 'restore-check'));
    case 'stopping':
      return neededToStop(world, service);
    case 'copying':
      return neededByJob(world, service, 'restore');
    case 'beginning':
      return neededToScale(service, 1);
    case 'joining':
      return neededToScale(service, wantedReplicas(service));
    case 'accounts':
      return neededForAccounts(world);
  }
}

/** What the check found is in its log; what it means is told here. */
function checked(needed: Needed): Needed {
  const { wait } = needed;
  if (wait?.reason !== 'JobFailed') return needed;
  const message =
    'database: the backup that services.database.mariadb.values.conf.phy_restore.backup_name names is not there or not whole; the log of the Job mariadb-phy-restore-check says what is there. Nothing was touched: set job_mariadb_phy_restore to false';
  return { ...needed, wait: { ...wait, reason: 'NoSuchBackup', message }, trouble: message };
}

function neededByJob(world: RolloutWorld, service: WorldService, component: string): Needed {
  const files = service.onDemand.filter(({ wanted }) => wanted.kind !== 'Job' && isOfRestore(wanted));
  const stale = files.filter(({ isCurrent }) => !isCurrent);
  if (stale.length > 0) return { steps: applySteps(service.name, stale) };
  const job = partOf(service, component);
  return job === undefined ? { steps: [] } : neededFor(world, service.name, { until: 'complete', items: [job] });
}

/** All but the first, then the first: who is the last to leave may begin alone, and the others may not. */
function neededToStop({ membersOfDatabase }: RolloutWorld, service: WorldService): Needed {
  const needed = neededToScale(service, Math.max(replicasIn(service, 'status'), membersOfDatabase) > 1 ? 1 : 0);
  const live = setOf(service)?.live;
  if (needed.steps.length > 0 || needed.wait !== undefined || live === undefined || membersOfDatabase === 0)
    return needed;
  return { steps: [], wait: waitFor(live, 'for the pod of its last member to end') };
}

/** The set has so many members, ready, and no more. */
function neededToScale(service: WorldService, replicas: number): Needed {
  const live = setOf(service)?.live;
  if (live === undefined) return { steps: [] };
  if (replicasIn(service, 'spec') !== replicas)
    return { steps: [{ type: 'scale', service: service.name, object: referenceTo(live), replicas }] };
  const [have, ready] = [replicasIn(service, 'status'), readyReplicas(live)];
  // Stopping goes on to none at all when only the first is left.
  if (have === replicas && (replicas === 0 || ready === replicas)) return { steps: [] };
  if (replicas === 1 && have > 1) return { steps: [], wait: waitFor(live, `for ${have - 1} members to stop`) };
  const what = replicas === 0 ? 'for its last member to stop' : `for ${replicas} members to serve, ${ready} do`;
  return { steps: [], wait: waitFor(live, what) };
}

function waitFor(live: KubeObject, what: string): Wait {
  return { on: referenceTo(live), reason: 'Restoring', message: `waits ${what}` };
}

/** Accounts of projects are as old as the backup: the Jobs that make them go, and so run again. */
function neededForAccounts({ services, restore }: RolloutWorld): Needed {
  const startedAt = Date.parse(restore?.startedAt ?? '');
  const old = services
    .flatMap(({ stages }) => stages.flatMap(({ items }) => items))
    .flatMap(({ live }) => (live?.kind === 'Job' && live.metadata.labels?.['component'] === 'db-init' ? [live] : []))
    .filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') <= startedAt);
  const toGo = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (toGo.length > 0) return { steps: [{ type: 'prune', objects: toGo.map(referenceTo) }] };
  const [ending] = old;
  return { steps: [], wait: ending && waitFor(ending, 'for it to be gone') };
}

function refused(world: RolloutWorld, service: WorldService): Assessment {
  const trouble =
    'database: a restore needs services.database.mariadb.values.conf.phy_restore.backup_name, <full backup> or <full backup>/<incremental one>. Nothing was touched';
  const on = referenceTo(world.deployment ?? world.object);
  return {
    ...doing(service, 'checking', { steps: [], wait: { on, reason: 'NoBackupNamed', message: trouble } }),
    trouble,
  };
}

/** What is written down goes; the Jobs are not rendered any more, and the members come back by an ordinary apply. */
function forgotten(world: RolloutWorld, service: WorldService): Assessment {
  const { namespace = '' } = world.object.metadata;
  const state = { kind: ConfigMapKind.kind, namespace, name: restoreStateName };
  return doing(service, 'checking', { steps: [{ type: 'prune', objects: [state] }] });
}

function doing(service: WorldService, stage: RestoreStage, needed: Needed): Assessment {
  const at = restoreStages.findIndex((one) => one === stage) + 1;
  const task = `restore: ${stage} (${at}/${restoreStages.length})`;
  const wait = needed.wait && { ...needed.wait, message: `${serviceName}: ${task}: ${needed.wait.message}` };
  const base = { name: service.name, fingerprint: service.fingerprint, state: 'APPLYING', isOfTarget: false } as const;
  return { ...base, steps: needed.steps, wait, task, trouble: needed.trouble };
}

function write(world: RolloutWorld, stage: RestoreStage): RolloutStep {
  const startedAt = world.restore?.startedAt ?? rfc3339(world.now);
  return { type: 'writeRestore', namespace: world.object.metadata.namespace ?? '', state: { stage, startedAt } };
}

function partOf({ onDemand }: WorldService, component: string): Item | undefined {
  return onDemand.find(({ wanted }) => wanted.kind === 'Job' && wanted.metadata.labels?.['component'] === component);
}

function isOfRestore({ metadata }: KubeObject): boolean {
  return metadata.name.startsWith('mariadb-restore');
}

function setOf({ stages }: WorldService): Item | undefined {
  return stages.flatMap(({ items }) => items).find(({ wanted }) => wanted.kind === 'StatefulSet');
}

function wantedReplicas(service: WorldService): number {
  return numberIn(setOf(service)?.wanted, 'spec', 'replicas') ?? 1;
}

function replicasIn(service: WorldService, part: 'spec' | 'status'): number {
  return numberIn(setOf(service)?.live, part, 'replicas') ?? (part === 'spec' ? 1 : 0);
}

function readyReplicas(live: KubeObject): number {
  return numberIn(live, 'status', 'readyReplicas') ?? 0;
}

function numberIn(object: object | undefined, part: string, name: string): number | undefined {
  const value: unknown = object === undefined ? undefined : Reflect.get(object, part);
  const number: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof number === 'number' ? number : undefined;
}
