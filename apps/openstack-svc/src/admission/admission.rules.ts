import type { OpenStackDeployment } from '@keelson/api';
import { canonicalJson } from '@keelson/std';
import { isEncryptedKey } from '../conventions/api/public-tls.js';
import { namespaces } from '../names.js';
import { releases } from '../releases/releases.js';
import { cloudServices } from '../services/index.js';
import { isRestoring, withoutRestore } from '../services/database/restore-flag.js';
import { volumeRefusal, type VolumesAsked } from '../volumes/volumes.rules.js';

/** A write of an OpenStackDeployment, before it is stored. */
export interface DeploymentWrite {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Absent on DELETE. */
  readonly object: OpenStackDeployment | undefined;
  /** Absent on CREATE. */
  readonly old: OpenStackDeployment | undefined;
  /** All that the cluster has now. */
  readonly existing: readonly OpenStackDeployment[];
  /** What another spec asks of volumes, beside what stands; undefined while nothing of the cloud is made. */
  readonly volumes: VolumesAsked | undefined;
  /** The text of `features.ssl.public_endpoints.api_key`, wherever it comes from. */
  readonly apiKey: string | undefined;
}

/** Why a write is refused, as a sentence; undefined when it is not. Rules that need one object alone are CEL of the kind. */
export function refusalOf(write: DeploymentWrite): string | undefined {
  for (const rule of rules) {
    const refusal = rule(write);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

type AdmissionRule = (write: DeploymentWrite) => string | undefined;

const rules: readonly AdmissionRule[] = [
  function oneInACluster({ operation, existing }) {
    const [other] = operation === 'CREATE' ? existing : [];
    return other === undefined
      ? undefined
      : `a cluster carries one cloud, and this one has ${other.metadata.namespace ?? ''}/${other.metadata.name}`;
  },
  function inItsNamespace({ operation, object }) {
    const { namespace = namespaces.cloud } = object?.metadata ?? {};
    return operation === 'CREATE' && namespace !== namespaces.cloud ? misplaced(namespace) : undefined;
  },
  function deployable({ operation, object, old }) {
    const version = object?.spec.openstack_version;
    if (operation === 'DELETE' || version === undefined || version === old?.spec.openstack_version) return undefined;
    if (releases.some(({ name }) => name === version)) return undefined;
    const known = releases.map(({ name }) => name).join(', ');
    return `spec.openstack_version: ${version} cannot be deployed here: choose one of ${known}`;
  },
  function knownServices({ operation, object }) {
    const asked = operation === 'DELETE' ? [] : (object?.spec.features.services ?? []);
    const unknown = asked.filter((name) => !cloudServices.some((service) => service.name === name));
    return unknown.length === 0
      ? undefined
      : `spec.features.services: ${unknown.join(', ')} cannot be deployed yet: take it out`;
  },
  function deletedAtRest({ operation, old }) {
    const state = old?.status?.state ?? '';
    // The second request of a deletion that waits for finalizers must not be refused: it changes nothing.
    if (operation !== 'DELETE' || old?.metadata.deletionTimestamp !== undefined) return undefined;
    return ['', 'APPLIED', 'DRAFT'].includes(state)
      ? undefined
      : `a cloud that is ${state} cannot be deleted: wait until it is APPLIED, or set spec.draft: true to give it up`;
  },
  function keyInTheClear({ operation, apiKey }) {
    return operation !== 'DELETE' && apiKey !== undefined && isEncryptedKey(apiKey)
      ? 'spec.features.ssl.public_endpoints.api_key is encrypted: give the key without a passphrase'
      : undefined;
  },
  function noPinnedImages({ operation, object, old }) {
    if (operation !== 'UPDATE' || object?.spec.openstack_version === old?.spec.openstack_version) return undefined;
    const pinned = pinnedIn(object?.spec.services, 'spec.services') ?? pinnedIn(object?.spec.common, 'spec.common');
    return pinned === undefined
      ? undefined
      : `${pinned} pins images: with it the cloud would not become ${object?.spec.openstack_version ?? ''}; take it out first`;
  },
  function volumesStay({ volumes }) {
    return volumes === undefined ? undefined : volumeRefusal(volumes);
  },
  function nothingBesideARestore({ operation, object, old }) {
    if (operation === 'CREATE' && object !== undefined && isRestoring(object.spec))
      return 'a database is restored in a cloud that exists: create it without job_mariadb_phy_restore';
    if (operation !== 'UPDATE' || object === undefined || old === undefined || !isRestoring(old.spec)) return undefined;
    const isSame = canonicalJson(withoutRestore(object.spec)) === canonicalJson(withoutRestore(old.spec));
    return isSame
      ? undefined
      : 'the database is being restored: set job_mariadb_phy_restore to false before any other change';
  },
];

/** Why a cloud is not made in a namespace, as a sentence: networks, storage, monitoring and operations look in one alone. */
export function misplaced(namespace: string): string {
  return `a cloud belongs into the namespace ${namespaces.cloud}, where all that works with it looks: in ${namespace} it would not be found`;
}

/** The first path below which `images.tags` is set. */
function pinnedIn(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const isPin = name === 'tags' && path.endsWith('.images') && isFilled(member);
    const found = isPin ? `${path}.tags` : pinnedIn(member, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
