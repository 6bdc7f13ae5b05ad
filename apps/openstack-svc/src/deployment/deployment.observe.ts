import {
  type ConfigMap,
  ConfigMapKind,
  NamespaceKind,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  osdplWatchLabel,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { equalJson, isFailure, sha256Json } from '@keelson/std';
import { type CredentialNeed, secretNameOf } from '../cloud/cloud.js';
import { keystoneAdmin } from '../conventions/credentials.js';
import { cephKeysName } from '../credentials/ceph-keys.js';
import { externalSecret } from '../credentials/clouds-yaml.js';
import { sdnDataSecret } from '../credentials/sdn-data.js';
import { cloudSecrets } from '../credentials/secrets.js';
import { askedRotation, rotationOf } from '../credentials/rotation.js';
import { identityCredentials, namespaces } from '../names.js';
import type { Renderer } from '../rollout/renderer.js';
import { specFingerprint } from '../rollout/rollout.observe.js';
import type { DeploymentWorld } from './deployment.world.js';

/** Reads what an OpenStackDeployment depends on. */
export function observeDeployment(
  reader: Reader,
  deployment: OpenStackDeployment,
  renderer: Renderer,
): DeploymentWorld {
  const { name, namespace = '' } = deployment.metadata;
  const base: DeploymentWorld = {
    now: reader.now,
    deployment,
    fingerprint: specFingerprint(deployment),
    progress: reader.get(OpenStackDeploymentStatusKind, deployment.metadata),
    elder: elderOf(reader, deployment),
    missingNamespaces: Object.values(namespaces).filter((name) => reader.get(NamespaceKind, { name }) === undefined),
    missing: [],
    due: [],
    external: undefined,
    sdnData: undefined,
    watched: watchedIn(reader, namespace),
    failure: undefined,
  };
  if (deployment.spec.draft) return base;
  try {
    const needs = renderer.credentials({ name, namespace, spec: deployment.spec });
    const find = (secret: string): Secret | undefined => reader.get(SecretKind, { namespace, name: secret });
    const asked = (need: CredentialNeed): number => askedRotation(deployment, need);
    const { due } = rotationOf(needs, { find, asked, over: base.progress?.status?.credentials?.rotation });
    return {
      ...base,
      missing: needs
        .filter((need) => find(secretNameOf(need.name)) === undefined)
        .map((need) => ({ need, rotation: asked(need) })),
      due: due.map((need) => ({ need, rotation: asked(need) })),
      external: externalOf(reader, deployment, find),
      sdnData: sdnDataOf(reader, deployment, needs, find),
    };
  } catch (error) {
    if (!isFailure(error, 'terminal')) throw error;
    return { ...base, failure: error };
  }
}

function elderOf(reader: Reader, { metadata }: OpenStackDeployment): OpenStackDeployment | undefined {
  const ageOf = (other: OpenStackDeployment): string =>
    `${other.metadata.creationTimestamp ?? ''} ${other.metadata.namespace ?? ''}/${other.metadata.name}`;
  const [first] = [...reader.list(OpenStackDeploymentKind)].sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
  return first === undefined || first.metadata.uid === metadata.uid ? undefined : first;
}

/** `clouds.yaml` follows the credentials of keystone's administrator and the domain. */
function externalOf(
  reader: Reader,
  deployment: OpenStackDeployment,
  find: (name: string) => Secret | undefined,
): Secret | undefined {
  if (find(secretNameOf(keystoneAdmin.name)) === undefined) return undefined;
  const wanted = externalSecret(deployment.spec, cloudSecrets(find).user(keystoneAdmin.name));
  const live = reader.get(SecretKind, { namespace: namespaces.external, name: identityCredentials });
  return equalJson(live?.data, wanted.data) ? undefined : wanted;
}

/** What OpenSDN is told follows the credentials and the spec. */
function sdnDataOf(
  reader: Reader,
  deployment: OpenStackDeployment,
  needs: readonly CredentialNeed[],
  find: (name: string) => Secret | undefined,
): Secret | undefined {
  if (needs.some((need) => find(secretNameOf(need.name)) === undefined)) return undefined;
  const wanted = sdnDataSecret(deployment.spec, cloudSecrets(find));
  if (wanted === undefined) return undefined;
  const { namespace = '', name } = wanted.metadata;
  return equalJson(reader.get(SecretKind, { namespace, name })?.data, wanted.data) ? undefined : wanted;
}

function watchedIn(reader: Reader, namespace: string): DeploymentWorld['watched'] {
  const watched: Record<string, Record<string, { hash: string }>> = {};
  const note = (from: string, sort: string, content: unknown): void => {
    watched[from] = { ...watched[from], [sort]: { hash: sha256Json(content).slice(0, 16) } };
  };
  const isWatched = ({ metadata }: Secret | ConfigMap): boolean => metadata.labels?.[osdplWatchLabel] === 'true';
  for (const secret of reader.list(SecretKind, namespace))
    if (isWatched(secret)) note(secret.metadata.name, 'secret', secret.data);
  for (const map of reader.list(ConfigMapKind, namespace))
    if (isWatched(map)) note(map.metadata.name, 'config_map', map.data);
  const ceph = reader.get(SecretKind, { namespace: namespaces.ceph, name: cephKeysName });
  if (ceph !== undefined) note('ceph', 'secret', ceph.data);
  const sdn = reader.get(SecretKind, { namespace: namespaces.sdn, name: 'ost-data' });
  if (sdn !== undefined) note('tf', 'secret', sdn.data);
  return watched;
}
