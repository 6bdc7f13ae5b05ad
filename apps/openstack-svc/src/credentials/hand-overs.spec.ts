import { describe, expect, test } from '@jest/globals';
import type { Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aSpec } from '../cloud/cloud.fixtures.js';
import { placeholderSecrets } from '../cloud/placeholder-secrets.js';
import { cloudOf, credentialsOf } from '../cloud/render.js';
import { handOvers } from './hand-overs.js';

const broker = { address: '172.16.1.7', ports: [{ name: 'amqp-tls', port: 5671 }] };

function handedOver(
  features: Readonly<Record<string, unknown>>,
  isReachable = true,
  more: object = {},
): readonly Secret[] {
  const input = { name: 'osh', namespace: 'openstack', spec: aSpec({ features, ...more }) };
  const needs = credentialsOf(cloudOf({ ...input, secrets: placeholderSecrets([]) }));
  return handOvers(cloudOf({ ...input, secrets: placeholderSecrets(needs) }), isReachable ? broker : undefined);
}

const texts = ({ data }: Secret): Record<string, string | undefined> =>
  Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, textIn({ data } as Secret, key)]));

describe('what others are told of a cloud', () => {
  test('nobody is told who has not been asked for', () => {
    expect(handedOver({})).toEqual([]);
  });

  test('monitoring: where notifications are, which exporters there are, by whom database and APIs are asked', () => {
    const [queue, config, ...others] = handedOver({ stacklight: { enabled: true }, services: ['cloudprober'] });
    expect(others).toEqual([]);
    expect(queue?.metadata).toEqual({ name: 'rabbitmq-creds', namespace: 'openstack-lma-shared' });
    expect(queue && texts(queue)).toEqual({
      username: 'stacklight',
      password: '(secret.generated-stacklight-messaging.password)',
      hosts: '["rabbitmq.openstack.svc.cluster.local:5672"]',
      vhost: '/openstack',
    });
    const documents = Object.fromEntries(
      Object.entries(config ? texts(config) : {}).map(([key, text]) => [key, JSON.parse(text ?? '') as unknown]),
    );
    expect(documents).toMatchObject({
      'conf.json': { exporters: { cloudprober: { enabled: true }, portprober: { enabled: false } } },
      'mysql.json': { username: 'monitor', host: 'mariadb.openstack.svc.cluster.local' },
      'openstack.json': { username: 'stacklight', project_name: 'service' },
      'endpoints.json': expect.arrayContaining([
        {
          name: 'keystone',
          internal: 'https://keystone-api.openstack.svc.cluster.local:5000',
          public: 'https://keystone.cloud.example.org',
        },
      ]),
    });
  });

  test('the IAM of the management cluster: the client and where it may send people back to', () => {
    const [secret] = handedOver({ keystone: { keycloak: { enabled: true, url: 'https://iam.example.org' } } });
    expect(secret?.metadata).toEqual({
      name: 'openstack-iam-shared',
      namespace: 'openstack',
      labels: { 'kaas.mirantis.com/openstack-iam-shared': 'True' },
    });
    expect(JSON.parse((secret && texts(secret)['client']) ?? '')).toEqual({
      clientId: 'os',
      redirectUris: [
        'https://keystone.cloud.example.org/v3/auth/OS-FEDERATION/identity_providers/keycloak/protocols/mapped/websso/',
        'https://horizon.cloud.example.org/*',
      ],
    });
  });

  test('readers of topics outside, as soon as the broker has an address there', () => {
    const messaging = { notifications: { external: { enabled: true, topics: ['billing.v2', 'audit'] } } };
    expect(handedOver({ messaging }, false)).toEqual([]);
    const [billing, audit] = handedOver({ messaging });
    expect(audit?.metadata.name).toBe('openstack-audit-notifications');
    expect(billing?.metadata).toEqual({
      name: 'openstack-billing-v2-notifications',
      namespace: 'openstack-external',
      labels: { 'openstack.lcm.mirantis.com/rabbitmq-external': 'true' },
    });
    expect(billing && texts(billing)).toEqual({
      username: 'billing-v2-external',
      password: '(secret.generated-billing-v2-external-messaging.password)',
      hosts: '172.16.1.7',
      vhost: 'openstack',
      'port_amqp-tls': '5671',
      ca_cert: '(secret.generated-rabbitmq-external-server.ca.crt)',
      client_cert: '(secret.generated-rabbitmq-external-client.tls.crt)',
      client_key: '(secret.generated-rabbitmq-external-client.tls.key)',
    });
  });

  test('OpenSDN: the account, where metadata are, certificates of public names, and what single nodes have of their own', () => {
    const own = { tunnel_interface: 'bond1' };
    const given = { ssl: { public_endpoints: { ca_cert: '(ca)', api_cert: '(cert)', api_key: '(key)' } } };
    const nodes = { 'rack::b': { features: { neutron: own } }, 'rack::c': { features: {} } };
    const neutron = { backend: 'tungstenfabric', tunnel_interface: 'bond0' };
    const [secret] = handedOver({ ...given, neutron }, true, { nodes });
    expect(secret?.metadata).toEqual({
      name: 'tf-data',
      namespace: 'openstack-tf-shared',
      labels: { 'keelson.dev/sdn-exchange': 'from-openstack' },
    });
    expect(secret && texts(secret)).toEqual({
      auth_url: 'https://keystone-api.openstack.svc.cluster.local:5000/v3',
      username: expect.any(String),
      password: '(secret.generated-keystone-admin.password)',
      project_name: 'admin',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
      default_domain: 'default',
      region_name: 'RegionOne',
      interface: 'internal',
      auth_certificate_authority: '(secret.generated-internal-authority.tls.crt)',
      nova_metadata_host: 'nova-metadata.openstack.svc.cluster.local',
      nova_metadata_port: '8775',
      metadata_proxy_secret: expect.any(String),
      tunnel_interface: 'bond0',
      public_domain: 'cloud.example.org',
      certificate_authority: '(ca)',
      certificate: '(cert)',
      private_key: '(key)',
      ingress_namespace_class: 'openstack-ingress-nginx',
      octavia_mgmt_network: JSON.stringify({
        name: 'lb-mgmt-net',
        subnets: [{ range: '10.255.0.0/16', pool_start: '10.255.1.0', pool_end: '10.255.255.254' }],
      }),
      nodes: JSON.stringify({ 'rack::b': own }),
    });
    const [plain] = handedOver({ ...given, neutron, ssl: { ...given.ssl, tls_proxy: { enabled: false } } });
    expect(plain && texts(plain)).toMatchObject({
      auth_url: 'http://keystone-api.openstack.svc.cluster.local:5000/v3',
    });
    expect(plain?.data).not.toHaveProperty('auth_certificate_authority');
  });
});
