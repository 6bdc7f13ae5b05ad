import {
  type ConfigMap,
  ConfigMapKind,
  NamespaceKind,
  type OpenStackDeployment,
  OpenStackDeploymentStatusKind,
  osdplWatchLabel,
  type ObjectKey,
  type Secret,
  SecretKind,
  ServiceKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { equalJson, isFailure, sha256Json } from '@keelson/std';
import { z } from 'zod';
import { type CredentialNeed, secretNameOf } from '../cloud/cloud.js';
import { cloudOf } from '../cloud/render.js';
import { keystoneAdmin } from '../conventions/credentials.js';
import { cephKeysName } from '../credentials/ceph-keys.js';
import { externalSecret } from '../credentials/clouds-yaml.js';
import { externalTopicLabel, type ExternalBroker } from '../credentials/external-topics.js';
import { handOvers } from '../credentials/hand-overs.js';
import { cloudSecrets } from '../credentials/secrets.js';
import { isStale } from '../credentials/renewal.js';
import { askedRotation, rotationOf } from '../credentials/rotation.js';
import { externalBroker, namespaces } from '../names.js';
import { idleOptions, optionsIn, optionsMap } from '../options/rockoon-config.js';
import type { Renderer } from '../rollout/renderer.js';
import { specFingerprint } from '../rollout/rollout.observe.js';
import type { DeploymentWorld } from './deployment.world.js';
import { elderOf } from './elder.js';

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
    stale: [],
    handOvers: [],
    withdrawn: [],
    watched: watchedIn(reader, namespace),
    idleOptions: idleOptions(optionsIn(reader)),
    failure: undefined,
  };
  if (deployment.spec.draft) return base;
  try {
    const needs = renderer.credentials({ name, namespace, spec: deployment.spec });
    const find = (secret: string): Secret | undefined => reader.get(SecretKind, { namespace, name: secret });
    const signable = needs.map((need) => ({ need, issuer: issuerOf(need, find) }));
    const asked = (need: CredentialNeed): number => askedRotation(deployment, need);
    const { due } = rotationOf(needs, { find, asked, over: base.progress?.status?.credentials?.rotation });
    return {
      ...base,
      missing: signable
        .filter(({ need, issuer }) => find(secretNameOf(need.name)) === undefined && isSignable(need, issuer))
        .map((one) => ({ ...one, rotation: asked(one.need) })),
      due: due.map((need) => ({ need, rotation: asked(need) })),
      stale: signable.filter(
        ({ need, issuer }) =>
          isSignable(need, issuer) && isStale(need, find(secretNameOf(need.name)), reader.now, issuer),
      ),
      ...handedOver(reader, deployment, needs),
    };
  } catch (error) {
    if (!isFailure(error, 'terminal')) throw error;
    return { ...base, failure: error };
  }
}

function issuerOf(need: CredentialNeed, find: (secret: string) => Secret | undefined): Secret | undefined {
  return need.sort === 'certificate' && need.issuer !== undefined ? find(secretNameOf(need.issuer)) : undefined;
}

function isSignable(need: CredentialNeed, issuer: Secret | undefined): boolean {
  return need.sort !== 'certificate' || need.issuer === undefined || issuer !== undefined;
}

/** What others read follows the credentials and the spec: `clouds.yaml` as soon as there is an administrator, the rest with all. */
function handedOver(
  reader: Reader,
  { metadata, spec }: OpenStackDeployment,
  needs: readonly CredentialNeed[],
): Pick<DeploymentWorld, 'handOvers' | 'withdrawn'> {
  const { name, namespace = '' } = metadata;
  const find = (secret: string): Secret | undefined => reader.get(SecretKind, { namespace, name: secret });
  const has = ({ name: need }: CredentialNeed): boolean => find(secretNameOf(need)) !== undefined;
  const secrets = cloudSecrets(find);
  const clouds = has(keystoneAdmin) ? [externalSecret(spec, secrets.user(keystoneAdmin.name))] : [];
  if (!needs.every(has)) return { handOvers: clouds.filter((wanted) => !isHandedOver(reader, wanted)), withdrawn: [] };
  const others = handOvers(cloudOf({ name, namespace, spec, secrets }), brokerIn(reader, namespace));
  return {
    handOvers: [...clouds, ...others].filter((wanted) => !isHandedOver(reader, wanted)),
    withdrawn: withdrawnFrom(reader, others),
  };
}

function isHandedOver(reader: Reader, { metadata, data }: Secret): boolean {
  const live = reader.get(SecretKind, { namespace: metadata.namespace ?? '', name: metadata.name });
  const labels = Object.entries(metadata.labels ?? {});
  return equalJson(live?.data, data) && labels.every(([name, value]) => live?.metadata.labels?.[name] === value);
}

/** Secrets of topics, none of which belong to anybody else. */
function withdrawnFrom(reader: Reader, wanted: readonly Secret[]): readonly ObjectKey[] {
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return reader
    .list(SecretKind, namespaces.external)
    .filter(({ metadata }) => metadata.labels?.[externalTopicLabel] === 'true' && !names.has(metadata.name))
    .map(({ metadata }) => ({ namespace: namespaces.external, name: metadata.name }));
}

/** Where the load balancer in front of the broker is; undefined until it has an address. */
function brokerIn(reader: Reader, namespace: string): ExternalBroker | undefined {
  const read = BrokerService.safeParse(reader.get(ServiceKind, { namespace, name: externalBroker }));
  const [ingress] = read.data?.status?.loadBalancer?.ingress ?? [];
  const address = ingress?.ip ?? ingress?.hostname;
  return address === undefined ? undefined : { address, ports: read.data?.spec.ports ?? [] };
}

const BrokerService = z.object({
  spec: z.object({ ports: z.array(z.object({ name: z.string(), port: z.number() })) }),
  status: z
    .object({
      loadBalancer: z
        .object({
          ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
});

function watchedIn(reader: Reader, namespace: string): DeploymentWorld['watched'] {
  const watched: Record<string, Record<string, { hash: string }>> = {};
  const note = (from: string, sort: string, content: unknown): void => {
    // One without data has no member of that name.
    watched[from] = { ...watched[from], [sort]: { hash: sha256Json(content ?? {}).slice(0, 16) } };
  };
  const isWatched = ({ metadata }: Secret | ConfigMap): boolean => metadata.labels?.[osdplWatchLabel] === 'true';
  for (const secret of reader.list(SecretKind, namespace))
    if (isWatched(secret)) note(secret.metadata.name, 'secret', secret.data);
  for (const map of reader.list(ConfigMapKind, namespace))
    if (isWatched(map)) note(map.metadata.name, 'config_map', map.data);
  const options = reader.get(ConfigMapKind, optionsMap);
  if (options !== undefined) note(optionsMap.name, 'config_map', options.data);
  const ceph = reader.get(SecretKind, { namespace: namespaces.ceph, name: cephKeysName });
  if (ceph !== undefined) note('ceph', 'secret', ceph.data);
  const sdn = reader.get(SecretKind, { namespace: namespaces.sdn, name: 'ost-data' });
  if (sdn !== undefined) note('tf', 'secret', sdn.data);
  return watched;
}
