import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, Installation, managementCluster, managementRelease } from '@keelson/e2e';
import { integerBelow, seededRandom, sleep, systemClock } from '@keelson/std';

const seed = process.env.KEELSON_SEED ?? 'kill-1';

interface Machines {
  items: { metadata: { name: string }; status?: { providerStatus?: { status?: string } } }[];
}

interface Upgrade {
  status: { message: string; services?: { name: string; version: string; state: string }[] };
}

interface Subnets {
  items: { metadata: { name: string }; status?: { statusMessage?: string } }[];
}

/** The services in the order in which they roll. */
const services = ['baremetal-svc', 'lifecycle-svc', 'openstack-svc', 'sdn-svc', 'release-svc'];

const aSubnet = (name: string, index: number): object => ({
  apiVersion: 'ipam.mirantis.com/v1alpha1',
  kind: 'Subnet',
  metadata: { name, namespace: 'default', labels: { 'kaas.mirantis.com/provider': 'baremetal' } },
  spec: { cidr: `10.9.${index}.0/24` },
});

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

  it('rolls its services to another version one by one, release-svc killed on the way, and no work is lost', async () => {
    const added = await here.keelson('versions', 'add', '9.9.9');
    if (added.code !== 0) throw new Error(`${added.stdout}${added.stderr}`);
    await here.apply(managementRelease('9.0.0', [], ''), managementRelease('9.1.0', services, '9.9.9'));
    await here.apply(managementCluster('9.1.0'));
    const upgradeOf = async (): Promise<Upgrade['status']> =>
      (await here.json<Upgrade>('get', 'mccupgrade', 'mcc-upgrade')).status;
    const written: string[] = [];
    const rolling: string[] = [];
    const rolled = await eventually(
      'services rolled',
      120,
      async () => {
        written.push(`written-${written.length}`);
        await here.apply(aSubnet(written.at(-1) ?? '', written.length));
        const status = await upgradeOf();
        const name = /^(\S+) goes over to 9\.9\.9/.exec(status.message)?.[1];
        if (name === 'openstack-svc' && !rolling.includes(name))
          process.kill(here.processes().get('release-svc') ?? 0, 'SIGKILL');
        if (name !== undefined && !rolling.includes(name)) rolling.push(name);
        return status;
      },
      (status) => status.services?.length === services.length && status.services.every(({ state }) => state === 'Done'),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${here.logs()}`);
    });
    await eventually(
      'all that was written meanwhile is taken up',
      30,
      () => here.json<Subnets>('-n', 'default', 'get', 'subnets'),
      ({ items }) =>
        items.length === written.length &&
        items.every(({ status }) => status?.statusMessage?.startsWith('OK') === true),
    );
    const commands = services.map((name) => readFileSync(`/proc/${here.processes().get(name) ?? 0}/cmdline`, 'utf8'));
    expect({
      services: rolled.services?.map(({ name, version }) => `${name} ${version}`),
      wasSeen: rolling.includes('openstack-svc'),
      areOfVersion: commands.map((command) => command.includes(join('versions', '9.9.9'))),
    }).toEqual({
      services: services.map((name) => `${name} 9.9.9`),
      wasSeen: true,
      areOfVersion: services.map(() => true),
    });

    await here.apply(managementRelease('9.2.0', services, '9.9.10'), managementCluster('9.2.0'));
    const { message } = await eventually('the missing version is told', 30, upgradeOf, (status) =>
      status.message.includes('does not get to'),
    );
    const why = await here.keelson('why', 'mccupgrade/mcc-upgrade');
    expect([message, why.stdout]).toEqual([
      expect.stringMatching(/^baremetal-svc does not get to 9\.9\.10 .*\.\/keelson versions add 9\.9\.10 --from/),
      expect.stringContaining('Deployment keelson-system/baremetal-svc'),
    ]);
  }, 240_000);
});
