import {
  type Job,
  JobKind,
  type OpenStackDeployment,
  OpenStackDeploymentStatusKind,
  type Reference,
} from '@keelson/api';
import { migrationHoldOf } from '@keelson/mosk';
import { blockedBy, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { backupGoodMs, backupJobName, type BackupStanding, withoutBackupAnnotation } from './backup.js';
import type { Leftover } from './networks.js';
import type { Finding } from './preflight.js';
import { noReturn, stageFacts, type StageName, stages, type StageState } from './stages.js';
import { currentStage, hasBegun, type MigrationState, type StageProgress, timeText } from './state.js';

/** What an operator asks for, on the OpenStackDeployment: `preflight`, `backup`, or `migrate`. */
export const askedAnnotation = 'keelson.dev/ovs-ovn-migration';
/** The last stage to be done; without it all are. */
export const untilAnnotation = 'keelson.dev/ovs-ovn-migration-until';
/** Critical checks whose findings an operator has weighed: their names, separated by commas. */
export const acceptedAnnotation = 'keelson.dev/ovs-ovn-migration-accepted';
export const migrationFinalizer = 'lcm.mirantis.com/ovs-ovn-migration.finalizer';
const recheckSeconds = 30;
/** So much is removed in one pass. */
const mostRemoved = 50;

export interface MigrationWorld {
  readonly now: number;
  readonly deployment: OpenStackDeployment;
  readonly asked: 'preflight' | 'backup' | 'migrate' | undefined;
  readonly withoutBackup: boolean;
  /** How the backup for this migration is, and the Job that would make it; undefined when backups are off. */
  readonly backup: { readonly standing: BackupStanding; readonly job: Job | undefined };
  readonly until: StageName | undefined;
  /** Names of checks that do not hold the migration. */
  readonly accepted: readonly string[];
  readonly state: MigrationState | undefined;
  /** What the checks found; undefined where they were not needed. */
  readonly findings: readonly Finding[] | undefined;
  /** Bridge mappings of the nodes, a line each, as their agents report them; undefined where that was not asked. */
  readonly bridgeMappings: string | undefined;
  /** The stage that openstack-svc has rendered, applied and seen ready. */
  readonly rendered: string | undefined;
  /** State of the cloud, and what it waits for. */
  readonly cloud: { readonly state: string | undefined; readonly message: string | undefined };
  /** Nodes whose OVN controller does not report; undefined where that was not asked. */
  readonly silent: readonly string[] | undefined;
  /** What Open vSwitch's agents have left in the API; undefined where that was not asked. */
  readonly leftovers: readonly StandingLeftover[] | undefined;
  /** Why the network API could not be asked. */
  readonly trouble: string | undefined;
}

/** What is left, and why it could not be removed a moment ago. */
export interface StandingLeftover extends Leftover {
  readonly refusal: string | undefined;
}

export type MigrationStep =
  | { readonly type: 'hold'; readonly deployment: OpenStackDeployment }
  | { readonly type: 'release'; readonly deployment: OpenStackDeployment }
  | { readonly type: 'write'; readonly namespace: string; readonly state: MigrationState; readonly what: string }
  | { readonly type: 'forget'; readonly namespace: string }
  | { readonly type: 'backUp'; readonly job: Job }
  | { readonly type: 'dropBackup'; readonly namespace: string }
  | { readonly type: 'remove'; readonly leftovers: readonly Leftover[]; readonly now: number }
  | { readonly type: 'setBackend'; readonly namespace: string; readonly name: string };

const none: MigrationState = {
  stages: {},
  preflight: '',
  bridgeMappings: '',
  backup: undefined,
  progress: undefined,
  hold: undefined,
};

/** What is to be done for the migration now. What holds it is written down first: the cloud is another service's, which tells it. Pure. */
export function planMigration(world: MigrationWorld): Plan<MigrationStep> {
  const plan = planStages(world);
  const { state } = world;
  const hold = migrationHoldOf(plan.outcome);
  const isTold = equalJson(state?.hold, hold) || (state === undefined && hold === undefined);
  if (plan.steps.length > 0 || isTold) return plan;
  return write(world, { ...(state ?? none), hold }, 'what holds the migration');
}

function planStages(world: MigrationWorld): Plan<MigrationStep> {
  const { state = none, asked, deployment } = world;
  // A cloud that leaves is not held: there is nothing to migrate any more.
  if (deployment.metadata.deletionTimestamp !== undefined) return finished(world);
  if (currentStage(state) === undefined) return finished(world);
  if (asked === undefined) return notAsked(world, state);
  if (hasBegun(state, noReturn)) return onward(world, state);
  if (asked === 'backup') return backedUp(world, state) ?? { steps: [], outcome: settled };
  return asked === 'preflight' ? reported(world, state) : prepared(world, state);
}

/** All stages are done: the OpenStackDeployment is let go. */
function finished({ deployment }: MigrationWorld): Plan<MigrationStep> {
  return isHeld(deployment)
    ? { steps: [{ type: 'release', deployment }], outcome: progressing() }
    : { steps: [], outcome: settled };
}

/** Before the point of no return taking the annotation away aborts; after it, it only pauses. */
function notAsked(world: MigrationWorld, state: MigrationState): Plan<MigrationStep> {
  const { deployment } = world;
  if (hasBegun(state, noReturn)) {
    if (isAtWork(state)) return onward(world, state);
    return blocked(world, 'Paused', `the migration stands before ${currentStage(state) ?? ''}: ${goOn}`);
  }
  const steps: MigrationStep[] = [];
  if (isHeld(deployment)) steps.push({ type: 'release', deployment });
  if (world.state !== undefined) steps.push({ type: 'forget', namespace: namespaceOf(world) });
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
}

const goOn = `set the annotation ${askedAnnotation}=migrate to go on; it cannot be taken back but by restoring the database`;

function reported(world: MigrationWorld, state: MigrationState): Plan<MigrationStep> {
  if (world.findings === undefined) return unasked(world);
  const preflight = textOf(world.findings);
  if (world.state !== undefined && state.preflight === preflight) return { steps: [], outcome: settled };
  return write(world, { ...state, preflight }, 'what the checks found');
}

/** The first stage: nothing of the cloud is touched, and critical findings hold it. */
function prepared(world: MigrationWorld, state: MigrationState): Plan<MigrationStep> {
  if (world.findings === undefined) return unasked(world);
  const preflight = textOf(world.findings);
  if (world.state === undefined || state.preflight !== preflight)
    return write(world, { ...state, preflight }, 'what the checks found');
  const critical = world.findings.filter(
    ({ check, impact }) => impact === 'CRITICAL' && !world.accepted.includes(check),
  );
  if (critical.length > 0) return blocked(world, 'PreflightFailed', refusal(critical));
  if (!isHeld(world.deployment))
    return { steps: [{ type: 'hold', deployment: world.deployment }], outcome: progressing() };
  if (world.cloud.state !== 'APPLIED') return waitForCloud(world, 'the cloud must be APPLIED first');
  const backup = world.withoutBackup ? undefined : backedUp(world, state);
  if (backup !== undefined) return backup;
  if (state.stages['10_PREPARE'] === 'completed') return onward(world, state);
  const { bridgeMappings = '' } = world;
  return write(world, { ...entered(state, '10_PREPARE', 'completed'), bridgeMappings }, '10_PREPARE completed');
}

/** A backup of the last day, which is the only way back from the second stage on; undefined when there is one. */
function backedUp(world: MigrationWorld, state: MigrationState): Plan<MigrationStep> | undefined {
  const { standing, job } = world.backup;
  const { backup } = state;
  if (backup?.state === 'completed') {
    if (world.now - Date.parse(backup.at) < backupGoodMs) return undefined;
    if (standing === 'absent') return write(world, { ...state, backup: undefined }, 'that the backup is too old');
    return { steps: [{ type: 'dropBackup', namespace: namespaceOf(world) }], outcome: progressing() };
  }
  const on: Reference = { kind: JobKind.kind, namespace: namespaceOf(world), name: backupJobName };
  if (standing === 'absent') {
    if (job !== undefined) return { steps: [{ type: 'backUp', job }], outcome: progressing() };
    const message = `backups of the database are off: switch spec.features.database.backup on, or say by ${withoutBackupAnnotation}=true that there is another way back`;
    return blocked(world, 'NoBackup', message);
  }
  const wanted: StageState = standing === 'running' ? 'started' : standing;
  if (backup?.state !== wanted)
    return write(
      world,
      { ...state, backup: { state: wanted, at: timeText(world.now) } },
      `backup of the database ${wanted}`,
    );
  if (standing === 'running')
    return { steps: [], outcome: waitingOn(on, 'BackingUp', 'the database is being backed up', recheckSeconds) };
  const message = `the Job ${backupJobName} has failed: see its logs; delete it and it is tried again`;
  return { steps: [], outcome: blockedBy(on, 'BackupFailed', message) };
}

/** From stage to stage. */
function onward(world: MigrationWorld, state: MigrationState): Plan<MigrationStep> {
  const stage = currentStage(state);
  if (stage === undefined) return finished(world);
  if (state.stages[stage] === undefined) return begun(world, state, stage);
  const toRemove = removable(world, stage);
  if (toRemove.length > 0)
    return { steps: [{ type: 'remove', leftovers: toRemove, now: world.now }], outcome: progressing() };
  const hindrance = hindranceOf(world, stage);
  if (hindrance === undefined) {
    if (stage === '60_CLEANUP' && world.deployment.spec.features?.neutron?.backend !== 'ml2/ovn')
      return { steps: [{ type: 'setBackend', ...keyOf(world) }], outcome: progressing() };
    return write(world, entered(state, stage, 'completed'), `${stage} completed`);
  }
  const isOverdue = state.progress !== undefined && world.now > Date.parse(state.progress.deadline);
  const wanted: StageState = isOverdue ? 'failed' : 'started';
  const told = { ...entered(state, stage, wanted), progress: progressOf(world, state, stage, hindrance) };
  if (state.stages[stage] !== wanted || state.progress?.message !== hindrance.message)
    return write(world, told, `${stage} ${wanted}`);
  const due =
    state.progress === undefined ? '' : ` (${isOverdue ? 'overdue since' : 'until'} ${state.progress.deadline})`;
  const standing = `${stage}${due}: ${hindrance.message}`;
  return {
    steps: [],
    outcome: waitingOn(hindrance.on, isOverdue ? 'StageOverdue' : 'StageRunning', standing, recheckSeconds),
  };
}

function begun(world: MigrationWorld, state: MigrationState, stage: StageName): Plan<MigrationStep> {
  const before = stages[stages.indexOf(stage) - 1];
  if (world.until !== undefined && before === world.until)
    return blocked(world, 'Paused', `the migration stops after ${before}, as ${untilAnnotation} says: ${goOn}`);
  const started = entered(state, stage, 'started');
  const hindrance = { on: cloudReference(world), message: stageFacts[stage].does };
  return write(world, { ...started, progress: progressOf(world, undefined, stage, hindrance) }, `${stage} started`);
}

interface Hindrance {
  readonly on: Reference;
  readonly message: string;
}

/** What a stage still lacks. The checks come in order; the first that does not hold is told. */
function hindranceOf(world: MigrationWorld, stage: StageName): Hindrance | undefined {
  const on = cloudReference(world);
  if (world.rendered !== stage) return { on, message: world.cloud.message ?? 'waits for openstack-svc to take it up' };
  if (world.cloud.state !== 'APPLIED')
    return { on, message: world.cloud.message ?? 'waits for the cloud to be APPLIED' };
  if (stage === '20_DEPLOY_OVN_DB') return undefined;
  const system: Reference = { kind: 'Neutron', name: 'neutron-server' };
  if (stage === '60_CLEANUP') return stillThere(world, system);
  if (world.silent === undefined)
    return { on: system, message: `the network API does not answer: ${world.trouble ?? 'not asked yet'}` };
  if (stage === '30_DEPLOY_OVN_CONTROLLERS' || world.silent.length === 0) return undefined;
  return { on: system, message: `the OVN controllers of ${world.silent.slice(0, 3).join(', ')} do not report` };
}

/** Agents that report would come back as soon as they are removed. */
function stillThere({ leftovers, trouble }: MigrationWorld, on: Reference): Hindrance | undefined {
  if (leftovers === undefined) return { on, message: `the network API does not answer: ${trouble ?? 'not asked yet'}` };
  const alive = leftovers.find(({ isAlive }) => isAlive);
  if (alive !== undefined) return { on, message: `${alive.what} still reports: its pod must end first` };
  const refused = leftovers.find(({ refusal }) => refusal !== undefined);
  return refused && { on, message: `${refused.what} cannot be removed: ${refused.refusal ?? ''}` };
}

/** Once the cloud is what the last stage makes of it. What was refused is tried again after a while. */
function removable(world: MigrationWorld, stage: StageName): readonly Leftover[] {
  if (stage !== '60_CLEANUP' || world.rendered !== stage || world.cloud.state !== 'APPLIED') return [];
  const { leftovers = [] } = world;
  return leftovers.filter(({ isAlive, refusal }) => !isAlive && refusal === undefined).slice(0, mostRemoved);
}

function entered(state: MigrationState, stage: StageName, as: StageState): MigrationState {
  const next = { ...state, stages: { ...state.stages, [stage]: as } };
  return as === 'completed' ? { ...next, progress: undefined } : next;
}

function progressOf(
  { now }: MigrationWorld,
  state: MigrationState | undefined,
  stage: StageName,
  { on, message }: Hindrance,
): StageProgress {
  const before = state?.progress?.stage === stage ? state.progress : undefined;
  return {
    stage,
    since: before?.since ?? timeText(now),
    deadline: before?.deadline ?? timeText(now + stageFacts[stage].deadlineSeconds * 1000),
    waitingOn: on,
    message,
    abort: 'cannot be taken back but by restoring the database; removing the annotation pauses before the next stage',
  };
}

function isAtWork(state: MigrationState): boolean {
  const stage = currentStage(state);
  return stage !== undefined && state.stages[stage] !== undefined;
}

function isHeld({ metadata }: OpenStackDeployment): boolean {
  return metadata.finalizers?.includes(migrationFinalizer) === true;
}

function textOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing stands against the migration';
  return findings.map(({ check, impact, message }) => `${impact} ${check}: ${message}`).join('\n');
}

function refusal(critical: readonly Finding[]): string {
  const [first] = critical;
  const more = critical.length > 1 ? ` (and ${critical.length - 1} more, in the ConfigMap)` : '';
  const way = `cure it, or name the check in the annotation ${acceptedAnnotation}`;
  return `${first?.check ?? ''}: ${first?.message ?? ''}${more}; ${way}`;
}

function unasked(world: MigrationWorld): Plan<MigrationStep> {
  const on: Reference = { kind: 'Neutron', name: 'neutron-server' };
  const why = `the network API cannot be asked: ${world.trouble ?? 'not known'}`;
  return { steps: [], outcome: waitingOn(on, 'NetworkApiAway', why, recheckSeconds) };
}

function waitForCloud(world: MigrationWorld, message: string): Plan<MigrationStep> {
  return { steps: [], outcome: waitingOn(cloudReference(world), 'CloudNotApplied', message, recheckSeconds) };
}

function blocked(world: MigrationWorld, reason: string, message: string): Plan<MigrationStep> {
  const on: Reference = { kind: world.deployment.kind, ...keyOf(world) };
  return { steps: [], outcome: blockedBy(on, reason, message) };
}

function write(world: MigrationWorld, state: MigrationState, what: string): Plan<MigrationStep> {
  return { steps: [{ type: 'write', namespace: namespaceOf(world), state, what }], outcome: progressing(what) };
}

const namespaceOf = ({ deployment }: MigrationWorld): string => deployment.metadata.namespace ?? '';
const keyOf = (world: MigrationWorld): { namespace: string; name: string } => ({
  namespace: namespaceOf(world),
  name: world.deployment.metadata.name,
});
const cloudReference = (world: MigrationWorld): Reference => ({
  kind: OpenStackDeploymentStatusKind.kind,
  ...keyOf(world),
});
