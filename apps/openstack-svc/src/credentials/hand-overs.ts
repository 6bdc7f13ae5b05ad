import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { type ExternalBroker, topicSecrets } from './external-topics.js';
import { iamSecret } from './iam.js';
import { stacklightBroker, stacklightConfig } from './stacklight.js';
import { sdnDataSecret } from './sdn-data.js';

/**
 * What others are told of a cloud whose credentials are all there: monitoring, the IAM of the management cluster, OpenSDN, and
 * readers of notifications outside.
 *
 * @throws Failure terminal when a credential is not there after all
 */
export function handOvers(cloud: Cloud, broker: ExternalBroker | undefined): readonly Secret[] {
  const { keystone, stacklight } = cloud.spec.features;
  return [
    ...(stacklight.enabled ? [stacklightBroker(cloud), stacklightConfig(cloud)] : []),
    ...(keystone.keycloak.enabled ? [iamSecret(cloud)] : []),
    ...[sdnDataSecret(cloud)].flatMap((secret) => secret ?? []),
    ...topicSecrets(cloud, broker),
  ];
}
