import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const of = (backend: string) =>
  renderedService('load-balancer', aSpec({ preset: 'compute', features: { neutron: { backend } } }));
const apiOf = (service: ReturnType<typeof of>) =>
  service.stages
    .flatMap(({ objects }) => objects)
    .find(({ kind, metadata }) => `${kind}/${metadata.name}` === 'Deployment/octavia-api');

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
});
