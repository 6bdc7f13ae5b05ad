import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { ExtraRights } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';

/** Where the API servers of MOSK clusters reach this service. */
export interface AdmissionEndpoint {
  /** Begins with https, without a slash at the end. */
  readonly url: string;
  /** PEM of the authority of its certificate. */
  readonly authority: string;
}

interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly unknown[];
}

export const ValidatingWebhookConfigurationKind: Kind<WebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  scope: 'Cluster',
  hasStatus: false,
};

const name = 'keelson-openstack';

/** What `registerAdmission` does in a cluster. */
export const admissionRights: ExtraRights = {
  rules: [
    {
      apiGroups: [ValidatingWebhookConfigurationKind.group],
      resources: [ValidatingWebhookConfigurationKind.plural],
      resourceNames: [name],
      verbs: ['create', 'delete', 'get', 'patch'],
    },
  ],
};

export const admissionPath = (namespace: string, cluster: string): string => `/admission/${namespace}/${cluster}`;

/**
 * Has a cluster's API server ask this service about writes of OpenStackDeployments and their like, and about nothing else; where the
 * service cannot be reached from there (no endpoint), no longer.
 */
export async function registerAdmission(
  api: KubeApi,
  cluster: ObjectKey,
  endpoint: AdmissionEndpoint | undefined,
): Promise<void> {
  const known = await api.get(ValidatingWebhookConfigurationKind, { name });
  if (endpoint === undefined) {
    if (known !== undefined) await api.delete(ValidatingWebhookConfigurationKind, { name });
    return;
  }
  const wanted = configurationOf(cluster, endpoint);
  if (known === undefined || !equalJson(pointOf(known), pointOf(wanted)))
    await api.apply(wanted, { fieldManager: 'openstack-svc', force: true });
}

/**
 * `Ignore`: while this service is down operators can still change and delete their cloud. What would cost data is refused by
 * the next look at it as well, before anything is applied, and told in its state.
 */
function configurationOf(
  { namespace = '', name: cluster }: ObjectKey,
  endpoint: AdmissionEndpoint,
): WebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'openstackdeployments.keelson.dev',
        clientConfig: {
          url: `${endpoint.url}${admissionPath(namespace, cluster)}`,
          caBundle: Buffer.from(endpoint.authority, 'utf8').toString('base64'),
        },
        rules: [
          {
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            apiGroups: ['lcm.mirantis.com'],
            apiVersions: ['v1alpha1'],
            resources: ['openstackdeployments', 'openstackdeploymentsecrets'],
            scope: 'Namespaced',
          },
        ],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/** Where a configuration leads and whom it trusts: the rest never changes. */
function pointOf({ webhooks = [] }: WebhookConfiguration): unknown {
  const [webhook] = webhooks;
  return typeof webhook === 'object' && webhook !== null ? Reflect.get(webhook, 'clientConfig') : undefined;
}
