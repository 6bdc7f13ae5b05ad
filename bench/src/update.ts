import { parseArgs } from 'node:util';
import { type DurationRecord, forecast, formulaSeconds, quantile, type ScheduledMachine } from '@keelson/scheduler';
import { seededRandom, systemClock } from '@keelson/std';
import { report, say } from './report.js';
import { aCloud, type Cloud, expecting } from './update-cloud.js';
import { averaging, boundOf, inBatches, knowing, oneByOne, type Played, played } from './update-run.js';

/**
 * Updates of made-up clouds under virtual time: how near the scheduler comes to what no schedule can beat, and how good
 * forecasts are after a fifth of an update. Scheduler, oracle and estimator are the product's own.
 */
const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '500' },
    plans: { type: 'string' },
    seed: { type: 'string', default: '7' },
  },
});
const servers = Number(values.servers);
const plans = Number(values.plans ?? 200);
/** Updates a cloud has seen before the one that is measured: the first by the formula, the others by what was learned. */
const past = 3;

interface Trial {
  readonly bound: number;
  readonly learned: number;
  readonly blind: number;
  readonly known: number;
  readonly averages: number;
  /** Over its own bound, where stragglers are the same machines in every update. */
  readonly sameStragglers: number;
  readonly batches: number;
  readonly sequential: number;
  readonly violations: number;
  readonly errorOfTotal: number;
  readonly errorOfRest: number;
  readonly bias: number;
  readonly inside: boolean;
}

function trial(seed: string): Trial {
  const cloud = aCloud(servers, seed);
  const records = recordsOf(cloud);
  const machines = expecting(cloud, records);
  const run = played(cloud, machines, past, true);
  const blind = played(cloud, expecting(cloud, []), past, true);
  return {
    bound: boundOf(cloud, past),
    learned: run.seconds,
    blind: blind.seconds,
    batches: inBatches(cloud, machines, past),
    sequential: oneByOne(cloud, past),
    known: played(cloud, knowing(cloud, past), past).seconds,
    averages: played(cloud, averaging(cloud), past).seconds,
    sameStragglers: overBoundOf(aCloud(servers, seed, 'the same')),
    violations: run.violations + blind.violations,
    ...foretold(cloud, machines, records, run, seed),
  };
}

/** Of the updates before the one that is measured. */
function recordsOf(cloud: Cloud): readonly DurationRecord[] {
  const records: DurationRecord[] = [];
  for (let update = 0; update < past; update += 1)
    records.push(...played(cloud, expecting(cloud, records), update).records);
  return records;
}

function overBoundOf(cloud: Cloud): number {
  return played(cloud, expecting(cloud, recordsOf(cloud)), past).seconds / boundOf(cloud, past);
}

/** The forecast when a fifth of the machines are done, against what came. */
function foretold(
  { budgets }: Cloud,
  machines: readonly ScheduledMachine[],
  records: readonly DurationRecord[],
  run: Played,
  seed: string,
): Pick<Trial, 'errorOfTotal' | 'errorOfRest' | 'bias' | 'inside'> {
  const fifth = Math.ceil(machines.length / 5);
  const now = run.events.filter(({ state }) => state === 'done')[fifth - 1]?.at ?? 0;
  const states = new Map<string, { state: ScheduledMachine['state']; at: number }>();
  for (const { at, machine, state } of run.events) if (at <= now) states.set(machine, { state, at });
  const ended = new Set(
    run.events
      .filter(({ at, state }) => at <= now && state !== 'running')
      .map((event) => `${event.machine}/${event.state}`),
  );
  const sofar = run.records.filter(({ machine, failed }) => ended.has(`${machine}/${failed ? 'waiting' : 'done'}`));
  const told = forecast({
    machines: machines.map((machine) => ({ ...machine, state: states.get(machine.name)?.state ?? 'waiting' })),
    budgets,
    records,
    sofar,
    elapsedSeconds: new Map([...states].map(([name, { at }]) => [name, now - at])),
    random: seededRandom(`${seed}/forecast`),
  });
  const rest = run.seconds - now;
  const error = Math.abs(told.median - rest);
  return {
    errorOfTotal: error / run.seconds,
    errorOfRest: error / rest,
    bias: told.median / rest - 1,
    inside: told.earliest <= rest && rest <= told.latest,
  };
}

await report('update', async () => {
  const begun = systemClock.now();
  const trials = Array.from({ length: plans }, (_, i) => {
    if (i % 20 === 0) say(`plan ${i} of ${plans}, ${servers} computes`);
    return trial(`${values.seed}/${i}`);
  });
  const ratio = (of: (one: Trial) => number): number =>
    rounded(trials.reduce((sum, one) => sum + of(one) / one.bound, 0) / plans);
  const cloud = aCloud(servers, 'size');
  const { computes, gateways, storage, controlPlane } = cloud.size;
  const formula = formulaSeconds({
    computes,
    gateways,
    controlPlane,
    workers: computes + gateways + storage,
    instancesPerCompute: 25,
    hasCeph: true,
    reboots: true,
  });
  const hours = (seconds: number): number => rounded(seconds / 3600);
  const median = (of: (one: Trial) => number): number => quantile(trials.map(of), 0.5);
  return {
    servers,
    machines: cloud.machines.length,
    width: cloud.budgets.groups.find(({ name }) => name === 'workers')?.concurrent,
    plans,
    makespanOverBound: ratio(({ learned }) => learned),
    makespanOverBoundWorst: rounded(Math.max(...trials.map(({ learned, bound }) => learned / bound))),
    violations: trials.reduce((sum, { violations }) => sum + violations, 0),
    etaErrorMedian: rounded(median(({ errorOfRest }) => errorOfRest)),
    etaErrorOfTotalMedian: rounded(median(({ errorOfTotal }) => errorOfTotal)),
    etaBiasMedian: rounded(median(({ bias }) => bias)),
    intervalCoverage: rounded(trials.filter(({ inside }) => inside).length / plans),
    overBound: {
      firstUpdate: ratio(({ blind }) => blind),
      averagesKnown: ratio(({ averages }) => averages),
      sameStragglers: rounded(trials.reduce((sum, { sameStragglers }) => sum + sameStragglers, 0) / plans),
      durationsKnown: ratio(({ known }) => known),
      batchesWithBarrier: ratio(({ batches }) => batches),
      sequential: ratio(({ sequential }) => sequential),
    },
    hours: {
      bound: hours(median(({ bound }) => bound)),
      makespan: hours(median(({ learned }) => learned)),
      batchesWithBarrier: hours(median(({ batches }) => batches)),
      sequential: hours(median(({ sequential }) => sequential)),
      documentedFormulaWholeUpdate: hours(formula),
    },
    wallSeconds: rounded((systemClock.now() - begun) / 1000),
  };
});

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
