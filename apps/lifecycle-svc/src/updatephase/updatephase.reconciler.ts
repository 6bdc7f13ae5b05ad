import {
  type LCMCluster,
  LCMClusterKind,
  type LCMClusterState,
  LCMClusterStateKind,
  type LCMMachine,
  LCMMachineKind,
  type ObjectKey,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import { type Plan, type Reader, type Reconciler, type StepTable, input, settled } from '@keelson/reconcile';
import { clusterIndexOf, clusterNameOf } from '../membership.js';
import { updateTurnsOf } from '../lcmcluster/lcmcluster.turn.js';
import { drainNameOf } from '../lcmmachine/lcmmachine.out.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';
import { type PastPhases, lastPhases, phaseRows } from './past-phases.js';
import { type PhaseTraces, traceOf } from './phase-traces.js';
import { phaseOf } from './updatephase.phase.js';

/** What of a machine's update is written down, and what it is at now. */
export interface PhaseWorld {
  readonly now: number;
  readonly machine: LCMMachine;
  readonly phase: string;
  readonly rows: readonly Transition[];
  readonly trace: string | undefined;
  /** The trace was told nothing of this machine in this life of the process. */
  readonly isUntold: boolean;
}

export type PhaseStep =
  | { readonly type: 'record-phase'; readonly row: Transition }
  | { readonly type: 'trace-phases'; readonly machine: LCMMachine; readonly trace: string };

/** Writes down what is done to a machine in its update, phase by phase, and tells the update's trace. */
export function updatePhaseReconciler(
  past: PastPhases,
  traces: PhaseTraces,
): Reconciler<LCMMachine, PhaseWorld, PhaseStep> {
  return {
    name: 'lifecycle/updatephase',
    kind: LCMMachineKind,
    summary: "Writes down what is done to a machine in its update, phase by phase, and tells the update's trace.",
    inputs: [
      input({ kind: LCMMachineKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
      input<LCMCluster>({
        kind: LCMClusterKind,
        mapToOwn: membersOf,
        relevant: (lcmCluster) => [updateTurnsOf(lcmCluster), traceOf(lcmCluster), lcmCluster.spec.release],
      }),
      input<LCMClusterState>({
        kind: LCMClusterStateKind,
        mapToOwn: ({ metadata, spec }) => [{ namespace: metadata.namespace, name: spec.arg }],
        relevant: ({ spec }) => spec.value,
      }),
    ],
    outputs: [],
    concurrency: 8,
    resyncSeconds: 3600,
    relevant: (machine) => [machine.metadata.labels, machine.spec.release, lcmStateOf(machine)],
    observe: (reader, machine) => observePhase(reader, machine, past, traces),
    plan: planPhase,
    steps: stepsOf(past, traces),
    status: () => undefined,
  };
}

function membersOf(lcmCluster: LCMCluster, reader: Reader): readonly ObjectKey[] {
  return reader.byIndex(LCMMachineKind, 'cluster', keyText(keyOf(lcmCluster))).map(keyOf);
}

async function observePhase(
  reader: Reader,
  machine: LCMMachine,
  past: PastPhases,
  traces: PhaseTraces,
): Promise<PhaseWorld> {
  const { namespace, name } = machine.metadata;
  const lcmCluster = reader.get(LCMClusterKind, { namespace, name: clusterNameOf(machine) ?? '' });
  const drain = reader.get(LCMClusterStateKind, { namespace, name: drainNameOf(name) });
  const trace = traceOf(lcmCluster);
  return {
    now: reader.now,
    machine,
    phase: phaseOf({ machine, lcmCluster, drain }) ?? '',
    rows: await past.rowsOf(keyOf(machine)),
    trace,
    isUntold: trace !== undefined && traces.isUntold(machine, trace),
  };
}

function planPhase({ now, machine, phase, rows, trace, isUntold }: PhaseWorld): Plan<PhaseStep> {
  const before = rows.at(-1)?.to ?? '';
  const isNew = before !== phase;
  const isRecent = now - Date.parse(rows.at(-1)?.at ?? '') < 3_600_000;
  const isTold = trace !== undefined && (isNew || (isUntold && isRecent && lastPhases(rows).length > 0));
  return {
    steps: [
      ...(isNew ? [{ type: 'record-phase', row: rowOf(machine, before, phase, now) } as const] : []),
      ...(isTold ? [{ type: 'trace-phases', machine, trace } as const] : []),
    ],
    outcome: settled,
  };
}

function rowOf(machine: LCMMachine, from: string, to: string, now: number): Transition {
  const { namespace, name, uid = '', resourceVersion = '' } = machine.metadata;
  return {
    id: `${phaseRows}/${uid}/${from}/${to}/${resourceVersion}`,
    kind: phaseRows,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    from,
    to,
    at: new Date(now).toISOString(),
    why: to === '' ? 'its turn is over' : from === '' ? 'its turn has come' : `${from} is over`,
  };
}

function stepsOf(past: PastPhases, traces: PhaseTraces): StepTable<PhaseStep> {
  return {
    'record-phase': {
      describe: ({ row: { name, from, to } }) =>
        `record that the update of ${name} goes from ${from === '' ? 'nothing' : from} to ${to === '' ? 'its end' : to}`,
      run: ({ row }) => past.add(row),
    },
    'trace-phases': {
      describe: ({ machine }) => `tell the trace of its update what is over of ${machine.metadata.name}`,
      run: async ({ machine, trace }) => traces.tell(machine, trace, await past.lastOf(keyOf(machine))),
    },
  };
}
