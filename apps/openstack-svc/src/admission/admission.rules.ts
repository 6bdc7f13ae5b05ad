import type { OpenStackDeployment } from '@keelson/api';
import { canonicalJson } from '@keelson/std';
import { namespaces } from '../names.js';
import { isRestoring, withoutRestore } from '../services/database/restore-flag.js';
import { volumeRefusal, type VolumesAsked } from '../volumes/volumes.rules.js';
import { specRefusal } from './spec.rules.js';

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
  function possible({ operation, object: now, old, apiKey }) {
    if (operation === 'DELETE' || now === undefined) return undefined;
    return specRefusal({ spec: now.spec, from: old?.spec.openstack_version, isMade: old !== undefined, apiKey })
      ?.message;
  },
  function deletedAtRest({ operation, old }) {
    const state = old?.status?.state ?? '';
    // The second request of a deletion that waits for finalizers must not be refused: it changes nothing.
    if (operation !== 'DELETE' || old?.metadata.deletionTimestamp !== undefined) return undefined;
    return ['', 'APPLIED', 'DRAFT'].includes(state)
      ? undefined
      : `a cloud that is ${state} cannot be deleted: wait until it is APPLIED, or set spec.draft: true to give it up`;
  },
  function volumesStay({ volumes }) {
    return volumes === undefined ? undefined : volumeRefusal(volumes);
  },
  function nothingBesideARestore({ operation, object, old }) {
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
