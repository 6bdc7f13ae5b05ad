import { type KubeObject, NodeOutageKind, type OpenStackDeployment, type Secret, SecretKind } from '@keelson/api';
import { locksOf, renderedKinds } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { externalTopicLabel } from '../credentials/external-topics.js';
import { iamSecretName } from '../credentials/iam.js';
import { sdnDataName } from '../credentials/sdn-data.js';
import { stacklightBrokerName, stacklightConfigName } from '../credentials/stacklight.js';
import { elderOf } from '../deployment/elder.js';
import { lockController } from '../locks/lock-controller.js';
import { deploymentLabel, identityCredentials, namespaces } from '../names.js';
import { isMadeOnce } from '../rollout/prepared.js';
import type { RemovalWorld } from './removal.world.js';

/** Reads what of a cloud would stay behind. */
export function observeRemoval(reader: Reader, deployment: OpenStackDeployment): RemovalWorld {
  const { metadata, spec } = deployment;
  const isTakenUp =
    spec.draft !== true && metadata.namespace === namespaces.cloud && elderOf(reader, deployment) === undefined;
  const base = { now: reader.now, deployment, isTakenUp };
  if (metadata.deletionTimestamp === undefined) return { ...base, handedOver: [], beside: [], locks: [] };
  return {
    ...base,
    handedOver: reader.list(SecretKind).filter(isHandedOver),
    beside: [...renderedBeside(reader, deployment), ...reader.list(NodeOutageKind)],
    locks: locksOf(reader, lockController),
  };
}

const handedOverNames: Readonly<Record<string, readonly string[]>> = {
  [namespaces.cloud]: [iamSecretName],
  [namespaces.sdn]: [sdnDataName],
  [namespaces.stacklight]: [stacklightBrokerName, stacklightConfigName],
  [namespaces.external]: [identityCredentials],
};

function isHandedOver({ metadata }: Secret): boolean {
  const { name, namespace = '', labels } = metadata;
  const isTopic = namespace === namespaces.external && labels?.[externalTopicLabel] === 'true';
  return isTopic || handedOverNames[namespace]?.includes(name) === true;
}

/** An owner in a namespace owns nothing outside of it. What is made once outlives the cloud wherever it is. */
function renderedBeside(reader: Reader, { metadata }: OpenStackDeployment): readonly KubeObject[] {
  const isOfCloud = ({ metadata: { labels } }: KubeObject): boolean => labels?.[deploymentLabel] === metadata.name;
  return renderedKinds
    .flatMap((kind) => reader.list<KubeObject>(kind))
    .filter((object) => object.metadata.namespace !== metadata.namespace && isOfCloud(object) && !isMadeOnce(object));
}
