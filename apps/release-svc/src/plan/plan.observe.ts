import {
  type Cluster,
  ClusterKind,
  type ClusterRelease,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type LCMMachine,
  LCMMachineKind,
  type License,
  LicenseKind,
  MachineKind,
  type UpdateAutoPause,
  UpdateAutoPauseKind,
  type UpdateGroup,
  UpdateGroupKind,
  keyText,
  licenseName,
} from '@keelson/api';
import type { Bus } from '@keelson/bus';
import type { UpdateQuery, UpdatedMachine } from '@keelson/contracts';
import type { Reader } from '@keelson/reconcile';
import type { PastSteps } from '../past/past-steps.js';
import type { UpdateTraces } from '../timeline/update-trace.js';
import { observeFinishes } from './plan.finishes.js';
import type { Finishes } from './plan.forecast.js';
import type { Installed } from './plan.fit.js';
import { type Said, askProgress, ownerOf } from './plan.owners.js';
import { hasSteps, isWritten, maySideBySide } from './plan.standing.js';

/** Everything an update depends on. */
export interface UpdateWorld {
  readonly now: number;
  readonly plan: ClusterUpdatePlan;
  readonly cluster: Cluster | undefined;
  readonly target: ClusterRelease | undefined;
  readonly groups: readonly UpdateGroup[];
  readonly autoPause: UpdateAutoPause | undefined;
  readonly license: License | undefined;
  /** Other plans of the cluster that have begun and are not over. */
  readonly others: readonly ClusterUpdatePlan[];
  /** What the owners of the steps say that are commenced or have begun, by id. */
  readonly said: ReadonlyMap<string, Said>;
  /** What each owner says of the first of its steps while the release is not written yet, by id. */
  readonly beforehand: ReadonlyMap<string, Said>;
  /** When running steps, and all of them, will be over. */
  readonly finishes: Finishes;
  /** Machines whose last row of this update says that they failed. */
  readonly failing: ReadonlySet<string>;
  /** Ids of rows that this process has recorded. */
  readonly recorded: ReadonlySet<string>;
  /** Machines of the cluster whose hosts are installed, in the order of their names. */
  readonly installed: readonly Installed[];
  /** Machines of the cluster by name. */
  readonly machines: readonly string[];
  /** What of the update its trace is to be told of: nothing, what is recorded now, or all of it by a process that has just started. */
  readonly traced: 'no' | 'changes' | 'again';
}

export async function observeUpdate(
  reader: Reader,
  plan: ClusterUpdatePlan,
  { bus, past, traces }: { readonly bus: Bus; readonly past: PastSteps; readonly traces: UpdateTraces },
): Promise<UpdateWorld> {
  const { namespace } = plan.metadata;
  const cluster = { namespace, name: plan.spec.cluster };
  const of = keyText(cluster);
  const found = reader.get(ClusterKind, cluster);
  const groups = reader.byIndex(UpdateGroupKind, 'cluster', of);
  const machines = reader.byIndex(MachineKind, 'cluster', of);
  const said = found === undefined ? new Map() : await timed(await saidOf(plan, found, groups, bus), plan, past);
  return {
    now: reader.now,
    plan,
    cluster: found,
    target: reader.get(ClusterReleaseKind, { name: plan.spec.target }),
    groups,
    autoPause: reader.get(UpdateAutoPauseKind, cluster),
    license: reader.get(LicenseKind, { name: licenseName }),
    others: reader
      .byIndex(ClusterUpdatePlanKind, 'cluster', of)
      .filter(({ metadata, status }) => metadata.name !== plan.metadata.name && isUnderWay(status?.status)),
    said,
    beforehand: await beforehandOf(plan, found, bus),
    finishes: await observeFinishes({ now: reader.now, plan, machines, groups, said, past }),
    failing: await failingOf(said, plan, past),
    recorded: past.recorded,
    installed: installedOf(reader.byIndex(LCMMachineKind, 'cluster', of)),
    machines: machines.map(({ metadata }) => metadata.name),
    traced: !traces.isOn ? 'no' : traces.isNew(plan, reader.now) ? 'again' : 'changes',
  };
}

/** As the agent reports it; before it does, as it was ordered. */
function installedOf(machines: readonly LCMMachine[]): readonly Installed[] {
  return machines
    .flatMap(({ metadata: { name: machine }, spec, status }) => {
      const distribution = status?.distribution ?? spec.distribution;
      return distribution === undefined ? [] : [{ machine, distribution }];
    })
    .sort((a, b) => (a.machine < b.machine ? -1 : 1));
}

/** Times of machines whose owner tells none, from the rows of this update. */
async function timed(
  said: ReadonlyMap<string, Said>,
  { metadata: { namespace, uid } }: ClusterUpdatePlan,
  past: PastSteps,
): Promise<ReadonlyMap<string, Said>> {
  const all = new Map<string, Said>();
  for (const [step, one] of said) {
    if (!one.answered || one.answer.machines === undefined) {
      all.set(step, one);
      continue;
    }
    const machines: UpdatedMachine[] = [];
    for (const machine of one.answer.machines) {
      const rows =
        machine.state === 'waiting'
          ? []
          : (await past.rowsOfMachine(namespace, machine.name)).filter((row) => row.uid === uid);
      const startedAt = machine.startedAt ?? rows.find(({ to }) => to === 'InProgress')?.at;
      const finishedAt = machine.finishedAt ?? rows.find(({ to }) => to === 'Completed')?.at;
      machines.push({
        ...machine,
        ...(startedAt === undefined ? {} : { startedAt }),
        ...(finishedAt === undefined ? {} : { finishedAt }),
      });
    }
    all.set(step, { answered: true, answer: { ...one.answer, machines } });
  }
  return all;
}

/** By the rows, not by what this process remembers: an attempt that failed is recorded once. */
async function failingOf(
  said: ReadonlyMap<string, Said>,
  { metadata: { namespace, uid } }: ClusterUpdatePlan,
  past: PastSteps,
): Promise<ReadonlySet<string>> {
  const failing = new Set<string>();
  for (const one of said.values())
    for (const { name, state } of one.answered ? (one.answer.machines ?? []) : []) {
      if (state === 'waiting') continue;
      const last = (await past.rowsOfMachine(namespace, name)).findLast((row) => row.uid === uid);
      if (last?.to === 'Failed') failing.add(name);
    }
  return failing;
}

const isUnderWay = (status: string | undefined): boolean =>
  status === 'InProgress' || status === 'Failed' || status === 'AutoPaused';

/**
 * Owners are asked only about steps that have begun or whose turn it is, and only once the cluster is on its way: nothing else
 * has an answer.
 */
async function saidOf(
  plan: ClusterUpdatePlan,
  cluster: Cluster,
  groups: readonly UpdateGroup[],
  bus: Bus,
): Promise<ReadonlyMap<string, Said>> {
  if (!isWritten({ plan, cluster })) return new Map();
  const told = new Map((plan.status?.steps ?? []).map((status) => [status.id, status]));
  const said = new Map<string, Said>();
  const open: { readonly id: string; readonly isTurn: boolean }[] = [];
  for (const { id, commence } of plan.spec.steps) {
    const before = told.get(id);
    if (before?.status === 'Completed') continue;
    const isTurn = open.every((earlier) => earlier.isTurn && maySideBySide({ groups }, earlier.id, id));
    const isAsked = before?.startedAt !== undefined || (commence && isTurn);
    const answer = isAsked ? await askProgress(bus, queryOf(plan, id)) : undefined;
    if (answer !== undefined) said.set(id, answer);
    const isDone = isTurn && answer?.answered === true && answer.answer.status === 'Completed';
    if (!isDone) open.push({ id, isTurn });
  }
  return said;
}

/**
 * From a release that is written to the cluster there is no way back: whoever cannot come along is heard before, and already
 * while the update is only offered.
 */
async function beforehandOf(
  plan: ClusterUpdatePlan,
  cluster: Cluster | undefined,
  bus: Bus,
): Promise<ReadonlyMap<string, Said>> {
  const { steps } = plan.spec;
  if (cluster === undefined || isWritten({ plan, cluster }) || hasSteps(plan)) return new Map();
  const services = steps.map(({ id }) => ownerOf(id).service);
  const firsts = steps.filter((_step, at) => services.indexOf(services[at] ?? '') === at);
  return new Map(
    await Promise.all(firsts.map(async ({ id }) => [id, await askProgress(bus, queryOf(plan, id))] as const)),
  );
}

export function queryOf(plan: ClusterUpdatePlan, step: string): UpdateQuery {
  return {
    namespace: plan.metadata.namespace ?? '',
    cluster: plan.spec.cluster,
    plan: plan.metadata.name,
    step,
    target: plan.spec.target,
  };
}
