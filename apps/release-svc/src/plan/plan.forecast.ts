import type { ClusterUpdatePlan, EstimatedFinish, Machine, UpdateGroup, UpdateStep } from '@keelson/api';
import type { UpdateAnswer, UpdatedMachine } from '@keelson/contracts';
import {
  type Budgets,
  controlPlaneMachineSeconds,
  type DurationRecord,
  type Expectations,
  type ExpectedStep,
  forecast,
  learnExpectations,
  learnPace,
  learnWholeSteps,
  nodeBudgets,
  nodeTraits,
  type Reached,
  type ScheduledMachine,
  underWay,
  type WholeStep,
  workerSeconds,
} from '@keelson/scheduler';
import { seededRandom } from '@keelson/std';
import { secondsBetween, secondsIn } from '../duration.js';
import { groupOf, groupOfStep, hasNodeLabel, isControlPlane } from '../names.js';
import type { PaceOfStep } from '../past/paces.js';

/** A forecast is told in whole steps of this, so that a status does not change with every look. Milliseconds. */
const grain = 5 * 60_000;

export interface ForecastInput {
  readonly now: number;
  readonly plan: ClusterUpdatePlan;
  /** Of the cluster. */
  readonly machines: readonly Machine[];
  readonly groups: readonly UpdateGroup[];
  /** What owners say of steps that have begun, by id. */
  readonly answers: ReadonlyMap<string, UpdateAnswer>;
  /** Seconds that each step of the cluster took before, by id. */
  readonly pastSteps: ReadonlyMap<string, readonly number[]>;
  /** How its steps without machines got on, by id; of steps whose owner counts what is done. */
  readonly paces: ReadonlyMap<string, PaceOfStep>;
  /** What machines of the cluster took, in this update as well. */
  readonly records: readonly DurationRecord[];
}

/** When each running step will be over, by id, and when all are. */
export interface Finishes {
  readonly steps: ReadonlyMap<string, EstimatedFinish>;
  readonly whole: EstimatedFinish | undefined;
}

/** What a machine of the step is like, for records and forecasts. */
export function traitsOf(machine: Machine): { name: string; machineClass: string; formulaSeconds: number } {
  const { name } = machine.metadata;
  if (isControlPlane(machine))
    return { name, machineClass: 'control-plane', formulaSeconds: controlPlaneMachineSeconds };
  const isCompute = hasNodeLabel(machine, 'openstack-compute-node');
  return { name, machineClass: isCompute ? 'compute' : 'worker', formulaSeconds: workerSeconds(isCompute, true) };
}

/** Forecasts by what steps and machines took before and what this update has shown. */
export function finishesOf(input: ForecastInput): Finishes {
  const { plan, answers } = input;
  const course = new CourseOfPlan(input);
  const steps = new Map<string, EstimatedFinish>();
  for (const [id, { status, hold }] of answers)
    if (status === 'InProgress' && hold === undefined)
      steps.set(id, course.finishOf(plan.spec.steps.filter((step) => step.id === id)));
  return { steps, whole: course.finishOf(plan.spec.steps.filter(({ id }) => !course.isOver(id))) };
}

const isOfMachines = (step: string): boolean => step === 'k8s-controllers' || groupOfStep(step) !== undefined;

/** The rest of an update, of which any steps can be foretold together. */
class CourseOfPlan {
  readonly #input: ForecastInput;
  readonly #before: readonly DurationRecord[];
  readonly #now: readonly DurationRecord[];
  readonly #learned: Expectations;
  readonly #expectStep: (step: string, formulaSeconds: number) => ExpectedStep;
  readonly #machines: ReadonlyMap<string, Machine>;

  constructor(input: ForecastInput) {
    const { uid } = input.plan.metadata;
    this.#input = input;
    this.#before = input.records.filter(({ update }) => update !== uid);
    this.#now = input.records.filter(({ update }) => update === uid);
    this.#learned = learnExpectations(this.#before);
    this.#expectStep = learnWholeSteps(input.pastSteps);
    this.#machines = new Map(input.machines.map((machine) => [machine.metadata.name, machine]));
  }

  isOver(step: string): boolean {
    const { plan, answers } = this.#input;
    const told = plan.status?.steps?.find(({ id }) => id === step)?.status;
    return told === 'Completed' || answers.get(step)?.status === 'Completed';
  }

  /** When all of these are over. */
  finishOf(steps: readonly UpdateStep[]): EstimatedFinish {
    const { now } = this.#input;
    const told = steps
      .filter(({ id }) => this.#goesByMachines(id))
      .map(({ id }) => ({ id, machines: this.#toldOf(id) }));
    const machines = told.flatMap(({ id, machines: of }) => of.map((machine) => this.#scheduled(machine, id)));
    const all = told.flatMap(({ machines: of }) => of);
    const { earliest, median, latest } = forecast({
      machines,
      budgets: this.#budgetsOf(steps, machines),
      steps: steps.filter(({ id }) => !this.#goesByMachines(id)).map((step) => this.#wholeStep(step)),
      records: this.#before,
      sofar: this.#sofar(all),
      elapsedSeconds: new Map(
        all.flatMap(({ name, startedAt }) => (startedAt === undefined ? [] : [[name, this.#secondsSince(startedAt)]])),
      ),
      // Of the steps and how far they are: the same look gives the same answer.
      random: seededRandom(`${steps.map(({ id }) => id).join()}/${all.filter(({ state }) => state === 'done').length}`),
      draws: 60,
    });
    const time = (seconds: number): string => new Date(Math.ceil((now + seconds * 1000) / grain) * grain).toISOString();
    return { at: time(median), earliest: time(earliest), latest: time(latest) };
  }

  /** One that is under way and whose owner tells no machines is foretold as a whole. */
  #goesByMachines(step: string): boolean {
    const answer = this.#input.answers.get(step);
    return isOfMachines(step) && !(answer?.status === 'InProgress' && answer.machines === undefined);
  }

  #secondsSince(time: string): number {
    return Math.max(0, secondsBetween(time, new Date(this.#input.now).toISOString()));
  }

  /** Machines of a step as its owner tells them; before it is asked, all of them wait. */
  #toldOf(step: string): readonly UpdatedMachine[] {
    const { answers, machines, plan } = this.#input;
    const told = answers.get(step)?.machines;
    if (told !== undefined) return told;
    const group = groupOfStep(step);
    return machines
      .filter((machine) =>
        isControlPlane(machine) ? group === undefined : groupOf(machine, plan.spec.cluster) === group,
      )
      .map(({ metadata: { name } }) => ({ name, state: 'waiting' }));
  }

  #scheduled({ name, state }: UpdatedMachine, step: string): ScheduledMachine {
    const found = this.#machines.get(name);
    const labels = (found?.spec.providerSpec.value?.nodeLabels ?? []).map(({ key, value }) => [key, value ?? '']);
    return {
      name,
      group: step,
      state,
      expectedSeconds: this.#expectedSeconds(name),
      ...nodeTraits(name, Object.fromEntries(labels)),
    };
  }

  #expectedSeconds(name: string): number {
    const found = this.#machines.get(name);
    const traits = found === undefined ? undefined : traitsOf(found);
    return this.#learned.secondsOf(
      name,
      traits?.machineClass ?? 'worker',
      traits?.formulaSeconds ?? workerSeconds(false, true),
    );
  }

  /** Steps in their order, those of groups with the same index side by side. */
  #budgetsOf(steps: readonly UpdateStep[], machines: readonly ScheduledMachine[]): Budgets {
    const groups = steps.map(({ id }, at) => {
      const spec = this.#input.groups.find(({ metadata }) => metadata.name === groupOfStep(id))?.spec;
      const beside = steps.findIndex((other) => {
        const group = this.#input.groups.find(({ metadata }) => metadata.name === groupOfStep(other.id));
        return spec !== undefined && group?.spec.index === spec.index;
      });
      return { name: id, index: beside < 0 ? at : beside, concurrent: spec?.concurrentUpdates ?? 1 };
    });
    return { groups, ...nodeBudgets(machines) };
  }

  #wholeStep({ id, duration }: UpdateStep): WholeStep {
    const startedAt = this.#input.plan.status?.steps?.find((told) => told.id === id)?.startedAt;
    const expected = this.#expectStep(id, secondsIn(duration?.estimated ?? duration?.eta ?? ''));
    if (startedAt === undefined) return { ...expected, elapsedSeconds: 0 };
    const step = { ...expected, elapsedSeconds: this.#secondsSince(startedAt) };
    const reached = this.#reached(id, startedAt, step.elapsedSeconds);
    return reached === undefined ? step : underWay(step, learnPace(this.#input.paces.get(id)?.past ?? []), reached);
  }

  /** How far a step is and when it got there. What is told now is newer than what is recorded. */
  #reached(step: string, startedAt: string, elapsedSeconds: number): Reached | undefined {
    const { counted, stoodStill } = this.#input.paces.get(step) ?? {};
    if (stoodStill === true) return undefined;
    const work = (this.#input.answers.get(step)?.percent ?? 0) / 100;
    if (work > (counted?.work ?? 0)) return { work, seconds: elapsedSeconds };
    return counted && { work: counted.work, seconds: secondsBetween(startedAt, counted.at) };
  }

  /** What has ended in this update, in steps that are over too. What an owner tells is newer than what is recorded. */
  #sofar(told: readonly UpdatedMachine[]): readonly DurationRecord[] {
    const ended = told.flatMap((machine) => this.#ended(machine));
    const names = new Set(ended.map(({ machine }) => machine));
    const recorded = this.#now
      .filter(({ machine }) => !names.has(machine))
      .map((record) => ({ ...record, expectedSeconds: this.#expectedSeconds(record.machine) }));
    return [...recorded, ...ended];
  }

  #ended({ name, state, startedAt, finishedAt, machineClass = '' }: UpdatedMachine): readonly DurationRecord[] {
    if (startedAt === undefined || finishedAt === undefined) return [];
    const seconds = secondsBetween(startedAt, finishedAt);
    const expectedSeconds = this.#expectedSeconds(name);
    return [{ update: 'this', machine: name, machineClass, seconds, expectedSeconds, failed: state === 'failed' }];
  }
}
