import { DeploymentKind, type MCCUpgrade, MCCUpgradeKind, annotations } from '@keelson/api';
import type { Machine, Reader, StateTable } from '@keelson/reconcile';

export type MccState = 'UpToDate' | 'Scheduled' | 'Held' | 'Updating' | 'Stopped';

const all: readonly MccState[] = ['UpToDate', 'Scheduled', 'Held', 'Updating', 'Stopped'];
const others = (state: MccState): readonly MccState[] => all.filter((other) => other !== state);
const takeOut = `nothing has begun; the annotation ${annotations.pulledBack} on the KaaSRelease takes it out for good`;
const goBack =
  'set the earlier release in the management Cluster (spec.providerSpec.value.kaas.release): the services go back; what its nodes have got stays';

/** The life of the update of the management cluster. The kind has no field for it: it follows from what its status tells. */
export const mccTable: StateTable<MccState> = {
  kind: MCCUpgradeKind.kind,
  initial: 'UpToDate',
  states: {
    UpToDate: {
      rest: true,
      meaning: 'there is no newer release that may be used',
      to: others('UpToDate'),
      deletable: true,
      held: { unblocks: 'what its message names', abort: 'nothing is under way that could be given up' },
    },
    Scheduled: {
      rest: true,
      meaning: 'a newer release waits for the time that status.nextAttempt names',
      to: others('Scheduled'),
      deletable: true,
      held: {
        unblocks:
          'the time in status.nextAttempt, or a wider spec.schedule and autoDelay: false; then it begins by itself',
        abort: takeOut,
      },
    },
    Held: {
      rest: true,
      meaning: 'a newer release is there, and something other than the time keeps it from beginning',
      to: others('Held'),
      deletable: true,
      held: { unblocks: 'the cure of what its message names; then it begins by itself', abort: takeOut },
    },
    Updating: {
      meaning: 'the management cluster, or one of its services, goes over to the release',
      to: others('Updating'),
      deletable: true,
      deadlineSeconds: 8 * 3600,
      onDeadline: 'goes on and says what it waits for',
      heartbeat: { sign: 'a change of the Deployments of the services', everySeconds: 600 },
      waitsFor: 'the service that rolls, or the management Cluster',
      abort: goBack,
    },
    Stopped: {
      rest: true,
      meaning: 'a service does not get to its version; the others stay as they are until it does',
      to: others('Stopped'),
      deletable: true,
      held: { unblocks: 'the cure of the Deployment that its message names; then it goes on by itself', abort: goBack },
    },
  },
};

export const mccMachine: Machine<MCCUpgrade> = { table: mccTable, stateOf, heardAt };

function stateOf({ status = {} }: MCCUpgrade): MccState {
  const { lastUpgrade, nextRelease, nextAttempt, services = [] } = status;
  if (lastUpgrade?.startedAt !== undefined && lastUpgrade.finishedAt === undefined)
    return services.some(({ state }) => state === 'Blocked') ? 'Stopped' : 'Updating';
  if (nextRelease === undefined) return 'UpToDate';
  return nextAttempt === undefined ? 'Held' : 'Scheduled';
}

/** When a Deployment of the services last said something new. */
function heardAt(_upgrade: MCCUpgrade, reader: Reader): number | undefined {
  const times = reader
    .list(DeploymentKind)
    .flatMap(({ status }) => status?.conditions ?? [])
    .map(({ lastTransitionTime = '' }) => Date.parse(lastTransitionTime))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.max(...times);
}
