import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildTheExample, commenceTheUpdate, Installation, type UpdatePlan, untilUpdate } from '@keelson/e2e';
import { sleep, systemClock } from '@keelson/std';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver, treeOf } from '@keelson/testing';

const workers = 'k8s-workers-first-default';

/** An update by stock kubectl, with the services that do it killed in its midst. The cases build on each other. */
describe('an update whose services are killed', () => {
  let receiver: OtlpReceiver;
  let here: Installation;
  let plan: string;

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    here = new Installation(2, receiver.environment);
    const up = await here.keelson('up', '--processes', '--lab-speed', '200', '--ready-timeout', '180');
    if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}\n${here.logs()}`);
    await buildTheExample(here, 240);
  }, 500_000);

  afterAll(async () => {
    expect((await here.remove()).code).toBe(0);
    await receiver.stop();
  }, 120_000);

  it('is completed all the same', async () => {
    plan = await commenceTheUpdate(here);
    await untilUpdate(
      here,
      plan,
      'the control plane is begun',
      120,
      isAt('k8s-controllers', 'InProgress', 'Completed'),
    );
    kill('release-svc');
    await untilUpdate(here, plan, 'workers are begun', 240, isAt(workers, 'InProgress', 'Completed'));
    kill('release-svc');
    kill('lifecycle-svc');
    const done = await untilUpdate(
      here,
      plan,
      'the update is over',
      300,
      ({ status }) => status?.status === 'Completed',
    );
    expect(new Set(done.status?.steps?.map(({ status }) => status))).toEqual(new Set(['Completed']));
  }, 600_000);

  it('is told as one trace: every step and machine once, each below what it belongs to', async () => {
    const spans = await told();
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(
      treeOf(spans, '')
        .filter((line) => /^ *(update|step|machine) /.test(line))
        .toSorted(),
    ).toEqual(
      [
        `update ${plan}`,
        ...['openstack', 'k8s-controllers', workers, 'mcc-components'].map((step) => `  step ${step}`),
        ...['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2', 'wk-3'].map((machine) => `    machine ${machine}`),
      ].toSorted(),
    );
  }, 60_000);

  it('is drawn by history, with the phases of each machine', async () => {
    const { code, stdout } = await here.keelson('history', `update/${plan}`, '-n', 'demo');
    expect(code).toBe(0);
    for (const part of ['k8s-controllers', 'wk-3', 'drain']) expect(stdout).toContain(part);
  }, 30_000);

  /** Ends a process as a crash does; the supervisor starts it anew. */
  function kill(service: string): void {
    const pid = here.processes().get(service);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }

  /** The spans of the update, when all that is told has come. Those of passes and requests are of other traces. */
  async function told(): Promise<readonly ReceivedSpan[]> {
    const root = await untilSent(() => receiver.spans.find(({ name }) => name === `update ${plan}`));
    return receiver.spans.filter(({ traceId }) => traceId === root.traceId);
  }
});

function isAt(step: string, ...wanted: readonly string[]): (plan: UpdatePlan) => boolean {
  return ({ status }) => status?.steps?.some(({ id, status: at }) => id === step && wanted.includes(at ?? '')) === true;
}

/** The root of a trace is sent when it has ended; exporters send every five seconds. */
async function untilSent<A>(look: () => A | undefined): Promise<A> {
  for (const until = systemClock.now() + 30_000; systemClock.now() < until; await sleep(systemClock, 200)) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error('the root of the trace is not sent');
}
