import { describe, expect, test } from '@jest/globals';
import { anArray, aSpec, type CloudOptions, fileOf, rendered, renderedService, someCeph } from './cloud.fixtures.js';
import { enabledServices } from './render.js';
import { cloudServices } from '../services/index.js';
import { mergeSpec } from './spec.js';

const objectsOf = (spec: Readonly<Record<string, unknown>>, options: CloudOptions = {}) =>
  rendered(spec, options).flatMap(({ stages, onDemand }) => [...stages.flatMap(({ objects }) => objects), ...onDemand]);

describe('rendering a cloud', () => {
  test('the same spec gives the same objects, byte for byte', () => {
    expect(JSON.stringify(rendered(aSpec()))).toBe(JSON.stringify(rendered(aSpec())));
  });

  test('every service comes after those that it needs, whatever their order in the spec', () => {
    const services = mergeSpec(aSpec({ features: { services: cloudServices.map(({ name }) => name) } })).features
      .services;
    const names = enabledServices({ spec: mergeSpec(aSpec({ features: { services: services.toReversed() } })) }).map(
      ({ name }) => name,
    );
    for (const [before, after] of [
      ['database', 'identity'],
      ['identity', 'image'],
      ['placement', 'compute'],
    ] as const) {
      expect(names.indexOf(before)).toBeLessThan(names.indexOf(after));
    }
  });

  test('a service that does not exist is refused by name', () => {
    expect(() => enabledServices({ spec: mergeSpec(aSpec({ features: { services: ['computing'] } })) })).toThrow(
      'spec.features.services: there is no service "computing"',
    );
  });

  test('credentials are in Secrets and nowhere else', () => {
    const others = objectsOf(aSpec({ features: { services: cloudServices.map(({ name }) => name) } })).filter(
      ({ kind }) => kind !== 'Secret',
    );
    expect(others.length).toBeGreaterThan(50);
    expect(others.filter((object) => JSON.stringify(object).includes('(secret.'))).toEqual([]);
  });

  test('no two objects have one name', () => {
    for (const backend of ['ml2', 'ml2/ovn']) {
      const keys = objectsOf(aSpec({ preset: 'compute', features: { neutron: { backend } } })).map(
        ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
      );
      expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    }
  });

  test('no two workloads select the same pods', () => {
    const services = cloudServices.map(({ name }) => name);
    const backends = { array: anArray, lvm: anArray, local: { lvm: { volume_group: 'vg' } } };
    const cinder = { volume: { backends } };
    const selectors = objectsOf(aSpec({ features: { services, cinder } }), { ceph: someCeph })
      .filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
      .map((object) => JSON.stringify((object as unknown as { spec: { selector: unknown } }).spec.selector));
    expect(new Set(selectors).size).toBe(selectors.length);
  });

  test('an option of the raw values changes the pods that read the file, and no others', () => {
    const templates = (spec: Readonly<Record<string, unknown>>) =>
      new Map(
        renderedService('compute', spec)
          .stages.flatMap(({ objects }) => objects)
          .filter(({ kind }) => ['Deployment', 'DaemonSet'].includes(kind))
          .map((object) => [object.metadata.name, JSON.stringify(object)]),
      );
    const before = templates(aSpec());
    const values = { conf: { nova_metadata_uwsgi: { uwsgi: { processes: 9 } } } };
    const after = templates(aSpec({ services: { compute: { nova: { values } } } }));
    expect([...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name)).toEqual([
      'nova-api-metadata',
    ]);
  });

  test('raw values are merged last: options, replicas, images, resources', () => {
    const values = {
      conf: {
        nova: { DEFAULT: { debug: true }, own: { list: ['a', 'b'], many: { type: 'multistring', values: [1, 2] } } },
      },
      images: { tags: { nova: 'mirror.example.org/nova:1' } },
      pod: { replicas: { osapi: 5 }, resources: { os_api: { requests: { cpu: '2' } } } },
    };
    const service = renderedService('compute', aSpec({ services: { compute: { nova: { values } } } }));
    const file = fileOf(service, 'nova-etc', 'nova.conf');
    expect(file.parsed).toMatchObject({
      DEFAULT: { debug: true, use_stderr: true },
      own: { list: ['a', 'b'], many: { repeated: [1, 2] } },
    });
    expect(file.text()).toContain('[own]\nlist = a,b\nmany = 1\nmany = 2\n');
    const api = service.stages
      .flatMap(({ objects }) => objects)
      .find(({ metadata }) => metadata.name === 'nova-api-osapi');
    expect(api).toMatchObject({
      spec: {
        replicas: 5,
        template: {
          spec: {
            containers: [
              { image: 'mirror.example.org/nova:1', resources: { requests: { cpu: '2', memory: '384Mi' } } },
              { name: 'tls-proxy', resources: { requests: { cpu: '20m' } } },
            ],
          },
        },
      },
    });
  });

  test('workloads have as long to get ready as the spec says of theirs, else the options of the controller', () => {
    const spec = aSpec({ timeouts: { application_readiness: { nova: { timeout: 60 } } } });
    const waits = (name: string): number[] =>
      renderedService(name, spec, { readySeconds: 3600 })
        .stages.filter(({ until }) => until === 'ready')
        .map(({ timeoutSeconds }) => timeoutSeconds);
    expect(waits('identity')).toEqual([3600]);
    expect(waits('compute')).toContain(60);
  });

  test('values of a group are read from either of their places, below those of the chart', () => {
    const conf = (level: string) => ({ conf: { nova: { DEFAULT: { own: level } } } });
    const own = (common: object): unknown =>
      fileOf(renderedService('compute', aSpec({ common })), 'nova-etc', 'nova.conf').parsed;
    expect(own({ openstack: { releases: { values: conf('a') } } })).toMatchObject({ DEFAULT: { own: 'a' } });
    const both = { openstack: { releases: { values: conf('a') }, values: conf('b') } };
    expect(own(both)).toMatchObject({ DEFAULT: { own: 'b' } });
  });
});
