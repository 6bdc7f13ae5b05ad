import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, rendered, renderedService } from '../../cloud/cloud.fixtures.js';

const external = { notifications: { external: { enabled: true, topics: ['billing'] } } };

describe('notifications', () => {
  test('are not sent where nobody reads, and there is nothing for them', () => {
    const text = JSON.stringify(renderedService('messaging', aSpec()));
    expect(text).not.toContain('notifications-init');
    expect(text).not.toContain('5671');
    const nova = fileOf(renderedService('compute', aSpec()), 'nova-etc', 'nova.conf').parsed;
    expect(nova).toMatchObject({ oslo_messaging_notifications: { driver: 'noop' } });
  });

  test('are sent to the topics that are read, over the broker of all, also by who has one of his own', () => {
    const spec = aSpec({ size: 'small', features: { messaging: external, stacklight: { enabled: true } } });
    const nova = fileOf(renderedService('compute', spec), 'nova-etc', 'nova.conf').parsed;
    expect(nova).toMatchObject({
      oslo_messaging_notifications: {
        driver: 'messagingv2',
        topics: ['stacklight_notifications', 'billing'],
        transport_url: expect.stringMatching(/@rabbitmq\.openstack\.svc\.cluster\.local:5672\/openstack$/u),
      },
    });
  });

  test('have accounts before anybody sends: a reader writes to its own queues only, and what is old goes', () => {
    const messaging = renderedService('messaging', aSpec({ features: { messaging: external } }));
    expect(messaging.stages.map(({ name }) => name)).toEqual([
      'configuration',
      'workloads',
      'notifications',
      'configuration',
      'workloads',
    ]);
    const requests = fileOf(messaging, 'rabbitmq-notifications-init', 'requests').text();
    expect(requests).toContain(String.raw`{\"message-ttl\":120000}`);
    expect(requests).toContain(String.raw`\"write\":\"^billing\\\\..*\"`);
  });

  test('outside are TLS with certificates on both sides', () => {
    const messaging = renderedService('messaging', aSpec({ features: { messaging: external } }));
    const settings = fileOf(messaging, 'rabbitmq-etc', 'rabbitmq.conf').text();
    expect(settings).toContain('listeners.ssl.default = 5671');
    expect(settings).toContain('ssl_options.fail_if_no_peer_cert = true');
    const front = messaging.stages
      .flatMap(({ objects }) => objects)
      .filter(({ metadata }) => metadata.name === 'rabbitmq-external');
    expect(front).toMatchObject([
      { kind: 'Service', spec: { type: 'LoadBalancer', ports: [{ name: 'amqp-tls', port: 5671 }] } },
      { kind: 'NetworkPolicy' },
    ]);
    // The brokers of single projects are not offered.
    const own = fileOf(messaging, 'neutron-rabbitmq-etc', 'rabbitmq.conf').text();
    expect(own).not.toContain('ssl');
  });

  test('are read by telemetry from where they are sent', () => {
    const services = ['metering', 'metric', 'coordination'];
    const all = rendered(aSpec({ features: { services } }));
    const ceilometer = all.find(({ service }) => service === 'metering');
    expect(ceilometer && fileOf(ceilometer, 'ceilometer-etc', 'ceilometer.conf').parsed).toMatchObject({
      notification: { messaging_urls: { repeated: [expect.stringContaining('/openstack')] } },
    });
  });
});
