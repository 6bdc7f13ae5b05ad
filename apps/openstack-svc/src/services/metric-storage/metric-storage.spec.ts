import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, rendered, renderedService } from '../../cloud/cloud.fixtures.js';

const spec = (...services: readonly string[]) => aSpec({ openstack_version: 'gazpacho', features: { services } });
const named = (service: string, wanted: ReturnType<typeof spec>) =>
  renderedService(service, wanted).stages.flatMap(({ objects }) =>
    objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );

describe('metrics in Prometheus', () => {
  test('Aetos asks it for those who may see; it asks the agents of telemetry', () => {
    const service = renderedService('metric-storage', spec('metric-storage'));
    expect(fileOf(service, 'aetos-etc', 'aetos.conf').parsed).toMatchObject({
      DEFAULT: { auth_mode: 'keystone' },
      prometheus: { host: 'openstack-prometheus-server.openstack.svc.cluster.local', port: 9090 },
      keystone_authtoken: { username: 'aetos' },
    });
    expect(fileOf(service, 'prometheus-etc', 'prometheus.yml').parsed).toMatchObject({
      scrape_configs: [
        {
          dns_sd_configs: [
            {
              names: [
                'ceilometer-central-metrics.openstack.svc.cluster.local',
                'ceilometer-compute-metrics.openstack.svc.cluster.local',
              ],
              port: 9101,
            },
          ],
        },
      ],
    });
    expect(service.stages.map(({ name }) => name)).toContain('storage');
  });

  test('telemetry shows its samples to it, and sends nothing where there is no Gnocchi', () => {
    const metering = renderedService('metering', spec('metering', 'metric-storage'));
    const polling = { enable_prometheus_exporter: true, batch_size: 0, enable_notifications: false };
    for (const secret of ['ceilometer-etc', 'ceilometer-compute-etc'])
      expect(fileOf(metering, secret, 'ceilometer.conf').parsed).toMatchObject({ polling });
    const names = named('metering', spec('metering', 'metric-storage'));
    expect(names).toEqual(
      expect.arrayContaining(['Service/ceilometer-central-metrics', 'Deployment/ceilometer-central']),
    );
    expect(names).not.toContain('Deployment/ceilometer-notification');
    expect(JSON.stringify(metering)).toContain('--skip-gnocchi-resource-types');
  });

  test('beside Gnocchi both are served; with Gnocchi alone nothing is shown', () => {
    expect(named('metering', spec('metering', 'metric', 'metric-storage'))).toEqual(
      expect.arrayContaining(['Service/ceilometer-compute-metrics', 'Deployment/ceilometer-notification']),
    );
    const alone = renderedService('metering', aSpec({ features: { services: ['metering', 'metric'] } }));
    expect(JSON.stringify(alone)).not.toContain('9101');
  });

  test('the gateway leads to it', () => {
    const gateway = rendered(spec('metric-storage')).find(({ service }) => service === 'app-gateway');
    expect(gateway?.files[0]?.text()).toContain('aetos.cloud.example.org');
  });
});
