import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, rendered, renderedService } from '../../cloud/cloud.fixtures.js';

const cadf = (driver?: string) =>
  aSpec({
    preset: 'compute',
    features: { logging: { cadf: { enabled: true, ...(driver === undefined ? {} : { driver }) } } },
  });
const workload = (service: string, name: string, spec = cadf()) =>
  renderedService(service, spec)
    .stages.flatMap(({ objects }) => objects)
    .find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);

describe('audit', () => {
  test('is not there unless it is asked for', () => {
    expect(JSON.stringify(rendered(aSpec({ preset: 'compute' })))).not.toMatch(/audit-pipeline|audit_m/u);
  });

  test('goes over the bus to the topic of notifications, or to the log', () => {
    const nova = fileOf(renderedService('compute', cadf()), 'nova-etc', 'nova.conf');
    expect(nova.parsed).toMatchObject({
      wsgi: { api_paste_config: '/etc/audit/api-paste.ini' },
      audit_middleware_notifications: {
        driver: 'messagingv2',
        topics: 'notifications',
        transport_url: expect.stringContaining('/openstack'),
      },
    });
    const logged = fileOf(renderedService('compute', cadf('log')), 'nova-etc', 'nova.conf');
    expect(logged.parsed).toMatchObject({ audit_middleware_notifications: { driver: 'log' } });
    const keystone = fileOf(renderedService('identity', cadf('log')), 'keystone-etc', 'keystone.conf');
    expect(keystone.parsed).toMatchObject({ oslo_messaging_notifications: { driver: 'log' } });
  });

  test('is put into the pipeline of whatever reads it, before that starts', () => {
    for (const [service, name] of [
      ['compute', 'nova-api-osapi'],
      ['compute', 'nova-api-metadata'],
      ['networking', 'neutron-server'],
      ['orchestration', 'heat-cfn'],
    ] as const) {
      const text = JSON.stringify(workload(service, name));
      expect(text).toContain('"name":"audit-pipeline"');
      expect(text).toContain('"mountPath":"/etc/audit"');
    }
    expect(JSON.stringify(workload('compute', 'nova-conductor'))).not.toContain('audit-pipeline');
  });

  test('is a switch where the project has it itself', () => {
    const octavia = renderedService('load-balancer', cadf());
    expect(fileOf(octavia, 'octavia-etc', 'octavia.conf').parsed).toMatchObject({
      audit: { enabled: true, audit_map_file: '/etc/octavia/api_audit_map.conf' },
    });
    expect(fileOf(octavia, 'octavia-etc', 'api_audit_map.conf').parsed).toMatchObject({
      DEFAULT: { target_endpoint_type: 'load-balancer' },
    });
  });
});
