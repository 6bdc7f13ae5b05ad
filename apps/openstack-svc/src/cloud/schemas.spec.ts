import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { type Call, createObject, type Engine, memoryLog, openEngine, systemMasters } from '@keelson/kube-server';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { cloudServices } from '../services/index.js';
import { aFiler, anArray, askedFeatures, aSpec, type CloudOptions, rendered, someCeph } from './cloud.fixtures.js';

const shapes: readonly (readonly [string, Readonly<Record<string, unknown>>, CloudOptions])[] = [
  'caracal',
  'epoxy',
  'gazpacho',
].flatMap((openstack_version) => [
  [`${openstack_version} core, OVS, single`, aSpec({ openstack_version, size: 'single' }), {}],
  [
    `${openstack_version} with every service, OVN, small`,
    aSpec({
      openstack_version,
      preset: 'compute',
      size: 'small',
      features: {
        ...askedFeatures,
        services: cloudServices.map(({ name }) => name),
        neutron: { backend: 'ml2/ovn', extensions: { portprober: { enabled: true } } },
        ironic: {
          agent_images: { base_url: 'https://files.example.org', kernel: 'ipa.vmlinuz', initramfs: 'ipa.gz' },
          networks: {
            baremetal: { bind_deployment_services: true, subnets: [{ name: 'metal', range: '10.1.0.0/24' }] },
          },
          console: { serial: { enabled: true } },
        },
      },
    }),
    {},
  ],
  [
    `${openstack_version} with Ceph and arrays of its own`,
    aSpec({
      openstack_version,
      preset: 'compute',
      features: {
        services: ['shared-file-system'],
        cinder: { volume: { backends: { array: anArray, Other_Array: anArray } } },
        manila: { share: { backends: { filer: aFiler } } },
        nova: { images: { backend: 'ceph' } },
      },
    }),
    { ceph: someCeph },
  ],
  [`${openstack_version} compute-tf, medium`, aSpec({ openstack_version, preset: 'compute-tf', size: 'medium' }), {}],
]);

describe('rendered objects against the schemas of Kubernetes', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({
      log: memoryLog(),
      profile: 'child',
      clock: new VirtualClock(),
      random: seededRandom('schemas'),
      logger: silentLog,
    });
    for (const name of ['openstack', 'openstack-external', 'openstack-ceph-shared']) {
      await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, {});
    }
  });
  afterAll(() => engine.close());

  async function create(object: KubeObject, query: Call['query']): Promise<readonly string[]> {
    const kind = engine.registry.kinds.byKind(object.apiVersion, object.kind);
    if (kind === undefined) return [`there is no kind ${object.apiVersion} ${object.kind}`];
    const { namespace } = object.metadata;
    const warnings: string[] = [];
    const call: Call = { kind, namespace, query, user: systemMasters, userAgent: 'keelson', warnings };
    await createObject(engine.registry, call, object).catch((error: unknown) => warnings.push(String(error)));
    return warnings.map((text) => `${object.kind}/${object.metadata.name}: ${text}`);
  }

  test.each(shapes)('%s', async (_, spec, options) => {
    const objects = rendered(spec, options).flatMap(({ stages, onDemand }) => [
      ...stages.flatMap((stage) => stage.objects),
      ...onDemand,
    ]);
    const complaints: string[] = [];
    for (const object of objects) {
      complaints.push(
        ...(await create(object, { fieldValidation: 'Strict', dryRun: 'All', fieldManager: 'openstack-svc' })),
      );
    }
    expect(complaints).toEqual([]);
  });
});
