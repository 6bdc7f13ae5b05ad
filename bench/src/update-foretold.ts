import {
  type DurationRecord,
  forecast,
  learnPace,
  learnWholeSteps,
  type PacePoint,
  type ScheduledMachine,
  underWay,
  type WholeStep,
} from '@keelson/scheduler';
import { seededRandom } from '@keelson/std';
import type { Cloud, WholeStepName } from './update-cloud.js';
import type { Played } from './update-run.js';

/** A forecast of the rest of a plan against what came. */
export interface Foretold {
  readonly errorOfTotal: number;
  readonly errorOfRest: number;
  readonly bias: number;
  readonly inside: boolean;
}

export interface ForetoldInput {
  readonly cloud: Cloud;
  readonly machines: readonly ScheduledMachine[];
  /** Of the machines in the updates before. */
  readonly records: readonly DurationRecord[];
  readonly run: Played;
  /** Number of the update that is measured: so many came before. */
  readonly update: number;
  readonly seed: string;
}

/** Forecasts of the whole plan, steps without machines and all: after a fifth of its time, and of its machines. */
export function foretold(input: ForetoldInput): { readonly afterFifth: Foretold; readonly afterMachines: Foretold } {
  const { cloud, machines, run, update } = input;
  const steps = cloud.stepSeconds(update);
  const total = [...steps.values()].reduce((sum, seconds) => sum + seconds, run.seconds);
  const fifth = Math.ceil(machines.length / 5);
  const done = run.events.filter(({ state }) => state === 'done')[fifth - 1]?.at ?? 0;
  return {
    afterFifth: toldAt(input, total / 5, total),
    afterMachines: toldAt(input, secondsBefore(steps) + done, total),
  };
}

/** Until the first machine has its turn. */
function secondsBefore(steps: ReadonlyMap<WholeStepName, number>): number {
  return (steps.get('openstack') ?? 0) + (steps.get('ceph') ?? 0);
}

function toldAt(input: ForetoldInput, now: number, total: number): Foretold {
  const { cloud, machines, records, run, update, seed } = input;
  const at = now - secondsBefore(cloud.stepSeconds(update));
  const states = new Map<string, { state: ScheduledMachine['state']; at: number }>();
  for (const event of run.events) if (event.at <= at) states.set(event.machine, { state: event.state, at: event.at });
  const ended = new Set(
    run.events
      .filter((event) => event.at <= at && event.state !== 'running')
      .map((event) => `${event.machine}/${event.state}`),
  );
  const told = forecast({
    machines: machines.map((machine) => ({ ...machine, state: states.get(machine.name)?.state ?? 'waiting' })),
    budgets: cloud.budgets,
    steps: stepsLeft(input, now),
    records,
    sofar: run.records.filter(({ machine, failed }) => ended.has(`${machine}/${failed ? 'waiting' : 'done'}`)),
    elapsedSeconds: new Map([...states].map(([name, begun]) => [name, at - begun.at])),
    random: seededRandom(`${seed}/forecast`),
  });
  const rest = total - now;
  const error = Math.abs(told.median - rest);
  return {
    errorOfTotal: error / total,
    errorOfRest: error / rest,
    bias: told.median / rest - 1,
    inside: told.earliest <= rest && rest <= told.latest,
  };
}

/** Steps without machines that are not over, as far as they are. */
function stepsLeft({ cloud, run, update }: ForetoldInput, now: number): readonly WholeStep[] {
  const before = Array.from({ length: update }, (_, i) => cloud.stepSeconds(i));
  const expect = learnWholeSteps(
    new Map([...cloud.stepFormulas.keys()].map((step) => [step, before.map((one) => one.get(step) ?? 0)])),
  );
  const steps = cloud.stepSeconds(update);
  let begins = 0;
  return [...steps].flatMap(([step, seconds]) => {
    if (step === 'mcc-components') begins += run.seconds;
    const elapsedSeconds = Math.max(0, now - begins);
    begins += seconds;
    if (begins <= now) return [];
    const expected = { ...expect(step, cloud.stepFormulas.get(step) ?? 0), elapsedSeconds };
    if (step !== 'openstack') return [expected];
    const reached = pointsOf(cloud.podTimes(update)).findLast(({ time }) => time * seconds <= elapsedSeconds);
    if (reached === undefined) return [expected];
    return [underWay(expected, paceOf(cloud, update), { work: reached.work, seconds: reached.time * seconds })];
  });
}

/** The updates before, noted at every twentieth of the work as the product does. */
function paceOf(cloud: Cloud, update: number): ReturnType<typeof learnPace> {
  return learnPace(Array.from({ length: update }, (_, i) => pointsOf(cloud.podTimes(i))));
}

function pointsOf(podTimes: readonly number[]): readonly PacePoint[] {
  return Array.from({ length: 19 }, (_, i) => {
    const pods = Math.ceil(((i + 1) / 20) * podTimes.length);
    return { work: pods / podTimes.length, time: podTimes[pods - 1] ?? 1 };
  });
}
