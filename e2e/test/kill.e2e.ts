import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, Installation } from '@keelson/e2e';
import { integerBelow, seededRandom, sleep, systemClock } from '@keelson/std';

const seed = process.env.KEELSON_SEED ?? 'kill-1';

interface Machines {
  items: { metadata: { name: string }; status?: { providerStatus?: { status?: string } } }[];
}

/** kill -9 of one process after another, at moments chosen by a seed, while the example is built. */
describe(`kill -9 of any one process (seed ${seed})`, () => {
  const here = new Installation(1);

  beforeAll(async () => {
    const up = await here.keelson('up', '--processes', '--ready-timeout', '180');
    if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}\n${here.logs()}`);
  }, 300_000);

  afterAll(async () => {
    expect((await here.remove()).code).toBe(0);
  }, 120_000);

  it('each service runs in a process of its own', () => {
    expect([...here.processes().keys()].sort()).toEqual([
      'baremetal-svc',
      'kube-api',
      'lab',
      'lifecycle-svc',
      'nats',
      'openstack-svc',
      'postgres',
      'release-svc',
      'sdn-svc',
      'supervisor',
    ]);
  });

  it('still converges to six Ready machines, no host claimed twice', async () => {
    const random = seededRandom(seed);
    await here.must('apply', '-f', here.example);
    for (const name of [
      'postgres',
      'kube-api',
      'nats',
      'openstack-svc',
      'baremetal-svc',
      'release-svc',
      'sdn-svc',
      'lifecycle-svc',
      'lab',
    ]) {
      await sleep(systemClock, 1_000 + integerBelow(random, 3_000));
      const pid = here.processes().get(name);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    await eventually(
      'machines Ready',
      300,
      () => here.json<Machines>('-n', 'demo', 'get', 'machines'),
      (list) => list.items.length === 6 && list.items.every((item) => item.status?.providerStatus?.status === 'Ready'),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${here.logs()}`);
    });
    const hosts = await here.json<{ items: { spec: { consumerRef?: { name: string } } }[] }>(
      '-n',
      'demo',
      'get',
      'bmh',
    );
    expect(new Set(hosts.items.map((host) => host.spec.consumerRef?.name)).size).toBe(6);
  }, 420_000);

  it('comes back after the supervisor itself was killed', async () => {
    process.kill(here.processes().get('supervisor') ?? 0, 'SIGKILL');
    const up = await here.keelson('up', '--processes', '--ready-timeout', '120');
    const machines = await here.json<Machines>('-n', 'demo', 'get', 'machines');
    expect({ code: up.code, machines: machines.items.length }).toEqual({ code: 0, machines: 6 });
  }, 180_000);
});
