import type { LCMCluster, LCMMachine, Machine } from '@keelson/api';
import type { UpdateAnswer, UpdatePhase, UpdateQuery, UpdatedMachine } from '@keelson/contracts';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { updateTurnsOf } from '../lcmcluster/lcmcluster.turn.js';
import { byAge, isDisabled, isLeaving, named, partOf } from '../membership.js';
import { type ChartsState, chartsPercent, chartUnderWay, chartsText } from './update.charts.js';
import { controlStep, groupNameOf, workersStepOf } from './update.names.js';
import { ordersOf } from './update.orders.js';

/** What the answer about a step depends on. */
export interface UpdateState extends ChartsState {
  readonly lcmCluster: LCMCluster | undefined;
  /** Version of the release that the query names; undefined when there is no such release. */
  readonly version: string | undefined;
  readonly members: readonly Member[];
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
    return { status: 'Completed', message: completedText(query, state, machines.length), machines };
  const orders = ordersOf(lcmCluster);
  const hold = orders?.target === query.target ? orders.steps[query.step] : undefined;
  if (hold === undefined) return { status: 'NotAsked', message: 'nobody has asked for it yet', machines };
  return { ...moving(query, state, machines), ...(hold === '' ? {} : { hold }), machines };
}

function isOfMachines({ step }: UpdateQuery): boolean {
  return step === controlStep || step.startsWith(workersStepOf(''));
}

/** Whether all that a step without machines of its own is about is on the target. */
function isReached(query: UpdateQuery, state: UpdateState): boolean {
  const { lcmCluster, version } = state;
  if (version === undefined) return false;
  if (isOfMachines(query)) return lcmCluster?.spec.release === version;
  return lcmCluster?.status?.release === version && chartUnderWay(state, version) === undefined;
}

function completedText(query: UpdateQuery, state: UpdateState, count: number): string {
  return isOfMachines(query) ? `all ${count} machines are updated` : chartsText(state);
}

function moving(
  query: UpdateQuery,
  state: UpdateState,
  machines: readonly UpdatedMachine[],
): Pick<UpdateAnswer, 'status' | 'message' | 'waitingOn' | 'percent'> {
  const { lcmCluster, version } = state;
  const failed = machines.filter((machine) => machine.state === 'failed');
  const progress = lcmCluster?.status?.progress;
  const on = progress?.waitingOn === undefined ? {} : { waitingOn: progress.waitingOn };
  if (failed[0] !== undefined)
    return {
      status: 'Failed',
      message: `${named(failed.map(({ name }) => name))} cannot be updated: ${failed[0].message ?? 'no reason given'}`,
      waitingOn: { kind: 'LCMMachine', namespace: query.namespace, name: failed[0].name },
    };
  const isForCharts = !isOfMachines(query) && version !== undefined && lcmCluster?.status?.release === version;
  const chart = isForCharts ? chartUnderWay(state, version) : undefined;
  const percent = isForCharts ? chartsPercent(state, version) : undefined;
  if (chart !== undefined)
    return {
      ...(percent === undefined ? {} : { percent }),
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
