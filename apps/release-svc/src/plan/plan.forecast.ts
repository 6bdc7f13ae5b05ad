import type { Machine, UpdateStepStatus } from '@keelson/api';
import type { UpdateAnswer, UpdatedMachine } from '@keelson/contracts';
import {
  type DurationRecord,
  forecast,
  learnExpectations,
  nodeBudgets,
  nodeTraits,
  type ScheduledMachine,
  workerSeconds,
  controlPlaneMachineSeconds,
} from '@keelson/scheduler';
import { seededRandom } from '@keelson/std';
import { secondsBetween } from '../duration.js';
import { hasNodeLabel, isControlPlane } from '../names.js';

type Estimate = NonNullable<UpdateStepStatus['estimatedFinish']>;

/** A forecast is told in whole steps of this, so that a status does not change with every look. Milliseconds. */
const grain = 5 * 60_000;

export interface ForecastInput {
  readonly now: number;
  readonly step: string;
  readonly answer: UpdateAnswer;
  readonly machines: readonly Machine[];
  readonly concurrent: number;
  readonly records: readonly DurationRecord[];
}

/** What a machine of the step is like, for records and forecasts. */
export function traitsOf(machine: Machine): { name: string; machineClass: string; formulaSeconds: number } {
  const { name } = machine.metadata;
  if (isControlPlane(machine))
    return { name, machineClass: 'control-plane', formulaSeconds: controlPlaneMachineSeconds };
  const isCompute = hasNodeLabel(machine, 'openstack-compute-node');
  return { name, machineClass: isCompute ? 'compute' : 'worker', formulaSeconds: workerSeconds(isCompute, true) };
}

/** When a step that goes by machines will be over; undefined when its owner tells nothing of machines. */
export function estimateOf(input: ForecastInput): Estimate | undefined {
  const { now, step, answer, concurrent, records } = input;
  if (answer.machines === undefined || answer.machines.length === 0) return undefined;
  const learned = learnExpectations(records);
  const machines = answer.machines.map((told) => scheduled(told, input, learned.secondsOf.bind(learned)));
  const at = new Date(now).toISOString();
  const told = forecast({
    machines,
    budgets: { groups: [{ name: step, index: 1, concurrent }], ...nodeBudgets(machines) },
    records,
    sofar: answer.machines.flatMap((told) => ended(told, machines)),
    elapsedSeconds: new Map(
      answer.machines.flatMap(({ name, startedAt }) =>
        startedAt === undefined ? [] : [[name, secondsBetween(startedAt, at)]],
      ),
    ),
    // Of the step and how far it is: the same look gives the same answer.
    random: seededRandom(`${step}/${answer.machines.filter(({ state }) => state === 'done').length}`),
    draws: 60,
  });
  const time = (seconds: number): string => new Date(Math.ceil((now + seconds * 1000) / grain) * grain).toISOString();
  return { at: time(told.median), earliest: time(told.earliest), latest: time(told.latest) };
}

function scheduled(
  told: UpdatedMachine,
  { step, machines }: ForecastInput,
  secondsOf: (name: string, machineClass: string, formula: number) => number,
): ScheduledMachine {
  const found = machines.find(({ metadata }) => metadata.name === told.name);
  const traits = found === undefined ? undefined : traitsOf(found);
  const labels = (found?.spec.providerSpec.value?.nodeLabels ?? []).map(({ key, value }) => [key, value ?? '']);
  return {
    name: told.name,
    group: step,
    state: told.state,
    expectedSeconds: secondsOf(
      told.name,
      traits?.machineClass ?? 'worker',
      traits?.formulaSeconds ?? workerSeconds(false, true),
    ),
    ...nodeTraits(told.name, Object.fromEntries(labels)),
  };
}

function ended(told: UpdatedMachine, machines: readonly ScheduledMachine[]): readonly DurationRecord[] {
  if (told.startedAt === undefined || told.finishedAt === undefined) return [];
  return [
    {
      update: 'this',
      machine: told.name,
      machineClass: told.machineClass ?? '',
      seconds: secondsBetween(told.startedAt, told.finishedAt),
      expectedSeconds: machines.find(({ name }) => name === told.name)?.expectedSeconds ?? 1,
      failed: told.state === 'failed',
    },
  ];
}
