import { type ObjectKey, keyText } from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import type { DurationRecord } from '@keelson/scheduler';
import type { Records } from '@keelson/store';
import { secondsBetween } from '../duration.js';
import { workersStepOf } from '../names.js';
import { type PaceOfStep, paceOf } from './paces.js';

/** Kinds of rows in the history that are no objects: a step of an update, and a machine in one. */
export const stepRows = 'UpdateStep';
export const machineRows = 'UpdateMachine';
/** A phase of a machine in an update: a row to its name when it begins, one from it when it ends. */
export const phaseRows = 'UpdatePhase';
/** How much of a step is done, percent: a row whenever that changes. */
export const paceRows = 'UpdatePace';

/** Rows of steps belong to a cluster, not to a plan: so what it took before is found after the plan is gone. */
export const stepRowName = (cluster: string, step: string): string => `${cluster}.${step}`;

const wholeSteps = ['openstack', 'ceph', 'mcc-components'];
const standingSteps = [...wholeSteps, 'k8s-controllers'];

/** What updates of the past took, from the records. Kept in memory until something is added. */
export class PastSteps {
  readonly #records: Records;
  readonly #recorded = new Set<string>();
  readonly #machines = new Map<string, readonly Transition[]>();
  readonly #known = new Map<string, ReadonlyMap<string, readonly number[]>>();
  /** Of the latest plan that was asked for, by cluster. */
  readonly #paces = new Map<string, { readonly uid: string; readonly paces: ReadonlyMap<string, PaceOfStep> }>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Ids of the rows added by this process. */
  get recorded(): ReadonlySet<string> {
    return this.#recorded;
  }

  /** Adds rows; rows that are there already are skipped. */
  async add(cluster: ObjectKey, rows: readonly Transition[]): Promise<void> {
    await this.#records.append(rows.map((transition) => ({ transition })));
    for (const { id, kind, namespace, name } of rows) {
      this.#recorded.add(id);
      if (kind === machineRows) this.#machines.delete(keyText({ namespace, name }));
    }
    if (!rows.some(({ kind }) => kind === stepRows || kind === paceRows)) return;
    this.#known.delete(keyText(cluster));
    this.#paces.delete(keyText(cluster));
  }

  /** Seconds that each step of a cluster took, by id of step. */
  async ofCluster(cluster: ObjectKey, groups: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const key = keyText(cluster);
    const steps = [...standingSteps, ...groups.map(workersStepOf)];
    const known = this.#known.get(key);
    if (known !== undefined && steps.every((step) => known.has(step))) return known;
    const times = new Map<string, readonly number[]>();
    for (const step of steps)
      times.set(
        step,
        durations(await this.rowsOfStep(cluster, step)).flatMap(({ seconds, failed }) => (failed ? [] : [seconds])),
      );
    this.#known.set(key, times);
    return times;
  }

  /** How the steps of a cluster that go by no machines got on, by id of step; `uid` is of the plan that is under way. */
  async pacesOf(cluster: ObjectKey, uid: string): Promise<ReadonlyMap<string, PaceOfStep>> {
    const known = this.#paces.get(keyText(cluster));
    if (known?.uid === uid) return known.paces;
    const { namespace, name } = cluster;
    const paces = new Map<string, PaceOfStep>();
    for (const step of wholeSteps) {
      const counted = await this.#records.history({ kind: paceRows, namespace, name: stepRowName(name, step) });
      paces.set(step, paceOf(await this.rowsOfStep(cluster, step), counted, uid));
    }
    this.#paces.set(keyText(cluster), { uid, paces });
    return paces;
  }

  rowsOfStep({ namespace, name }: ObjectKey, step: string): Promise<Transition[]> {
    return this.#records.history({ kind: stepRows, namespace, name: stepRowName(name, step) });
  }

  async rowsOfMachine(namespace: string | undefined, machine: string): Promise<readonly Transition[]> {
    const key = keyText({ namespace, name: machine });
    const rows =
      this.#machines.get(key) ?? (await this.#records.history({ kind: machineRows, namespace, name: machine }));
    this.#machines.set(key, rows);
    return rows;
  }

  rowsOfPhases(namespace: string | undefined, machine: string): Promise<readonly Transition[]> {
    return this.#records.history({ kind: phaseRows, namespace, name: machine });
  }

  /** What machines took, for forecasts. `classOf` as the scheduler means it. */
  async ofMachines(
    namespace: string | undefined,
    machines: readonly { readonly name: string; readonly machineClass: string; readonly formulaSeconds: number }[],
  ): Promise<readonly DurationRecord[]> {
    const all: DurationRecord[] = [];
    for (const { name, machineClass, formulaSeconds } of machines) {
      const rows = await this.rowsOfMachine(namespace, name);
      for (const { update, seconds, failed } of durations(rows))
        all.push({ update, machine: name, machineClass, seconds, expectedSeconds: formulaSeconds, failed });
    }
    return all;
  }
}

/**
 * Attempts from InProgress to their ends. One that succeeds after others have failed goes on from where these came to: it took
 * what was worked in all of them, without the time until somebody cured it.
 */
export function durations(
  rows: readonly Transition[],
): readonly { readonly update: string; readonly seconds: number; readonly failed: boolean }[] {
  const begun = new Map<string, string>();
  const worked = new Map<string, number>();
  return rows.flatMap(({ uid, to, at }) => {
    const from = begun.get(uid);
    if (to === 'InProgress') begun.set(uid, from ?? at);
    if (from === undefined || (to !== 'Completed' && to !== 'Failed')) return [];
    begun.delete(uid);
    // The clock was put back between the two: how long it took nobody knows.
    if (Date.parse(at) < Date.parse(from)) return [];
    const seconds = secondsBetween(from, at);
    const all = (worked.get(uid) ?? 0) + seconds;
    worked.set(uid, all);
    return [to === 'Failed' ? { update: uid, seconds, failed: true } : { update: uid, seconds: all, failed: false }];
  });
}
