import { describe, expect, it } from '@jest/globals';
import { type Secret, SecretKind } from '@keelson/api';
import { DaemonSetKind, DeploymentKind } from '../workloads/kinds.js';
import { anObject } from '../workloads/simulated-cluster.fixtures.js';
import { aSimulatedOpenStack, label, login, namespace } from './openstack.fixtures.js';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('APIs behind Services', () => {
  it('answer only while a pod of theirs is ready, and with a token', async () => {
    const { ask, api, pass, faults, clock } = await aSimulatedOpenStack({
      computes: 1,
      services: ['keystone-api', 'nova-api', 'glance-api'],
    });
    expect((await ask('GET', 'nova-api/v2.1/servers')).status).toBe(200);
    expect((await ask('GET', 'glance-api/')).status).toBe(300);
    await expect(ask('GET', 'cinder-api/')).rejects.toMatchObject({
      sort: 'transient',
      reason: 'Unreachable',
      message: expect.stringContaining('services "cinder-api" not found'),
    });
    await api.patch(DeploymentKind, { namespace, name: 'nova-api' }, { spec: { replicas: 0 } });
    await pass(5);
    await expect(ask('GET', 'nova-api/')).rejects.toMatchObject({
      message: expect.stringContaining('no endpoints available for service "nova-api"'),
    });
    faults.inject({ kind: 'openstackApiFails', servers: ['glance'], from: clock.now() });
    expect((await ask('GET', 'glance-api/v2/images')).status).toBe(500);
  });

  it('give no token for a wrong password, and nothing without a token', async () => {
    const { api, ask, http } = await aSimulatedOpenStack({ computes: 0 });
    const clouds = 'clouds:\n  admin:\n    auth: {username: root, password: right}\n';
    await api.create(SecretKind, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'keystone-os-clouds' },
      data: { 'clouds.yaml': bytes(clouds) },
    });
    const signIn = async (user: string, password: string): Promise<number> =>
      (await ask('POST', 'keystone-api/v3/auth/tokens', login(user, password))).status;
    expect([await signIn('root', 'wrong'), await signIn('admin', 'right'), await signIn('root', 'right')]).toEqual([
      401, 401, 201,
    ]);
    const url = 'http://nova-api.openstack.svc:8774/v2.1/servers';
    expect((await http({ method: 'GET', url, timeoutMs: 1_000 })).status).toBe(401);
  });

  it('show tokens that end, and the Services there are in their catalogue', async () => {
    const { ask, pass } = await aSimulatedOpenStack({ computes: 0 });
    const { body } = await ask('POST', 'keystone-api/v3/auth/tokens', login());
    const entries = body.token.catalog.map(
      (entry: { type: string; endpoints: { interface: string; url: string }[] }) => [
        entry.type,
        entry.endpoints.map((endpoint) => `${endpoint.interface} ${endpoint.url}`),
      ],
    );
    expect(Object.fromEntries(entries)).toEqual({
      identity: ['internal', 'admin'].map((one) => `${one} http://keystone-api.openstack.svc.cluster.local:5000/v3`),
      compute: ['internal', 'admin'].map((one) => `${one} http://nova-api.openstack.svc.cluster.local:8774/v2.1`),
    });
    await pass(3_601);
    expect((await ask('GET', 'nova-api/v2.1/servers')).status).toBe(401);
  });

  it('say which release answers', async () => {
    const { ask, deploy, pass } = await aSimulatedOpenStack({ computes: 0, services: ['keystone-api'] });
    await deploy('nova-api', 'epoxy');
    await pass(20);
    expect((await ask('GET', 'nova-api/')).body.versions[0]).toMatchObject({ id: 'v2.1', version: '2.100' });
  });
});

describe('computes and their servers', () => {
  const cloud = () => aSimulatedOpenStack({ computes: 3, serversPerCompute: 4 });

  it('are the labelled nodes, each with its servers, in zones', async () => {
    const openstack = await cloud();
    const { ask } = openstack;
    await label(openstack, 'c3', { 'topology.kubernetes.io/zone': 'z2' });
    const { services } = (await ask('GET', 'nova-api/v2.1/os-services?binary=nova-compute')).body;
    expect(services).toMatchObject([
      { host: 'c1', state: 'up', status: 'enabled', zone: 'nova' },
      { host: 'c2', state: 'up', status: 'enabled', zone: 'nova' },
      { host: 'c3', state: 'up', status: 'enabled', zone: 'z2' },
    ]);
    expect((await ask('GET', 'nova-api/v2.1/servers/detail?all_tenants=1&host=c2')).body.servers).toHaveLength(4);
    const { hypervisors } = (await ask('GET', 'nova-api/v2.1/os-hypervisors/detail')).body;
    expect(hypervisors.map((one: { running_vms: number }) => one.running_vms)).toEqual([4, 4, 4]);
    const zones = (await ask('GET', 'nova-api/v2.1/os-availability-zone/detail')).body.availabilityZoneInfo;
    expect(zones.map((zone: { zoneName: string }) => zone.zoneName)).toEqual(['nova', 'z2']);
  });

  it('are listed page by page, and found by their tags', async () => {
    const { ask } = await cloud();
    const seen: string[] = [];
    for (let marker = ''; ;) {
      const { servers, servers_links: more } = (
        await ask('GET', `nova-api/v2.1/servers?all_tenants=1&limit=5${marker}`)
      ).body;
      seen.push(...servers.map((server: { id: string }) => server.id));
      if (more === undefined) break;
      marker = `&marker=${seen.at(-1)}`;
    }
    expect(new Set(seen).size).toBe(12);
    const tag = 'openstack.lcm.mirantis.com:maintenance_action=poweroff';
    expect((await ask('PUT', `nova-api/v2.1/servers/${seen[0]}/tags/${encodeURIComponent(tag)}`)).status).toBe(201);
    const { servers } = (await ask('GET', `nova-api/v2.1/servers/detail?all_tenants=1&tags=${encodeURIComponent(tag)}`))
      .body;
    expect(servers).toMatchObject([{ id: seen[0], tags: [tag] }]);
  });

  it('boot where there is room, become ACTIVE after a while, and are refused where nothing fits', async () => {
    const { ask, pass } = await cloud();
    const boot = async (more: object) =>
      (await ask('POST', 'nova-api/v2.1/servers', { server: { name: 'new', flavorRef: '1', ...more } })).body.server.id;
    const status = async (id: string) => (await ask('GET', `nova-api/v2.1/servers/${id}`)).body.server.status;
    const [good, bad] = [await boot({}), await boot({ availability_zone: 'nowhere' })];
    expect([await status(good), await status(bad)]).toEqual(['BUILD', 'ERROR']);
    await pass(20);
    expect(await status(good)).toBe('ACTIVE');
  });

  it('boot as many as are asked for, each with a number', async () => {
    const { ask } = await cloud();
    const server = { name: 'many', flavorRef: '1', min_count: 1, max_count: 3 };
    expect((await ask('POST', 'nova-api/v2.1/servers', { server })).status).toBe(202);
    const { servers } = (await ask('GET', 'nova-api/v2.1/servers?name=many')).body;
    expect(servers.map(({ name }: { name: string }) => name).sort()).toEqual(['many-1', 'many-2', 'many-3']);
    const few = { ...server, max_count: 0 };
    expect((await ask('POST', 'nova-api/v2.1/servers', { server: few })).status).toBe(400);
  });

  it('are down a minute after their nova-compute has gone', async () => {
    const { ask, create, api, pass } = await cloud();
    const labels = { application: 'nova', component: 'compute' };
    const spec = {
      nodeSelector: { 'openstack-compute-node': 'enabled' },
      containers: [{ name: 'c', image: 'nova:caracal' }],
    };
    const template = { metadata: { labels }, spec };
    const metadata = { name: 'nova-compute-default', namespace };
    await create(anObject('apps/v1', 'DaemonSet', metadata, { selector: { matchLabels: labels }, template }));
    await pass(20);
    const states = async () =>
      (await ask('GET', 'nova-api/v2.1/os-services')).body.services.map((row: { state: string }) => row.state);
    expect(await states()).toEqual(['up', 'up', 'up']);
    await api.end(DaemonSetKind, { namespace, name: 'nova-compute-default' });
    await pass(30);
    expect(await states()).toEqual(['up', 'up', 'up']);
    await pass(60);
    expect(await states()).toEqual(['down', 'down', 'down']);
  });
});

describe('the other APIs', () => {
  it('show agents and services as the pods that run, and keep what is made', async () => {
    const { ask, create, pass } = await aSimulatedOpenStack({
      computes: 2,
      services: [
        'keystone-api',
        'neutron-server',
        'cinder-api',
        'designate-api',
        'glance-api',
        'placement-api',
        'nova-api',
      ],
    });
    const daemon = (application: string, component: string) => {
      const labels = { application, component };
      const spec = { nodeSelector: { 'openstack-compute-node': 'enabled' }, containers: [{ name: 'c', image: 'i' }] };
      const template = { metadata: { labels }, spec };
      const metadata = { name: `${application}-${component}`, namespace };
      return anObject('apps/v1', 'DaemonSet', metadata, { selector: { matchLabels: labels }, template });
    };
    await create(daemon('neutron', 'ovn-metadata-agent'), daemon('cinder', 'volume'));
    await pass(20);
    expect((await ask('GET', 'neutron-server/v2.0/agents')).body.agents).toMatchObject([
      { agent_type: 'OVN Metadata agent', host: 'c1', alive: true, admin_state_up: true },
      { host: 'c2', alive: true },
    ]);
    const { services } = (await ask('GET', 'cinder-api/v3/p/os-services')).body;
    expect(services).toMatchObject([{ binary: 'cinder-volume', host: 'c1', state: 'up' }, { host: 'c2' }]);
    const { network } = (await ask('POST', 'neutron-server/v2.0/networks', { network: { name: 'net' } })).body;
    expect((await ask('GET', `neutron-server/v2.0/networks?name=net`)).body.networks).toMatchObject([
      { id: network.id },
    ]);
    const subnet = { network_id: network.id, cidr: '192.168.7.0/24' };
    const made = (await ask('POST', 'neutron-server/v2.0/subnets', { subnet })).body.subnet;
    expect(made).toMatchObject({
      gateway_ip: '192.168.7.1',
      allocation_pools: [{ start: '192.168.7.2', end: '192.168.7.254' }],
      dns_nameservers: [],
      host_routes: [],
    });
    expect((await ask('GET', `neutron-server/v2.0/networks/${network.id}`)).body.network.subnets).toEqual([made.id]);
    const bad = { subnet: { network_id: network.id, cidr: 'nowhere' } };
    expect((await ask('POST', 'neutron-server/v2.0/subnets', bad)).status).toBe(400);
    const zone = (await ask('POST', 'designate-api/v2/zones', { name: 'example.test.', email: 'a@example.test' })).body;
    expect((await ask('GET', `designate-api/v2/zones/${zone.id}`)).body).toMatchObject({ status: 'ACTIVE' });
    const image = (await ask('POST', 'glance-api/v2/images', { name: 'cirros' })).body;
    await ask('PUT', `glance-api/v2/images/${image.id}/file`, {});
    expect((await ask('GET', `glance-api/v2/images/${image.id}`)).body).toMatchObject({ status: 'active' });
    expect((await ask('DELETE', `glance-api/v2/images/${image.id}`)).status).toBe(204);
    expect((await ask('GET', 'placement-api/resource_providers')).body.resource_providers).toHaveLength(2);
    expect((await ask('GET', 'nova-api/v2.1/nothing')).status).toBe(404);
  });

  it('attach volumes to servers, show them on both, and give them back', async () => {
    const { ask } = await aSimulatedOpenStack({ computes: 1, services: ['keystone-api', 'nova-api', 'cinder-api'] });
    const boot = { server: { name: 'one', flavorRef: '1' } };
    const { id } = (await ask('POST', 'nova-api/v2.1/servers', boot)).body.server;
    const { volume } = (await ask('POST', 'cinder-api/v3/p/volumes', { volume: { name: 'v', size: 1 } })).body;
    const attachments = `nova-api/v2.1/servers/${id}/os-volume_attachments`;
    const attach = () => ask('POST', attachments, { volumeAttachment: { volumeId: volume.id } });
    const inCinder = async () => (await ask('GET', `cinder-api/v3/p/volumes/${volume.id}`)).body.volume;
    expect((await attach()).body.volumeAttachment).toMatchObject({ volumeId: volume.id, device: '/dev/vdb' });
    expect(await inCinder()).toMatchObject({ status: 'in-use', attachments: [{ server_id: id, device: '/dev/vdb' }] });
    expect((await ask('GET', `nova-api/v2.1/servers/${id}`)).body.server).toMatchObject({
      'os-extended-volumes:volumes_attached': [{ id: volume.id }],
    });
    expect((await attach()).status).toBe(400);
    expect((await ask('DELETE', `${attachments}/${volume.id}`)).status).toBe(202);
    expect(await inCinder()).toMatchObject({ status: 'available', attachments: [] });
    expect((await ask('GET', `${attachments}/${volume.id}`)).status).toBe(404);
    await attach();
    await ask('DELETE', `nova-api/v2.1/servers/${id}`);
    expect(await inCinder()).toMatchObject({ status: 'available' });
  });

  it('have what the stock client asks for beside servers: flavors, keys, router interfaces, snapshots, quotas', async () => {
    const services = ['keystone-api', 'nova-api', 'neutron-server', 'cinder-api'];
    const { ask } = await aSimulatedOpenStack({ computes: 1, services });
    const nano = { flavor: { name: 'nano', ram: 128, vcpus: 1, disk: 1 } };
    const { flavor } = (await ask('POST', 'nova-api/v2.1/flavors', nano)).body;
    expect((await ask('POST', 'nova-api/v2.1/flavors', nano)).status).toBe(409);
    expect((await ask('GET', `nova-api/v2.1/flavors/${flavor.id}`)).body.flavor).toMatchObject({ name: 'nano' });
    const key = { keypair: { name: 'k', public_key: 'ssh-ed25519 AAAA me' } };
    expect((await ask('POST', 'nova-api/v2.1/os-keypairs', key)).body.keypair.fingerprint).toMatch(/^(..:){15}..$/u);
    expect((await ask('GET', 'nova-api/v2.1/os-keypairs')).body.keypairs).toHaveLength(1);
    const network = (await ask('POST', 'neutron-server/v2.0/networks', { network: { name: 'n' } })).body.network.id;
    const subnet = (
      await ask('POST', 'neutron-server/v2.0/subnets', { subnet: { network_id: network, cidr: '10.1.0.0/24' } })
    ).body.subnet.id;
    const router = (await ask('POST', 'neutron-server/v2.0/routers', { router: { name: 'r' } })).body.router.id;
    const at = (verb: string) => ask('PUT', `neutron-server/v2.0/routers/${router}/${verb}`, { subnet_id: subnet });
    expect((await at('add_router_interface')).body).toMatchObject({ id: router, subnet_id: subnet });
    expect((await at('add_router_interface')).status).toBe(400);
    expect((await ask('GET', `neutron-server/v2.0/ports?device_id=${router}`)).body.ports).toMatchObject([
      { fixed_ips: [{ ip_address: '10.1.0.1' }] },
    ]);
    expect((await at('remove_router_interface')).status).toBe(200);
    expect((await at('remove_router_interface')).status).toBe(409);
    const { volume } = (await ask('POST', 'cinder-api/v3/p/volumes', { volume: { name: 'v', size: 3 } })).body;
    const snapshot = { snapshot: { volume_id: volume.id, name: 's' } };
    expect((await ask('POST', 'cinder-api/v3/p/snapshots', snapshot)).body.snapshot).toMatchObject({ size: 3 });
    expect((await ask('POST', 'cinder-api/v3/p/snapshots', { snapshot: { volume_id: 'x' } })).status).toBe(404);
    expect((await ask('GET', 'cinder-api/v3/p/limits')).body.limits.absolute.totalGigabytesUsed).toBe(3);
  });

  it('resize a server to another flavor and back, and show everybody only their own', async () => {
    const { ask, pass } = await aSimulatedOpenStack({ computes: 2, serversPerCompute: 1 });
    const boot = { server: { name: 'one', flavorRef: '1' } };
    const { id } = (await ask('POST', 'nova-api/v2.1/servers', boot)).body.server;
    await pass(20);
    const act = (body: object) => ask('POST', `nova-api/v2.1/servers/${id}/action`, body);
    const shown = async () => (await ask('GET', `nova-api/v2.1/servers/${id}`)).body.server;
    const { 'OS-EXT-SRV-ATTR:host': host } = await shown();
    expect((await act({ resize: { flavorRef: '1' } })).status).toBe(400);
    await act({ resize: { flavorRef: '2' } });
    expect(await shown()).toMatchObject({ status: 'RESIZE', flavor: { ram: 512 } });
    await pass(60);
    expect(await shown()).toMatchObject({ status: 'VERIFY_RESIZE', flavor: { ram: 2048 } });
    expect((await ask('GET', 'nova-api/v2.1/os-migrations')).body.migrations[0].migration_type).toBe('resize');
    await act({ revertResize: null });
    expect(await shown()).toMatchObject({ status: 'ACTIVE', flavor: { ram: 512 }, 'OS-EXT-SRV-ATTR:host': host });
    expect((await ask('GET', 'nova-api/v2.1/servers')).body.servers).toMatchObject([{ id }]);
    expect((await ask('GET', 'nova-api/v2.1/servers?all_tenants=True')).body.servers).toHaveLength(3);
  });
});

describe('simulated back ends of volumes', () => {
  it('are services of their own, by the hosts that the files of their processes give them', async () => {
    const services = ['keystone-api', 'cinder-api'];
    const { ask, create, pass } = await aSimulatedOpenStack({ computes: 2, services });
    const process = (kind: 'DaemonSet' | 'StatefulSet', component: string, file: readonly string[], more: object) => {
      const labels = { application: 'cinder', component };
      const name = `cinder-${component}`;
      const volumes = [{ name: 'etc', secret: { secretName: `${name}-etc` } }];
      const template = { metadata: { labels }, spec: { ...more, volumes, containers: [{ name: 'c', image: 'i' }] } };
      const secret: Secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `${name}-etc`, namespace },
        data: { 'cinder.conf': bytes(file.join('\n')) },
      };
      return [
        secret,
        anObject('apps/v1', kind, { name, namespace }, { replicas: 2, selector: { matchLabels: labels }, template }),
      ];
    };
    const array = ['[DEFAULT]', 'enabled_backends = fast,slow', '[fast]', 'backend_host = array:fast', '[slow]'];
    const disks = ['[DEFAULT]', 'enabled_backends = lvm', '[lvm]', 'volume_group = vg'];
    await create(
      ...process('StatefulSet', 'volume-array', [...array, 'backend_host = array:slow'], {}),
      ...process('DaemonSet', 'volume-lvm', disks, { nodeSelector: { 'openstack-compute-node': 'enabled' } }),
    );
    await pass(30);
    const rows = (await ask('GET', 'cinder-api/v3/p/os-services')).body.services;
    expect(rows.map(({ binary, host }: Record<string, string>) => `${binary} ${host}`).sort()).toEqual([
      'cinder-volume array:fast@fast',
      'cinder-volume array:slow@slow',
      'cinder-volume c1@lvm',
      'cinder-volume c2@lvm',
    ]);
  });
});
