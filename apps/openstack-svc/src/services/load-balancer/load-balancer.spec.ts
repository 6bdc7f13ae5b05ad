import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const of = (backend: string) =>
  renderedService('load-balancer', aSpec({ preset: 'compute', features: { neutron: { backend } } }));
const objectOf = (service: ReturnType<typeof of>, id: string) =>
  service.stages.flatMap(({ objects }) => objects).find(({ kind, metadata }) => `${kind}/${metadata.name}` === id);
const apiOf = (service: ReturnType<typeof of>) => objectOf(service, 'Deployment/octavia-api');
const scriptOf = (service: ReturnType<typeof of>, name: string): string => {
  const maps = service.stages.flatMap(({ objects }) => objects).map((each) => ('data' in each ? each.data : {}));
  return maps.flatMap((data) => Object.entries(data as object)).find(([key]) => key === name)?.[1] as string;
};

describe('load balancers', () => {
  test('OVN: the API and the agent of its provider get addresses, read after the names, and meet in their pod', () => {
    const service = of('ml2/ovn');
    const resolved = '/opt/keelson/bin/ovn-addresses.sh';
    const flags = ['--config-file', '/etc/octavia/octavia.conf', '--config-file', '/tmp/ovn.ini'];
    const mounts = expect.arrayContaining([
      expect.objectContaining({ mountPath: resolved }),
      { name: 'run-octavia', mountPath: '/var/run/octavia' },
      { name: 'orders', mountPath: '/etc/ovn-state', readOnly: true },
    ]);
    const env = [{ name: 'OVN_NORTHBOUND', value: expect.stringContaining('tcp:ovn-ovsdb-nb-0.') }, expect.anything()];
    const uwsgi = ['uwsgi_python3', '--ini', '/etc/octavia/octavia-uwsgi.ini'];
    expect(apiOf(service)).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'octavia-api', command: [resolved, ...uwsgi], env, volumeMounts: mounts },
              { command: [resolved, 'octavia-driver-agent', ...flags], env, volumeMounts: mounts },
              { name: 'tls-proxy' },
            ],
          },
        },
      },
    });
    expect(JSON.stringify(service.stages[0])).toContain('"ovn-addresses.sh":"#!/bin/sh');
    expect(fileOf(service, 'octavia-etc', 'octavia-uwsgi.ini').parsed).toMatchObject({
      uwsgi: { pyargv: flags.join(' ') },
    });
    expect(fileOf(service, 'octavia-etc', 'octavia.conf').parsed).toMatchObject({
      driver_agent: { enabled_provider_agents: 'ovn' },
    });
  });

  test('without OVN there is no provider that would need an agent', () => {
    expect(JSON.stringify(of('ml2').stages)).not.toMatch(/driver-agent|ovn-addresses/u);
  });

  test.each(['worker', 'housekeeping'])(
    'the %s is where a health manager has a port of its node among amphorae',
    (name) => {
      const service = of('ml2');
      const matchLabels = { application: 'octavia', component: 'health-manager', release_group: 'openstack-octavia' };
      const term = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
      expect(objectOf(service, 'DaemonSet/octavia-health-manager-default')).toMatchObject({
        spec: { template: { metadata: { labels: matchLabels } } },
      });
      const controller = objectOf(service, `Deployment/octavia-${name}`);
      expect(controller).toMatchObject({
        spec: {
          template: {
            spec: {
              hostNetwork: true,
              dnsPolicy: 'ClusterFirstWithHostNet',
              affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
              containers: [{ command: [expect.stringContaining('octavia-start.sh'), `octavia-${name}`] }],
            },
          },
        },
      });
      expect(JSON.stringify(controller)).toContain('openstack-gateway');
    },
  );

  test('ports of the management network have security groups, which neutron refuses where port security is off', () => {
    const create = scriptOf(of('ml2'), 'octavia-create-resources.sh');
    expect(create).toContain('openstack network create "$network"');
    expect(create).not.toContain('--disable-port-security');
  });

  test('the two amphorae of a load balancer are on two computes where that can be', () => {
    expect(fileOf(of('ml2'), 'octavia-etc', 'octavia.conf').parsed).toMatchObject({
      controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' },
      nova: { enable_anti_affinity: true, anti_affinity_policy: 'soft-anti-affinity' },
    });
    const alone = renderedService('load-balancer', aSpec({ preset: 'compute', size: 'single' }));
    const file = fileOf(alone, 'octavia-etc', 'octavia.conf');
    expect(file.parsed).toMatchObject({ controller_worker: { loadbalancer_topology: 'SINGLE' } });
    expect(file.text()).not.toContain('anti_affinity');
  });

  const withOctavia = (octavia: object, backend = 'ml2') =>
    renderedService('load-balancer', aSpec({ preset: 'compute', features: { octavia, neutron: { backend } } }));
  const network = (subnet: object) =>
    fileOf(withOctavia({ lb_network: { subnets: [subnet] } }), 'octavia-resources', 'wanted.json').parsed;

  test('the management network is given out as the spec says: a range without a pool as a whole', () => {
    const usual = { range: '10.255.0.0/16', pool_start: '10.255.1.0', pool_end: '10.255.255.254' };
    expect(network({})).toEqual({ network: 'lb-mgmt-net', ...usual });
    expect(network({ range: '192.0.2.0/24' })).toEqual({ network: 'lb-mgmt-net', range: '192.0.2.0/24' });
    const pool = { pool_start: '192.0.2.10', pool_end: '192.0.2.20' };
    expect(network({ range: '192.0.2.0/24', ...pool })).toMatchObject(pool);
    expect(() => network({ pool_start: '192.0.2.10' })).toThrow('pool_start and pool_end belong together');
  });

  test.each([
    [{ range: '192.0.2.0/24' }, '--subnet-range 192.0.2.0/24 --gateway none'],
    [{}, '--subnet-range 10.255.0.0/16 --gateway none --allocation-pool start=10.255.1.0,end=10.255.255.254'],
  ])('its subnet of %j is made so', (subnet, expected) => {
    const directory = mkdtempSync(join(tmpdir(), 'octavia-create-'));
    const wanted = join(directory, 'wanted.json');
    writeFileSync(wanted, JSON.stringify(network(subnet)));
    const asked = join(directory, 'asked');
    writeFileSync(
      join(directory, 'openstack'),
      `#!/bin/sh\necho "$*" >> ${asked}\ncase "$*" in *show*) exit 1;; esac\n`,
      { mode: 0o755 },
    );
    const text = scriptOf(of('ml2'), 'octavia-create-resources.sh').replaceAll(
      '/etc/octavia-resources/wanted.json',
      wanted,
    );
    const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}` };
    expect(spawnSync('sh', ['-c', text], { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(asked, 'utf8')).toContain(
      `subnet create lb-mgmt-net-subnet --network lb-mgmt-net ${expected}\n`,
    );
    rmSync(directory, { recursive: true });
  });

  test.each([
    ['ovn', 'ml2', 'choose one of amphora, amphorav2'],
    ['tungstenfabric', 'ml2/ovn', 'choose one of amphora, amphorav2, ovn'],
    ['amphorav2', 'tungstenfabric', 'choose one of tungstenfabric'],
  ])('the provider %s is refused with the networking %s', (default_provider, backend, end) =>
    expect(() => withOctavia({ default_provider }, backend)).toThrow(
      `spec.features.octavia.default_provider: there is no ${default_provider} with spec.features.neutron.backend ${backend}: ${end}`,
    ),
  );

  test.each([
    ['begins when the port of its node has an address', 3, 0, 'bind_ip = 10.255.1.7\n'],
    ['ends, and says where to look, when that never comes', 1000, 1, undefined],
  ])('a daemon %s', (_, after, status, settings) => {
    const directory = mkdtempSync(join(tmpdir(), 'octavia-start-'));
    const command = (name: string, text: string): void => {
      writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    command('sleep', ':');
    command('openstack', 'case "$1" in port) echo "[]";; *) echo id;; esac');
    const answer = '6: o-hm0    inet 10.255.1.7/16 scope global o-hm0';
    command('ip', `echo x >> ${directory}/asked; [ $(wc -l < ${directory}/asked) -lt ${after} ] || echo '${answer}'`);
    const file = join(directory, 'resources.conf');
    const text = scriptOf(of('ml2'), 'octavia-start.sh').replaceAll('/tmp/resources.conf', file);
    const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}`, LB_NETWORK: 'lb-mgmt-net' };
    const run = spawnSync('sh', ['-c', text, 'start', 'true'], { env, encoding: 'utf8' });
    const told = status === 0 ? '' : 'o-hm0 has no address on this node: see the init container';
    expect([run.status, run.stderr]).toEqual([status, expect.stringContaining(told)]);
    if (settings !== undefined) expect(readFileSync(file, 'utf8')).toContain(settings);
    rmSync(directory, { recursive: true });
  });
});
