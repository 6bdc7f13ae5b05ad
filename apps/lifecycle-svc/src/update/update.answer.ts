import type { HelmBundle, LCMCluster, LCMMachine, Machine } from '@keelson/api';
import type { UpdateAnswer, UpdatePhase, UpdateQuery, UpdatedMachine } from '@keelson/contracts';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { updateTurnsOf } from '../lcmcluster/lcmcluster.turn.js';
import { byAge, isDisabled, isLeaving, named, partOf } from '../membership.js';
import { controlStep, groupNameOf, workersStepOf } from './update.names.js';
import { ordersOf } from './update.orders.js';

/** What the answer about a step depends on. */
export interface UpdateState {
  readonly lcmCluster: LCMCluster | undefined;
  /** Version of the release that the query names; undefined when there is no such release. */
  readonly version: string | undefined;
  readonly members: readonly Member[];
  /** The charts of the cluster. */
  readonly bundle?: HelmBundle | undefined;
}

export interface Member {
  readonly machine: Machine;
  readonly lcmMachine: LCMMachine;
  /** Of its last update. */
  readonly phases?: readonly UpdatePhase[];
}

/** How a step of the Kubernetes layer stands, by the resources alone. */
export function updateAnswer(query: UpdateQuery, state: UpdateState): UpdateAnswer {
  const { lcmCluster } = state;
  if (lcmCluster === undefined)
    return { status: 'NotAsked', message: `cluster ${query.cluster} has no LCMCluster yet` };
  const machines = machinesOf(query, state);
  const left = machines.filter((machine) => machine.state !== 'done');
  if (left.length === 0 && isReached(query, state))
    return { status: 'Completed', message: completedText(query, machines.length), machines };
  const orders = ordersOf(lcmCluster);
  const hold = orders?.target === query.target ? orders.steps[query.step] : undefined;
  if (hold === undefined) return { status: 'NotAsked', message: 'nobody has asked for it yet', machines };
  return { ...moving(query, state, machines), ...(hold === '' ? {} : { hold }), machines };
}

/** Whether all that a step without machines of its own is about is on the target. */
function isReached({ step }: UpdateQuery, { lcmCluster, version, bundle }: UpdateState): boolean {
  const isOfMachines = step === controlStep || step.startsWith(workersStepOf(''));
  return (
    version !== undefined &&
    (isOfMachines
      ? lcmCluster?.spec.release === version
      : lcmCluster?.status?.release === version && chartUnderWay(bundle, version) === undefined)
  );
}

/** The first chart that is not of the release yet; one that only a person can help holds no update. */
function chartUnderWay(bundle: HelmBundle | undefined, version: string): string | undefined {
  if (bundle === undefined) return undefined;
  const { release, releaseStatuses = {} } = bundle.status ?? {};
  if (release !== version) return `the charts of ${version} are looked at`;
  const open = Object.entries(releaseStatuses).find(([, one]) => one.ready !== true && one.status !== 'blocked');
  return open === undefined ? undefined : `chart ${open[0]} is not ready: ${open[1].message ?? 'it is installed'}`;
}

function completedText({ step }: UpdateQuery, count: number): string {
  if (step === controlStep || step.startsWith(workersStepOf(''))) return `all ${count} machines are updated`;
  return 'all machines are updated, and so are the charts that can be installed';
}

function moving(
  query: UpdateQuery,
  { lcmCluster, version, bundle }: UpdateState,
  machines: readonly UpdatedMachine[],
): Pick<UpdateAnswer, 'status' | 'message' | 'waitingOn'> {
  const failed = machines.filter(({ state }) => state === 'failed');
  const progress = lcmCluster?.status?.progress;
  const on = progress?.waitingOn === undefined ? {} : { waitingOn: progress.waitingOn };
  if (failed[0] !== undefined)
    return {
      status: 'Failed',
      message: `${named(failed.map(({ name }) => name))} cannot be updated: ${failed[0].message ?? 'no reason given'}`,
      waitingOn: { kind: 'LCMMachine', namespace: query.namespace, name: failed[0].name },
    };
  const chart =
    version === undefined || lcmCluster?.status?.release !== version ? undefined : chartUnderWay(bundle, version);
  if (chart !== undefined)
    return {
      status: 'InProgress',
      message: chart,
      waitingOn: { kind: 'HelmBundle', namespace: query.namespace, name: query.cluster },
    };
  return { status: 'InProgress', message: progress?.message ?? 'the machines follow', ...on };
}

function machinesOf({ step, cluster }: UpdateQuery, { members, ...state }: UpdateState): UpdatedMachine[] {
  return members
    .filter(
      ({ machine, lcmMachine }) =>
        isReleased(lcmMachine) &&
        !isLeaving(machine) &&
        !isDisabled(machine) &&
        (partOf(machine) === 'control' ? controlStep : workersStepOf(groupNameOf(machine, cluster))) === step,
    )
    .sort((a, b) => byAge(a.machine, b.machine))
    .map((member) => machineAnswer(member, state));
}

function machineAnswer(
  { machine, lcmMachine: { spec, status }, phases = [] }: Member,
  { lcmCluster, version }: Omit<UpdateState, 'members'>,
): UpdatedMachine {
  const hasTurn = updateTurnsOf(lcmCluster).some(({ uid }) => uid === machine.metadata.uid);
  const { name } = machine.metadata;
  const message = status?.lcmOperationStuckMessage ?? status?.progress?.message;
  const said = message === undefined ? {} : { message };
  const went = phases.length === 0 ? {} : { phases: [...phases] };
  if (hasTurn) return { name, state: status?.lcmOperationStuck === true ? 'failed' : 'running', ...said, ...went };
  if (spec.release === version && status?.release === version) return { name, state: 'done', ...went };
  return { name, state: 'waiting' };
}
