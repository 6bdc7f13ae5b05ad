import { describe, expect, it } from '@jest/globals';
import { ClusterKind, type Reference } from '@keelson/api';
import { ManagementWorld, managementKey, oldKey } from './management-world.js';

interface Fault {
  readonly name: string;
  /** Ends when the leaf has failed. */
  readonly act: (management: ManagementWorld) => Promise<unknown>;
  readonly state: 'UpToDate' | 'Scheduled' | 'Held' | 'Updating' | 'Stopped';
  readonly cause: Partial<Reference>;
  readonly says: RegExp;
}

/** From the failure of the leaf on the MCCUpgrade tells it, seconds. */
const toldWithinSeconds = 5;
const self = { kind: 'MCCUpgrade', name: 'mcc-upgrade' };
const cluster = { kind: 'Cluster', ...managementKey };
const service = { kind: 'Deployment', namespace: 'keelson-system', name: 'baremetal-svc' };

/** What holds the update of the management cluster, and the one thing that must move. */
const faults: readonly Fault[] = [
  {
    name: 'a cluster runs what the release does not support',
    act: async (management) => {
      await management.oldCluster();
      await management.release(['mosk-2']);
    },
    state: 'Held',
    cause: { kind: 'Cluster', ...oldKey },
    says: /2\.32\.0 does not support what these clusters run: demo\/old \(mosk-1\); update them first/,
  },
  {
    name: 'its window is not open',
    act: async (management) => {
      await management.set({ schedule: [{ hours: { from: 1, to: 5 }, weekdays: { saturday: true } }] });
      await management.release();
    },
    state: 'Scheduled',
    cause: self,
    says: /outside the schedule/,
  },
  {
    name: 'it is blocked until later',
    act: async (management) => {
      await management.set({ blockUntil: '2027-01-01T00:00:00Z' });
      await management.release();
    },
    state: 'Scheduled',
    cause: self,
    says: /spec\.blockUntil holds 2\.32\.0 back/,
  },
  {
    name: 'no window comes',
    act: async (management) => {
      await management.set({ schedule: [{ weekdays: { monday: false } }] });
      await management.release();
    },
    state: 'Held',
    cause: self,
    says: /spec\.schedule has no window within two weeks/,
  },
  {
    name: 'it is left to ripen',
    act: async (management) => {
      await management.set({ autoDelay: true });
      await management.release();
    },
    state: 'Scheduled',
    cause: self,
    says: /2\.32\.0 is left to ripen for twenty days/,
  },
  {
    name: 'the license has expired',
    act: async (management) => {
      await management.licenseEnded();
      await management.release();
    },
    state: 'Held',
    cause: { kind: 'License', name: 'license' },
    says: /the license has expired: write a new one into spec\.license\.value/,
  },
  {
    name: 'the management cluster is not ready',
    act: async (management) => {
      await management.report(
        { ready: false },
        {
          state: 'Degraded',
          since: '2026-01-01T00:00:00Z',
          waitingOn: { kind: 'Deployment', namespace: 'keelson-system', name: 'lifecycle-svc' },
          reason: 'ServicesNotReady',
          message: 'services that do not serve: lifecycle-svc',
        },
      );
      await management.release();
    },
    state: 'Held',
    cause: { kind: 'Deployment', name: 'lifecycle-svc' },
    says: /the management cluster is not ready: services that do not serve: lifecycle-svc/,
  },
  {
    name: 'the management cluster is in maintenance',
    act: async (management) => {
      await management.report({ maintenance: true });
      await management.release();
    },
    state: 'Held',
    cause: cluster,
    says: /the management cluster is in maintenance mode/,
  },
  {
    name: 'another cluster is in maintenance',
    act: async (management) => {
      await management.oldCluster({ maintenance: true });
      await management.release(['mosk-1']);
    },
    state: 'Held',
    cause: { kind: 'Cluster', ...oldKey },
    says: /these clusters are in maintenance mode: demo\/old; unset spec\.providerSpec\.value\.maintenance of their Machines/,
  },
  {
    name: 'the release is pulled back',
    act: async (management) => {
      await management.set({ schedule: [{ weekdays: { monday: false } }] });
      await management.release();
      await management.pullBack();
    },
    state: 'UpToDate',
    cause: { kind: 'KaaSRelease', name: 'kaas-2-32-0' },
    says: /2\.32\.0 is pulled back \(2026-01-01\)/,
  },
  {
    name: 'the release that the Cluster names is not there',
    act: ({ world }) =>
      world.api.patch(ClusterKind, managementKey, { spec: { providerSpec: { value: { kaas: { release: 'none' } } } } }),
    state: 'UpToDate',
    cause: cluster,
    says: /there is no KaaSRelease none: apply it, or name one that is there/,
  },
  {
    name: 'a service takes its time',
    act: (management) => management.rolls(),
    state: 'Updating',
    cause: service,
    says: /baremetal-svc goes over to 0\.2\.0 \(0 of 2 services done\): 1 of 1 new, 1 old/,
  },
  {
    name: 'a service does not get ready in its time',
    act: async (management) => {
      await management.rolls();
      await management.seen({
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "baremetal-svc-2" has timed out progressing.',
      });
    },
    state: 'Stopped',
    cause: service,
    says: /baremetal-svc does not get to 0\.2\.0 \(0 of 2 services done\): ReplicaSet "baremetal-svc-2" has timed out/,
  },
  {
    name: 'the version of a service is missing',
    act: async (management) => {
      await management.rolls();
      const message = 'there is no version 0.2.0 here';
      await management.seen({ type: 'ReplicaFailure', status: 'True', reason: 'VersionMissing', message });
    },
    state: 'Stopped',
    cause: service,
    says: /baremetal-svc does not get to 0\.2\.0 .*there is no version 0\.2\.0 here/,
  },
  {
    name: 'an operator has paused the rollouts of a service',
    act: async (management) => {
      await management.paused();
      await management.release();
    },
    state: 'Stopped',
    cause: service,
    says: /its rollouts are paused: kubectl rollout resume lets it go on/,
  },
  {
    name: 'the release it goes over to is pulled back, and a service hangs',
    act: async (management) => {
      await management.rolls();
      await management.pullBack();
      await management.seen({
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'late',
      });
    },
    state: 'Stopped',
    cause: service,
    says: /with the earlier release in the Cluster again \(spec\.providerSpec\.value\.kaas\.release\) all go back/,
  },
];

describe('why the management cluster does not update', () => {
  it.each(faults)('when $name', async ({ act, state, cause, says }) => {
    const management = await ManagementWorld.open();
    try {
      await act(management);
      const told = async (): Promise<boolean> => {
        const { progress, message = '' } = (await management.upgrade()).status ?? {};
        return says.test(message) && says.test(progress?.message ?? '') && progress?.state === state;
      };
      await management.world.until(`it is ${state} and tells ${says.source}`, told, toldWithinSeconds);
      const chain = await management.why();
      const [top] = chain;
      expect(chain.at(-1)?.object).toMatchObject(cause);
      expect([top?.state, says.test(top?.message ?? '')]).toEqual([state, true]);
      expect([top?.since, top?.lookedAt].map((time) => Number.isNaN(Date.parse(time ?? '')))).toEqual([false, false]);
      expect([top?.unblocks, top?.abort]).not.toContain(undefined);
      // Where nothing moves it may be held without end.
      const isMoving = state === 'Updating';
      expect([top?.deadline !== undefined, top?.heartbeat !== undefined]).toEqual([isMoving, isMoving]);
    } finally {
      await management.world.close();
    }
  });
});
