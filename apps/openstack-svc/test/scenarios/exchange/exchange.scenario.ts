import { afterEach, describe, expect, it } from '@jest/globals';
import {
  EventKind,
  type KubeObject,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentSecret,
  OpenStackDeploymentSecretKind,
  SecretKind,
  ServiceKind,
} from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** Real credentials, few workloads. */
const renderer: Renderer = {
  ...smallRenderer,
  credentials: (request) => [...smallRenderer.credentials(request), ...cloudRenderer.credentials(request)],
};
const external = { namespace: 'openstack-external', name: 'openstack-billing-notifications' };
const offered = (topics: readonly string[]) => ({
  features: { messaging: { notifications: { external: { enabled: true, topics } } }, stacklight: { enabled: true } },
});

async function textOf(key: typeof external, name: string): Promise<string | undefined> {
  return textIn(await world.api.get(SecretKind, key), name);
}

describe('what a cloud hands over', () => {
  it('follows credentials, spec and the address of the broker, and goes with what it is about', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment(offered(['billing'])));
    const creds = { namespace: 'openstack-lma-shared', name: 'rabbitmq-creds' };
    await world.until('monitoring is told', async () => (await textOf(creds, 'username')) === 'stacklight');
    expect(await world.api.get(SecretKind, external)).toBeUndefined();
    const service = { namespace: 'openstack', name: 'rabbitmq-external' };
    const broker: KubeObject & { spec: object } = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: service,
      spec: { type: 'LoadBalancer', ports: [{ name: 'amqp-tls', port: 5671 }] },
    };
    await world.apply(broker);
    const ingress = (ip: string) =>
      world.api.patch(
        ServiceKind,
        service,
        { status: { loadBalancer: { ingress: [{ ip }] } } },
        { subresource: 'status' },
      );
    await ingress('172.16.1.7');
    await world.until('the reader is told', async () => (await textOf(external, 'hosts')) === '172.16.1.7');
    await ingress('172.16.1.8');
    await world.until('it is told anew', async () => (await textOf(external, 'hosts')) === '172.16.1.8');
    await world.api.delete(SecretKind, creds);
    await world.until('it comes again', async () => (await textOf(creds, 'vhost')) === '/openstack');
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec: offered(['other']) });
    await world.until('it is withdrawn', async () => (await world.api.get(SecretKind, external)) === undefined);
    expect(await textOf({ ...external, name: 'openstack-other-notifications' }, 'username')).toBe('other-external');
    const own = { namespace: 'openstack', name: 'generated-public-endpoints' };
    const certificate = await textOf(own, 'tls.crt');
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec: { public_domain_name: 'b.example.org' } });
    await world.until(
      'a certificate is for the new domain',
      async () => (await textOf(own, 'tls.crt')) !== certificate,
    );
    const renewed = await textOf(own, 'tls.crt');
    await world.clock.advance(3_600_000);
    expect(await textOf(own, 'tls.crt')).toBe(renewed);
  });

  it('follows the hidden part of the spec, too, which tells that it was taken up; options without effect are told', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(aDeployment());
    await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
    const before = (await world.status())?.osdpl?.fingerprint;
    const creds = { namespace: 'openstack-lma-shared', name: 'rabbitmq-creds' };
    expect(await world.api.get(SecretKind, creds)).toBeUndefined();
    await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'osh-system' } });
    const options: KubeObject & { data: object } = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'rockoon-config', namespace: 'osh-system' },
      data: { 'extra_conf.ini': '[helmbundle]\nhelm_cmd_timeout = 60\n' },
    };
    await world.apply(options);
    await world.until('its options are read', async () => {
      const live = await world.api.get<OpenStackDeployment>(OpenStackDeploymentKind, cloudKey);
      return live?.status?.watched?.['rockoon-config'] !== undefined;
    });
    await world.until('it is told what of them changes nothing', async () =>
      (await world.api.list(EventKind)).items.some(({ message }) => message?.includes('helm_cmd_timeout') === true),
    );
    const hidden: KubeObject & { spec: object } = {
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'OpenStackDeploymentSecret',
      metadata: cloudKey,
      spec: { features: { stacklight: { enabled: true } } },
    };
    await world.apply(hidden);
    await world.until('monitoring is told', async () => (await textOf(creds, 'username')) === 'stacklight');
    await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
    expect((await world.status())?.osdpl?.fingerprint).not.toBe(before);
    const { status } = (await world.api.get<OpenStackDeploymentSecret>(OpenStackDeploymentSecretKind, cloudKey)) ?? {};
    expect(status).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{16}$/u) });
  });
});
