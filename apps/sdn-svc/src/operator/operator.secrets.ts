import { randomBytes } from 'node:crypto';
import type { Secret, TFOperator } from '@keelson/api';
import { exchangeLabel, exchangeNamespace, ostDataLabel, ostDataSecret } from '../names.js';
import { configApi } from '../opensdn/services.js';
import { vRouterPort } from '../opensdn/vrouter.js';

/** The broker's password, made once. It outlives the TFOperator, as the volumes do that know it. */
export const generatedSecret = 'tf-generated';

export function newGenerated({ metadata }: TFOperator): Secret {
  const password = randomBytes(24).toString('base64url');
  return secretOf(generatedSecret, metadata.namespace ?? '', { [exchangeLabel]: 'own' }, { password });
}

/** What OpenStack is told: where the configuration API is, and on which port a node's vRouter is told of the ports of instances. */
export function handOverOf({ metadata, spec }: TFOperator): Secret {
  const { name, namespace = '' } = metadata;
  return secretOf(
    ostDataSecret,
    exchangeNamespace,
    { [ostDataLabel]: 'true', [exchangeLabel]: 'to-openstack' },
    {
      tf_api_service: `${configApi.name}.${namespace}.svc`,
      tf_api_port: String(configApi.port),
      vrouter_port: String(vRouterPort),
      tf_version: spec.tfVersion,
      tf_operator: name,
    },
  );
}

function secretOf(
  name: string,
  namespace: string,
  labels: Record<string, string>,
  text: Readonly<Record<string, string>>,
): Secret {
  const data = Object.entries(text).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
