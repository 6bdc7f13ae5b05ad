import type { Chart } from '../render/chart.js';
import type { SpecObject } from '../render/kubernetes.js';
import { cronJob, type JobPart } from '../render/workloads.js';

/** A CronJob that never runs by the clock: Jobs of an operation are made from it, with the image and files of the day. */
export function operationJob(chart: Chart, part: JobPart): SpecObject {
  return cronJob(chart, { ...part, schedule: '0 0 1 1 *', suspend: true });
}
