import { configurationOf, keyOf, keyText, type ObjectKey, SecretKind } from '@keelson/api';
import {
  accessLabel,
  accessNamespaceOf,
  accessPointAnnotation,
  accessSecretOf,
  accountNamespace,
  kubeconfigKey,
} from '@keelson/contracts';
import type { StepTable, Writer } from '@keelson/reconcile';
import { type Clock, rfc3339 } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import type { Account } from './access.account.js';
import { type AccessPoint, tokenKubeconfig } from './access.kubeconfig.js';

export interface AccessPorts {
  readonly children: ChildClusters;
  readonly clock: Clock;
}

/** Holds no secret: the token is made in the step and goes straight into the Secret. */
export interface AccessStep {
  readonly type: 'give';
  readonly cluster: ObjectKey;
  readonly point: AccessPoint;
  readonly account: Account;
}

/** On what is given: the rights that go with it, and when its token is renewed. */
export const rightsAnnotation = 'keelson.dev/access-rights';
export const renewAtAnnotation = 'keelson.dev/renew-at';

/** Life of a token. It is renewed at half of it, so that this service may be away for as long as the rest. */
const tokenSeconds = 4 * 3600;

export function accessSteps(ports: AccessPorts): StepTable<AccessStep> {
  return {
    give: {
      describe: ({ cluster, account: { service } }) =>
        `give ${service} its account in cluster ${keyText(cluster)} and a new token`,
      run: (step, writer) => give(step, writer, ports),
    },
  };
}

async function give(
  { cluster, point, account }: AccessStep,
  writer: Writer,
  { children, clock }: AccessPorts,
): Promise<void> {
  const { service, objects, rights } = account;
  // In their order: a namespace before what is in it, a role before who is bound to it.
  for (const object of objects)
    await children.call(cluster, `write ${object.kind} ${keyText(keyOf(object))}`, (api) =>
      api.apply(object, { fieldManager: 'lifecycle-svc', force: true }),
    );
  const key = { namespace: accountNamespace, name: service };
  const { token, expirationTimestamp } = await children.call(cluster, `make a token of ${keyText(key)}`, (api) =>
    api.createToken(key, { expirationSeconds: tokenSeconds }),
  );
  const now = clock.now();
  const value = tokenKubeconfig(point, service, token);
  const secret = configurationOf(SecretKind, {
    metadata: {
      name: accessSecretOf(cluster),
      namespace: accessNamespaceOf(service),
      labels: { [accessLabel]: service },
      annotations: {
        [accessPointAnnotation]: point.id,
        [rightsAnnotation]: rights,
        [renewAtAnnotation]: rfc3339(now + (Date.parse(expirationTimestamp) - now) / 2),
      },
    },
    type: 'Opaque',
    data: { [kubeconfigKey]: Buffer.from(value, 'utf8').toString('base64') },
  });
  await writer.apply(SecretKind, secret, { force: true });
}
