import { terminal } from '@keelson/std';
import type { OpenStackRelease } from '../releases/release.js';
import { type ReleaseImages, withImages } from '../releases/release-images.js';
import { releaseOf } from '../releases/releases.js';
import { cloudServices } from '../services/index.js';
import type { AmphoraStage } from './amphora-rotation.js';
import type { CephAccess, Cloud, CloudNode, CloudSecrets, CredentialNeed, SdnAccess } from './cloud.js';
import { internalTlsCredentials } from './internal-tls.js';
import type { CloudService, RenderedService } from './service.js';
import type { MigrationStage } from './migration.js';
import { type MergedSpec, mergeSpec } from './spec.js';

export interface RenderInput {
  readonly name: string;
  readonly namespace: string;
  /** As the user wrote it. */
  readonly spec: object;
  readonly secrets: CloudSecrets;
  readonly nodes?: readonly CloudNode[];
  readonly ceph?: CephAccess | undefined;
  readonly awaitsCeph?: boolean;
  readonly inFiles?: readonly string[];
  readonly sdn?: SdnAccess | undefined;
  readonly migration?: MigrationStage | undefined;
  readonly amphorae?: AmphoraStage | undefined;
  readonly readySeconds?: number;
  /** What the Cluster release brings in place of the images that are known here. */
  readonly images?: ReleaseImages | undefined;
  /** In place of the one that the spec names: a release that is not for deployments, such as a distribution's packages. */
  readonly release?: OpenStackRelease;
}

/** What rendering looks at. @throws Failure terminal naming the field that is wrong */
export function cloudOf(input: RenderInput): Cloud {
  const { migration } = input;
  const spec = migration === undefined ? mergeSpec(input.spec) : onOvn(mergeSpec(input.spec));
  const {
    name,
    namespace,
    secrets,
    nodes = [],
    ceph,
    awaitsCeph = false,
    inFiles = [],
    sdn,
    amphorae,
    readySeconds,
    images,
    release = releaseOf(spec.openstack_version),
  } = input;
  return {
    name,
    namespace,
    spec,
    release: withImages(release, images),
    secrets,
    nodes,
    awaitsCeph,
    inFiles,
    ...(ceph === undefined ? {} : { ceph }),
    ...(sdn === undefined ? {} : { sdn }),
    ...(readySeconds === undefined ? {} : { readySeconds }),
    ...(migration === undefined ? {} : { migration }),
    ...(amphorae === undefined ? {} : { amphorae }),
  };
}

/** The types that tenants had with Open vSwitch are not those of OVN. */
function onOvn(spec: MergedSpec): MergedSpec {
  const { tenant_network_types: types, ...neutron } = spec.features.neutron;
  const known = types?.filter((type) => type !== 'vxlan');
  const kept = known === undefined || known.length === 0 ? {} : { tenant_network_types: known };
  return { ...spec, features: { ...spec.features, neutron: { ...neutron, ...kept, backend: 'ml2/ovn' } } };
}

/** Every enabled service, rendered, each after those that it needs. @throws Failure terminal naming the field that is wrong */
export function renderCloud(input: RenderInput): RenderedService[] {
  const cloud = cloudOf(input);
  return enabledServices(cloud).map((service) => service.render(cloud));
}

/** Credentials that must exist before the cloud is rendered, each once. */
export function credentialsOf(
  cloud: Pick<Cloud, 'name' | 'namespace' | 'spec' | 'release'>,
): readonly CredentialNeed[] {
  const byName = new Map<string, CredentialNeed>();
  const needs = enabledServices(cloud).flatMap((service) => service.credentials(cloud));
  for (const need of [...internalTlsCredentials(cloud), ...needs])
    if (!byName.has(need.name)) byName.set(need.name, need);
  return [...byName.values()];
}

/**
 * Services of the spec in an order in which each comes after those that it needs.
 *
 * @throws Failure terminal for a name that is no service
 */
export function enabledServices({ spec }: Pick<Cloud, 'spec'>): readonly CloudService[] {
  const names = spec.features.services;
  for (const name of names) {
    if (cloudServices.some((service) => service.name === name)) continue;
    throw terminal(`Rendering OpenStack: spec.features.services: there is no service "${name}"`, {
      reason: 'UnknownService',
    });
  }
  return inOrder(cloudServices.filter((service) => names.includes(service.name)));
}

function inOrder(enabled: readonly CloudService[]): readonly CloudService[] {
  const ordered = new Set<CloudService>();
  const visit = (service: CloudService, path: readonly string[]): void => {
    if (ordered.has(service)) return;
    if (path.includes(service.name))
      throw new Error(`services need each other: ${[...path, service.name].join(' → ')}`);
    for (const need of enabled) if (service.needs.includes(need.name)) visit(need, [...path, service.name]);
    ordered.add(service);
  };
  for (const service of enabled) visit(service, []);
  return [...ordered];
}
