import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@keelson/std';
import { nextTime } from './cron-schedule.js';
import { CronJobKind, JobKind } from '../kinds.js';
import { faultAnnotation, secondsAnnotation } from '../kubelets/pod-faults.js';
import { aSimulatedCluster, anObject, namespace } from '../simulated-cluster.fixtures.js';

const template = (annotations: Readonly<Record<string, string>> = {}, restartPolicy = 'Never') => ({
  metadata: { annotations: { [secondsAnnotation]: '5', ...annotations } },
  spec: { restartPolicy, containers: [{ name: 'main', image: 'shop:1' }] },
});
const job = (spec: object, name = 'sync') =>
  anObject('batch/v1', 'Job', { name, namespace }, { template: template(), ...spec });
const crashing = { [faultAnnotation]: 'CrashLoopBackOff' };

async function aJob(spec: object) {
  const cluster = await aSimulatedCluster(2);
  await cluster.create(job(spec));
  const state = async () => {
    const status = await cluster.status(JobKind, 'sync');
    const final = status?.conditions?.find((one) => one.status === 'True');
    return { succeeded: status?.succeeded, failed: status?.failed, final: final?.type, reason: final?.reason };
  };
  return { ...cluster, state };
}

describe('a Job', () => {
  it('runs as many pods at a time as it may until enough have succeeded', async () => {
    const { clock, pods, state } = await aJob({ completions: 3, parallelism: 2 });
    let most = 0;
    for (let step = 0; step < 60; step += 1) {
      await clock.advance(1_000);
      most = Math.max(most, (await pods()).filter(({ status }) => status?.phase !== 'Succeeded').length);
    }
    expect([most, await state()]).toEqual([
      2,
      { succeeded: 3, failed: undefined, final: 'Complete', reason: 'CompletionsReached' },
    ]);
  });

  it('tries again ever later, and fails when it has failed too often', async () => {
    const { pass, pods, state } = await aJob({ backoffLimit: 2, template: template(crashing) });
    await pass(15);
    expect(await pods()).toHaveLength(1);
    await pass(120);
    expect(await state()).toMatchObject({ failed: 3, final: 'Failed', reason: 'BackoffLimitExceeded' });
  });

  it('fails when it takes too long, and its pod ends', async () => {
    const { pass, pods, state } = await aJob({
      activeDeadlineSeconds: 20,
      template: template({ [faultAnnotation]: 'NeverReady' }),
    });
    await pass(60);
    expect([await state(), await pods()]).toMatchObject([{ final: 'Failed', reason: 'DeadlineExceeded' }, []]);
  });

  it('goes some time after it has finished, with its pods', async () => {
    const { pass, pods, state } = await aJob({ ttlSecondsAfterFinished: 30 });
    await pass(20);
    expect((await state()).final).toBe('Complete');
    await pass(60);
    expect([await state(), await pods()]).toMatchObject([{ final: undefined }, []]);
  });

  it('does nothing while it is suspended', async () => {
    const { api, pass, pods, state } = await aJob({ suspend: true });
    await pass(30);
    expect([await state(), await pods()]).toMatchObject([{ final: 'Suspended' }, []]);
    await api.patch(JobKind, { namespace, name: 'sync' }, { spec: { suspend: false } });
    await pass(30);
    expect((await state()).final).toBe('Complete');
  });
});

describe('a CronJob', () => {
  it('makes a Job at its time and keeps only the last that succeeded', async () => {
    const { create, pass, api, status } = await aSimulatedCluster(1, new VirtualClock(Date.UTC(2026, 0, 1, 11, 59)));
    const spec = {
      schedule: '*/10 * * * *',
      successfulJobsHistoryLimit: 2,
      jobTemplate: { spec: { template: template() } },
    };
    await create(anObject('batch/v1', 'CronJob', { name: 'purge', namespace }, spec));
    await pass(45 * 60);
    const names = (await api.list(JobKind, namespace)).map(({ metadata }) => metadata.name);
    expect(names).toEqual([30, 40].map((minute) => `purge-${Date.UTC(2026, 0, 1, 12, minute) / 60_000}`));
    expect((await status(CronJobKind, 'purge'))?.lastScheduleTime).toBe('2026-01-01T12:40:00Z');
  });

  it.each([
    ['5 0 * * *', '2026-01-02T00:05:00.000Z'],
    ['*/20 8-10 * * 1-5', '2026-01-01T10:40:00.000Z'],
    ['0 0 31 * *', '2026-01-31T00:00:00.000Z'],
    ['0 12 1 * 1', '2026-01-01T12:00:00.000Z'],
    ['@monthly', '2026-02-01T00:00:00.000Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
  ])('reads %s', (schedule, next) => {
    expect(new Date(nextTime(schedule, Date.UTC(2026, 0, 1, 10, 30))).toISOString()).toBe(next);
  });

  it.each(['', '* * * *', '61 * * * *', 'x * * * *', '0 0 31 2 *'])('refuses %j', (schedule) => {
    expect(() => nextTime(schedule, 0)).toThrow();
  });
});
