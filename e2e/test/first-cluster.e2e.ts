import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, inBrowser, Installation } from '@keelson/e2e';
import { theFirstCloud } from './first-cloud.js';

interface Item {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, never>;
  status?: Record<string, never>;
}
interface Rehearsed {
  courses: { machines: { name: string }[] }[];
}
interface List {
  items: Item[];
}

/** The README's own steps, with stock kubectl, in one installation. The cases build on each other. */
describe('from a rack of servers to a Ready cluster and a cloud', () => {
  const here = new Installation(0);
  let failed = false;

  beforeAll(async () => {
    const up = await here.keelson('up', '--ready-timeout', '180');
    if (up.code !== 0) throw new Error(`${up.stdout}${up.stderr}\n${here.logs()}`);
  }, 300_000);

  afterEach(() => {
    failed ||= expect.getState().numPassingAsserts === 0;
  });

  afterAll(async () => {
    if (failed) process.stderr.write(`${here.logs()}\n`);
    const pids = [...here.processes().values()];
    const down = await here.remove();
    expect(down.code).toBe(0);
    // What has ended may be a zombie for a moment, until its parent has taken notice.
    await eventually(
      'every process gone',
      5,
      () => Promise.resolve(pids.filter(isAlive)),
      (alive) => alive.length === 0,
    );
  }, 120_000);

  it('up is idempotent: a second one finds everything ready', async () => {
    const before = here.processes();
    const again = await here.keelson('up');
    expect({ code: again.code, processes: here.processes() }).toEqual({ code: 0, processes: before });
  }, 60_000);

  it('refuses an invalid manifest, naming the field and the reason', async () => {
    const bad = JSON.stringify({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'BareMetalHostInventory',
      metadata: { name: 'bad', namespace: 'default' },
      spec: {
        bmc: { address: 'redfish://127.0.0.1/redfish/v1/Systems/1', bmhCredentialsName: 'x' },
        bootMACAddress: 'not-a-mac',
        online: true,
      },
    });
    const refused = await here.kubectl(['create', '-f', '-'], undefined, bad);
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/spec\.bootMACAddress.*not-a-mac/s),
    });
  }, 30_000);

  it('kubectl apply of the example works in one go', async () => {
    const applied = await here.kubectl(['apply', '-f', here.example]);
    expect({ code: applied.code, stderr: applied.stderr.includes('error') }).toEqual({ code: 0, stderr: false });
  }, 60_000);

  it('the cluster turns ready with six machines', async () => {
    const machines = await eventually(
      'machines Ready',
      240,
      () => here.json<List>('-n', 'demo', 'get', 'machines'),
      (list) =>
        list.items.length === 6 && list.items.every((item) => read(item, 'status.providerStatus.status') === 'Ready'),
    );
    const cluster = await eventually(
      'cluster ready',
      60,
      () => here.json<List>('-n', 'demo', 'get', 'clusters'),
      (list) => read(list.items[0], 'status.providerStatus.ready') === true,
    );
    expect({
      machines: machines.items.map((item) => item.metadata.name).sort(),
      nodes: read(cluster.items[0], 'status.providerStatus.nodes'),
    }).toEqual({ machines: expect.any(Array), nodes: expect.objectContaining({ requested: 6, ready: 6 }) });
  }, 320_000);

  it('hosts are provisioned, each claimed by one machine', async () => {
    const hosts = await here.json<List>('-n', 'demo', 'get', 'bmh');
    const consumers = hosts.items.map((item) => read(item, 'spec.consumerRef.name'));
    expect({
      states: [...new Set(hosts.items.map((item) => read(item, 'status.provisioning.state')))],
      poweredOn: [...new Set(hosts.items.map((item) => read(item, 'status.poweredOn')))],
      consumers: new Set(consumers).size,
    }).toEqual({ states: ['provisioned'], poweredOn: [true], consumers: 6 });
  }, 30_000);

  it('kubectl against the new cluster shows six Ready nodes with their labels', async () => {
    const kubeconfig = await here.clusterKubeconfig('demo', await clusterName());
    const answer = await here.kubectl(['get', 'nodes', '-o', 'json'], kubeconfig);
    const nodes = (JSON.parse(answer.stdout) as List).items;
    const ready = nodes.filter((node) =>
      conditionsOf(node).some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    );
    expect({
      count: nodes.length,
      ready: ready.length,
      named: nodes.every((node) => /^kaas-node-[0-9a-f-]{36}$/.test(node.metadata.name)),
      labelled: nodes.every((node) => node.metadata.labels?.['kaas.mirantis.com/machine-name'] !== undefined),
    }).toEqual({ count: 6, ready: 6, named: true, labelled: true });
  }, 30_000);

  it('status, history and plan tell the story', async () => {
    const machine = (await here.json<List>('-n', 'demo', 'get', 'machines')).items[0]?.metadata.name ?? '';
    const host = (await here.json<List>('-n', 'demo', 'get', 'bmh')).items[0]?.metadata.name ?? '';
    const [status, machineHistory, hostHistory, plan] = await Promise.all([
      here.keelson('status'),
      here.keelson('history', `machine/${machine}`),
      here.keelson('history', `bmh/${host}`),
      here.keelson('plan', `bmh/${host}`),
    ]);
    expect({
      status: status.stdout,
      machine: machineHistory.stdout,
      host: hostHistory.stdout,
      plan: plan.stdout,
    }).toEqual({
      status: expect.stringContaining(machine),
      machine: expect.stringMatching(/Prepare[\s\S]*Deploy[\s\S]*Ready/),
      host: expect.stringMatching(/registering[\s\S]*inspecting[\s\S]*available[\s\S]*provisioning[\s\S]*provisioned/),
      plan: expect.stringMatching(/nothing/i),
    });
  }, 60_000);

  it('rehearse foretells the update: as text, as data, and as a page that a browser shows', async () => {
    const page = join(here.home, 'rehearsal.html');
    const quick = ['rehearse', 'first', '--compress', '60', '--faults', '0'];
    const [told, data] = await Promise.all([here.keelson(...quick, '--html', page), here.keelson(...quick, '--json')]);
    const rehearsal = JSON.parse(data.stdout) as Rehearsed;
    expect({ codes: [told.code, data.code], text: told.stdout }).toEqual({
      codes: [0, 0],
      text: expect.stringMatching(/Without faults: done after [\s\S]*k8s-controllers +from [\s\S]*1 of 1 courses/),
    });
    expect(rehearsal).toMatchObject({ cluster: 'first', machines: 6, courses: [{ completed: true }] });
    expect(rehearsal.courses[0]?.machines.map(({ name }) => name).sort()).toEqual([
      'cp-1',
      'cp-2',
      'cp-3',
      'wk-1',
      'wk-2',
      'wk-3',
    ]);
    expect(readFileSync(page, 'utf8')).toMatch(/<h1>Rehearsal of first-[\s\S]*>wk-3</);
    const shown = inBrowser(page);
    expect(shown ?? 'no browser on this machine').toMatch(/no browser|<th scope="row"[^>]*>wk-3<\/th>/);
    const { spec } = (await here.json<List>('-n', 'demo', 'get', 'clusters')).items[0] ?? {};
    expect(read(spec, 'providerSpec.value.release')).toBe('mosk-21-1-0-26-1');
  }, 240_000);

  it('no secret of the example is anywhere in clear: status, events, logs, inventory', async () => {
    const everything = await here.must(
      'get',
      'events,bmh,bmhi,bmhc,machines,clusters,lcmmachines,lcmclusters,ipamhosts',
      '-A',
      '-o',
      'yaml',
    );
    expect({ objects: everything.includes('keelson-lab'), logs: here.logs(100_000).includes('keelson-lab') }).toEqual({
      objects: false,
      logs: false,
    });
  }, 60_000);

  it('deleting a worker drains it, takes its host back and leaves the rest alone', async () => {
    const machines = await here.json<List>('-n', 'demo', 'get', 'machines', '-l', '!cluster.sigs.k8s.io/control-plane');
    const victim = machines.items[0]?.metadata.name ?? '';
    const host = machines.items[0]?.metadata.annotations?.['metal3.io/BareMetalHost'] ?? '';
    await here.must('-n', 'demo', 'delete', 'machine', victim, '--timeout=150s');
    const bmh = await eventually(
      'host back',
      90,
      () => here.json<Item>('-n', 'demo', 'get', 'bmh', host.split('/')[1] ?? ''),
      (item) => read(item, 'status.provisioning.state') === 'available',
    );
    const nodes = JSON.parse(
      (await here.kubectl(['get', 'nodes', '-o', 'json'], await here.clusterKubeconfig('demo', await clusterName())))
        .stdout,
    ) as List;
    expect({
      consumer: read(bmh, 'spec.consumerRef'),
      poweredOn: read(bmh, 'status.poweredOn'),
      nodes: nodes.items.length,
    }).toEqual({
      consumer: undefined,
      poweredOn: false,
      nodes: 5,
    });
  }, 300_000);

  it('deleting an inventory removes its host', async () => {
    const free = (await here.json<List>('-n', 'demo', 'get', 'bmh')).items.find(
      (item) => read(item, 'status.provisioning.state') === 'available',
    );
    await here.must('-n', 'demo', 'delete', 'bmhi', free?.metadata.name ?? '', '--timeout=90s');
    const left = await here.json<List>('-n', 'demo', 'get', 'bmh');
    expect(left.items.map((item) => item.metadata.name)).not.toContain(free?.metadata.name);
  }, 120_000);

  theFirstCloud(here, async () => here.clusterKubeconfig('demo', await clusterName()));

  async function clusterName(): Promise<string> {
    return (await here.json<List>('-n', 'demo', 'get', 'clusters')).items[0]?.metadata.name ?? '';
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A member of an untyped answer by its dotted path; undefined when the path leads nowhere. */
function read(item: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), item);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function conditionsOf(item: Item): { type: string; status: string }[] {
  return (read(item, 'status.conditions') as { type: string; status: string }[] | undefined) ?? [];
}
