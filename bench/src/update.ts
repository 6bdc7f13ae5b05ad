import { parseArgs } from 'node:util';
import { type DurationRecord, formulaSeconds, quantile } from '@keelson/scheduler';
import { systemClock } from '@keelson/std';
import { report, say } from './report.js';
import { aCloud, type Cloud, expecting, instancesPerCompute } from './update-cloud.js';
import { type Foretold, foretold } from './update-foretold.js';
import { averaging, boundOf, inBatches, knowing, oneByOne, played } from './update-run.js';

/**
 * Updates of made-up clouds under virtual time: how near the scheduler comes to what no schedule can beat, and how good
 * forecasts of a whole plan are after a fifth of its time. Scheduler, oracle and estimator are the product's own.
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
  /** After a fifth of the time that the whole plan takes, and when a fifth of its machines are done. */
  readonly afterFifth: Foretold;
  readonly afterMachines: Foretold;
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
    ...foretold({ cloud, machines, records, run, update: past, seed }),
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
    instancesPerCompute,
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
    ...figuresOf(trials.map(({ afterFifth }) => afterFifth)),
    afterFifthOfMachines: figuresOf(trials.map(({ afterMachines }) => afterMachines)),
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

/** How good forecasts were, over all trials. */
function figuresOf(told: readonly Foretold[]) {
  const median = (of: (one: Foretold) => number): number => rounded(quantile(told.map(of), 0.5));
  return {
    etaErrorMedian: median(({ errorOfRest }) => errorOfRest),
    etaErrorOfTotalMedian: median(({ errorOfTotal }) => errorOfTotal),
    etaBiasMedian: median(({ bias }) => bias),
    intervalCoverage: rounded(told.filter(({ inside }) => inside).length / told.length),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
