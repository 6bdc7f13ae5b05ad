import { expect, it } from '@jest/globals';
import type { Session } from '@keelson/openstack';
import { messageOf, sleep, systemClock } from '@keelson/std';
import { eventually, type Installation, publicCloud } from '../src/index.js';

interface Named {
  readonly metadata: { readonly name: string };
}
interface CloudStatus {
  readonly status?: {
    readonly osdpl?: {
      readonly state?: string;
      readonly health?: string;
      readonly openstack_version?: string;
      readonly fingerprint?: string;
    };
  };
}
interface Server {
  readonly id: string;
  readonly status: string;
  readonly 'OS-EXT-SRV-ATTR:host': string;
}

/** The steps of `examples/first-cloud` in the cluster of the example, and what an operator does with a cloud later. */
export function theFirstCloud(here: Installation, kubeconfig: () => Promise<string>): void {
  let cloud: Session;
  let server: Server;

  const kubectl = async (...args: string[]): Promise<string> => {
    const ran = await here.kubectl(args, await kubeconfig());
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${ran.code}: ${ran.stderr}`);
    return ran.stdout;
  };
  const json = async <A>(...args: string[]): Promise<A> => JSON.parse(await kubectl(...args, '-o', 'json')) as A;
  const status = () => json<CloudStatus>('-n', 'openstack', 'get', 'osdplst', 'osh');
  const secret = async (namespace: string, name: string, key: string): Promise<string> => {
    const path = `jsonpath={.data.${key.replaceAll('.', '\\.')}}`;
    return Buffer.from(await kubectl('-n', namespace, 'get', 'secret', name, '-o', path), 'base64').toString('utf8');
  };
  const patch = (spec: object): Promise<string> =>
    kubectl('-n', 'openstack', 'patch', 'osdpl', 'osh', '--type', 'merge', '-p', JSON.stringify({ spec }));
  const applied = (what: string, seconds: number, isWanted: (osdpl: Osdpl) => boolean) =>
    eventually(what, seconds, status, (answer) => {
      const osdpl = answer.status?.osdpl ?? {};
      return osdpl.state === 'APPLIED' && isWanted(osdpl);
    });
  const serverNow = async (): Promise<Server> => {
    const answer = await cloud.call({ method: 'GET', type: 'compute', path: `/servers/${server.id}` });
    return (answer as { server: Server }).server;
  };

  it('one OpenStackDeployment becomes a cloud that is applied and healthy', async () => {
    const label = (selector: string, ...labels: string[]) => kubectl('label', 'node', '-l', selector, ...labels);
    const control = ['openstack-control-plane=enabled', 'openstack-gateway=enabled', 'openvswitch=enabled'];
    await label('node-role.kubernetes.io/control-plane', ...control);
    await label('!node-role.kubernetes.io/control-plane', 'openstack-compute-node=enabled', 'openvswitch=enabled');
    await kubectl('apply', '-f', here.cloudExample);
    const { status: shown } = await applied('the cloud applied and healthy', 180, isWhole);
    expect(shown?.osdpl).toMatchObject({ openstack_version: 'epoxy' });
  }, 200_000);

  it('clouds.yaml leads to endpoints that answer, and a server boots', async () => {
    const ingress = ['-n', 'openstack', 'get', 'service', 'ingress'];
    const address = await kubectl(...ingress, '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}');
    const clouds = await secret('openstack-external', 'openstack-identity-credentials', 'clouds.yaml');
    const authority = await secret('openstack', 'openstack-public-tls', 'ca.crt');
    cloud = publicCloud({ clouds, address, authority });
    const made = await cloud.call({
      method: 'POST',
      type: 'compute',
      path: '/servers',
      body: { server: { name: 'first', flavorRef: '1', imageRef: 'any', networks: 'auto' } },
    });
    ({ server } = made as { server: Server });
    server = await eventually('the server ACTIVE', 60, serverNow, (one) => one.status === 'ACTIVE');
    const computes = await json<{ items: Named[] }>('get', 'nodes', '-l', 'openstack-compute-node=enabled');
    expect(computes.items.map(({ metadata }) => metadata.name)).toContain(server['OS-EXT-SRV-ATTR:host']);
  }, 90_000);

  it('a field that is changed becomes true', async () => {
    const before = (await status()).status?.osdpl?.fingerprint;
    await patch({ services: { compute: { nova: { values: { conf: { nova: { DEFAULT: { debug: true } } } } } } } });
    await applied('the change applied', 120, ({ fingerprint }) => fingerprint !== before);
    expect(await secret('openstack', 'nova-etc', 'nova.conf')).toMatch(/^debug = true$/m);
  }, 150_000);

  it('a compute in maintenance gives its server away and comes back', async () => {
    const machines = await here.json<{ items: (Named & { status?: unknown })[] }>('-n', 'demo', 'get', 'machines');
    const host = server['OS-EXT-SRV-ATTR:host'];
    const machine = machines.items.find((one) => JSON.stringify(one.status).includes(host))?.metadata.name ?? '';
    const maintenance = async (isWanted: boolean): Promise<void> => {
      const spec = JSON.stringify({ spec: { providerSpec: { value: { maintenance: isWanted } } } });
      for (const object of isWanted ? ['cluster/first', `machine/${machine}`] : [`machine/${machine}`, 'cluster/first'])
        await here.must('-n', 'demo', 'patch', object, '--type', 'merge', '-p', spec);
    };
    const lock = () => kubectl('get', 'nodeworkloadlock', `openstack-${host}`, '-o', 'jsonpath={.status.state}');
    await maintenance(true);
    await eventually('the lock of the node inactive', 150, lock, (state) => state === 'inactive');
    const moved = await serverNow();
    expect({ status: moved.status, isElsewhere: moved['OS-EXT-SRV-ATTR:host'] !== host }).toEqual({
      status: 'ACTIVE',
      isElsewhere: true,
    });
    await maintenance(false);
    await eventually('the lock of the node active', 60, lock, (state) => state === 'active');
  }, 240_000);

  it('goes to the next release by its version alone, and its APIs answer all the while', async () => {
    const prober = probing(cloud);
    await patch({ openstack_version: 'gazpacho' });
    const { status: shown } = await applied(
      'the upgrade applied',
      240,
      ({ openstack_version: version }) => version === 'gazpacho',
    );
    const { asked, failed } = await prober.end();
    expect({ version: shown?.osdpl?.openstack_version, hasAsked: asked > 10, failed }).toEqual({
      version: 'gazpacho',
      hasAsked: true,
      failed: [],
    });
    await applied('the cloud healthy', 60, isWhole);
    expect((await serverNow()).status).toBe('ACTIVE');
  }, 320_000);
}

type Osdpl = NonNullable<NonNullable<CloudStatus['status']>['osdpl']>;

const isWhole = ({ health = '?/' }: Osdpl): boolean => {
  const [healthy, all] = health.split('/');
  return healthy === all;
};

const asks = [
  ['compute', '/servers'],
  ['network', '/v2.0/networks'],
  ['image', '/v2/images'],
] as const;

interface Probed {
  readonly asked: number;
  /** What was not answered, as it was told. */
  readonly failed: readonly string[];
}

/** Asks the cloud's APIs in turn, four times a second, until it is ended. */
function probing(cloud: Session): { readonly end: () => Promise<Probed> } {
  let isOver = false;
  let asked = 0;
  const failed: string[] = [];
  const work = (async () => {
    while (!isOver) {
      const [type, path] = asks[asked % asks.length] ?? asks[0];
      asked += 1;
      await cloud.call({ method: 'GET', type, path }).catch((error: unknown) => failed.push(messageOf(error)));
      await sleep(systemClock, 250);
    }
  })();
  return {
    async end() {
      isOver = true;
      await work;
      return { asked, failed };
    },
  };
}
