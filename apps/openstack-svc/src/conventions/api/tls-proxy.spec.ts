import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, rendered, renderedService, type SpecOptions } from '../../cloud/cloud.fixtures.js';
import type { RenderedService } from '../../cloud/service.js';
import { cloudServices } from '../../services/index.js';

const services = cloudServices.map(({ name }) => name);
const everything = (openstack_version: string, features: SpecOptions['features'] = {}): RenderedService[] =>
  rendered(aSpec({ openstack_version, preset: 'compute', features: { services, ...features } }));
const without = { ssl: { tls_proxy: { enabled: false } } };
const releases = ['caracal', 'epoxy', 'gazpacho'];
const ovn = { neutron: { backend: 'ml2/ovn' } };
const federated = { keystone: { keycloak: { enabled: true, url: 'https://iam.example.org' } } };

interface Mounted {
  readonly kind: string;
  readonly name: string;
  readonly containers: readonly {
    readonly name: string;
    readonly ports?: readonly unknown[];
    readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  }[];
  readonly paths: readonly string[];
}

function podsOf(all: readonly RenderedService[]): Mounted[] {
  return all.flatMap(({ stages, onDemand }) =>
    [...stages.flatMap(({ objects }) => objects), ...onDemand].flatMap((object) => {
      const {
        template,
      }: { template?: { spec: { containers: { name: string; volumeMounts?: { mountPath: string }[] }[] } } } = Object(
        'spec' in object ? object.spec : {},
      );
      if (template === undefined) return [];
      const { containers } = template.spec;
      const paths = (containers[0]?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
      return [{ kind: object.kind, name: object.metadata.name, containers, paths }];
    }),
  );
}

describe('TLS inside the cluster', () => {
  test.each(releases)('in %s every API has a proxy beside it, and listens where only its pod reaches it', (release) => {
    const all = everything(release, ovn);
    const proxied = podsOf(all).filter(({ containers }) => containers.some(({ name }) => name === 'tls-proxy'));
    expect(proxied.map(({ name }) => name).sort()).toEqual([
      'aetos-api',
      'aodh-api',
      'barbican-api',
      'cinder-api',
      'designate-api',
      'glance-api',
      'gnocchi-api',
      'heat-api',
      'heat-cfn',
      'horizon',
      'ironic-api',
      'keystone-api',
      'manila-api',
      'masakari-api',
      'neutron-server-default',
      'nova-api-metadata',
      'nova-api-osapi',
      'octavia-api',
      'placement-api',
    ]);
    for (const { containers } of proxied) {
      const [api, ...others] = containers;
      expect([api?.name, api?.ports]).toEqual([api?.name, undefined]);
      expect(others.find(({ name }) => name === 'tls-proxy')?.ports).toHaveLength(1);
    }
    for (const { format, parsed } of all.flatMap(({ files }) => files)) {
      const listens = format === 'ini' ? Object(parsed).uwsgi?.['http-socket'] : undefined;
      if (listens !== undefined) expect(listens).toMatch(/^127\.0\.0\.1:[12]\d{4}$/u);
    }
  });

  test.each([
    ['nothing special', {}],
    ['OVN', ovn],
    ['others signing in', federated],
  ])('with %s what calls an API calls it by https and has the authority that it names', (_, features) => {
    const all = everything('epoxy', features);
    for (const { service, files } of all)
      for (const file of files)
        expect([service, file.path, plainCall.test(file.text())]).toEqual([service, file.path, false]);
    const texts = new Map(all.flatMap(({ files }) => files.map((file) => [file.path, file.text()])));
    const naming = podsOf(all).filter(({ paths }) => paths.some((path) => (texts.get(path) ?? '').includes(authority)));
    expect(naming.length).toBeGreaterThan(40);
    expect(naming.filter(({ paths }) => !paths.includes(authority)).map(({ name }) => name)).toEqual([]);
    expect(podsOf(all).filter(({ paths }) => new Set(paths).size < paths.length)).toEqual([]);
  });

  test.each(releases)('in %s an API of which a pod ends answers for as long as its proxy takes requests', (release) => {
    const waits = podsOf(everything(release, ovn)).flatMap(({ name, containers }) => {
      if (!containers.some((each) => each.name === 'tls-proxy')) return [];
      return [[name, containers[0]?.lifecycle?.preStop.exec.command.join(' ')] as const];
    });
    expect(waits.length).toBeGreaterThan(15);
    expect(waits.filter(([, hook]) => Number(/sleep (\d+)/u.exec(hook ?? '')?.[1] ?? 0) <= 5)).toEqual([]);
  });

  test('the ways in from outside speak it too, and check whom they speak to', () => {
    const all = everything('epoxy');
    const ingress = JSON.stringify(all.flatMap(({ stages }) => stages));
    expect(ingress).toContain('"nginx.ingress.kubernetes.io/proxy-ssl-name":"nova-api.openstack.svc.cluster.local"');
    const gateway = all.find(({ service }) => service === 'app-gateway');
    if (gateway === undefined) throw new Error('there is no gateway');
    const { clusters } = Object(fileOf(gateway, 'app-gateway-etc', 'envoy.yaml').parsed).static_resources;
    const plain = clusters.filter((one: { transport_socket?: object }) => one.transport_socket === undefined);
    expect(plain.map(({ name }: { name: string }) => name)).toEqual(['ceph-rgw', 'nova-novncproxy']);
  });

  test('neutron-server without uWSGI listens where its proxy looks', () => {
    const conf = fileOf(
      renderedService('networking', aSpec({ openstack_version: 'caracal' })),
      'neutron-etc',
      'neutron.conf',
    );
    expect(conf.parsed).toMatchObject({ DEFAULT: { bind_host: '127.0.0.1', bind_port: 19_696 } });
  });

  test('metadata is plain for OpenSDN, which knows nothing else', () => {
    const nova = renderedService('compute', aSpec({ preset: 'compute-tf' }));
    expect(fileOf(nova, 'nova-etc', 'nova-metadata-uwsgi.ini').parsed).toMatchObject({
      uwsgi: { 'http-socket': '0.0.0.0:8775' },
    });
  });

  test('turned off there is nothing of it', () => {
    const text = JSON.stringify(everything('epoxy', without));
    expect(text).not.toMatch(/tls-proxy|internal-ca|appProtocol|proxy-ssl|127\.0\.0\.1:1/u);
    expect(text).toContain('http://');
  });
});

const plainCall = /http:\/\/[a-z-]+-(api|server|cfn)\./u;
const authority = '/etc/ssl/openstack/internal-ca.crt';
