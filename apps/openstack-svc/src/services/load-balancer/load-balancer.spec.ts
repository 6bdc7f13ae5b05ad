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
