import {
  ConfigMapKind,
  DaemonSetKind,
  DeploymentKind,
  type KubeObject,
  type OpenStackDeployment,
  OpenStackDeploymentStatusKind,
  PodKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { identityOf, unreadiness } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { isFailure, transient } from '@keelson/std';
import {
  amphoraRotationIn,
  amphoraRotationName,
  type AmphoraRotation,
  askedAmphoraRotation,
  isAmphoraRotationDue,
  isUnderWay,
  renderedStage,
} from '../cloud/amphora-rotation.js';
import { secretNameOf, upcomingNameOf } from '../cloud/cloud.js';
import { adminCredentialIn } from '../credentials/admin.js';
import { cloudSecrets } from '../credentials/secrets.js';
import { abortAmphoraRotationAnnotation, amphoraTrustAnnotation } from '../names.js';
import type { Renderer } from '../rollout/renderer.js';
import {
  amphoraAuthority,
  amphoraTrust,
  controllerCertificate,
  trustDigest,
} from '../services/load-balancer/authorities.js';
import type { AmphoraApi, AmphoraApiOf } from './amphora-api.js';
import type { AmphoraWorld, Balancing, Succession } from './amphorae.world.js';

export interface AmphoraPorts {
  readonly renderer: Pick<Renderer, 'credentials'>;
  readonly amphoraApiOf: AmphoraApiOf;
}

/** Who connects to amphorae. */
const controllers: readonly (string | undefined)[] = ['worker', 'housekeeping', 'health-manager'];

export async function observeAmphorae(
  reader: Reader,
  deployment: OpenStackDeployment,
  ports: AmphoraPorts,
): Promise<AmphoraWorld> {
  const { namespace = '', annotations = {} } = deployment.metadata;
  const find = (name: string): Secret | undefined => reader.get(SecretKind, { namespace, name });
  const rotation = amphoraRotationIn(reader.get(ConfigMapKind, { namespace, name: amphoraRotationName }));
  const hasAmphorae = wantsAmphorae(deployment, ports);
  const behind = hasAmphorae && isUnderWay(rotation) ? behindIn(reader, namespace, rotation, find) : undefined;
  const asks = hasAmphorae && isUnderWay(rotation) && behind === undefined && isAsking(rotation);
  return {
    now: reader.now,
    namespace,
    hasAmphorae,
    isDue: isAmphoraRotationDue(deployment, find(secretNameOf(amphoraAuthority.name)), rotation),
    asked: askedAmphoraRotation(deployment),
    aborted: annotations[abortAmphoraRotationAnnotation],
    rotation,
    successions: [amphoraAuthority, controllerCertificate].map(({ name }): Succession => {
      return { name, active: find(secretNameOf(name)), next: find(upcomingNameOf(name)) };
    }),
    notReady: notReady(reader, deployment),
    behind,
    balancing: asks ? await balancingOf(apiOf(reader, ports)) : undefined,
  };
}

function wantsAmphorae({ metadata, spec }: OpenStackDeployment, { renderer }: AmphoraPorts): boolean {
  const { name, namespace = '', deletionTimestamp } = metadata;
  if (spec.draft || deletionTimestamp !== undefined) return false;
  try {
    return renderer.credentials({ name, namespace, spec }).some((need) => need.name === amphoraAuthority.name);
  } catch (error) {
    if (!isFailure(error, 'terminal')) throw error;
    return false;
  }
}

/** An upgrade makes other controllers, and one that has not run yet has nobody to replace. */
function notReady(reader: Reader, { metadata, spec }: OpenStackDeployment): string | undefined {
  const service = reader.get(OpenStackDeploymentStatusKind, metadata)?.status?.services?.['load-balancer'];
  if (service?.state !== 'APPLIED') return 'the service load-balancer is not applied';
  return service.openstack_version === spec.openstack_version ? undefined : 'OpenStack is being upgraded';
}

/** Octavia is asked when the mark is set, and while amphorae are replaced. */
function isAsking({ stage }: AmphoraRotation): boolean {
  return stage === 'issuing' || stage === 'replacing';
}

function behindIn(
  reader: Reader,
  namespace: string,
  rotation: AmphoraRotation,
  find: (name: string) => Secret | undefined,
): string | undefined {
  const digest = digestOf(rotation, find);
  const workloads = [...reader.list(DeploymentKind, namespace), ...reader.list(DaemonSetKind, namespace)].filter(
    isController,
  );
  if (workloads.length === 0) return 'no controller of amphorae is there';
  for (const workload of workloads) {
    const trusts = workload.spec?.template?.metadata?.annotations?.[amphoraTrustAnnotation];
    if (digest === undefined || trusts !== digest) return `${identityOf(workload)} has the certificates of before`;
    const why = unreadiness(workload);
    if (why !== undefined) return `${identityOf(workload)} ${why}`;
  }
  // One that ends goes on with what it has begun.
  const old = reader.list(PodKind, namespace).find((pod) => isController(pod) && trustOf(pod) !== digest);
  return old && `${identityOf(old)} has the certificates of before`;
}

/** What all controllers must have; undefined while a certificate is missing. */
function digestOf(rotation: AmphoraRotation, find: (name: string) => Secret | undefined): string | undefined {
  try {
    return trustDigest(amphoraTrust(cloudSecrets(find), renderedStage(rotation)));
  } catch (error) {
    if (!isFailure(error, 'terminal')) throw error;
    return undefined;
  }
}

function isController({ metadata: { labels = {} } }: KubeObject): boolean {
  return labels['application'] === 'octavia' && controllers.includes(labels['component']);
}

function trustOf({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined {
  return metadata.annotations?.[amphoraTrustAnnotation];
}

function apiOf(reader: Reader, { amphoraApiOf }: AmphoraPorts): AmphoraApi {
  const credential = adminCredentialIn(reader);
  if (credential !== undefined) return amphoraApiOf(credential);
  throw transient("Octavia cannot be asked: the administrator's credential is missing", { reason: 'NoCredential' });
}

const gone: readonly string[] = ['DELETED', 'PENDING_DELETE'];

/** Amphorae are read before load balancers: what is made in between is no older than the mark. */
async function balancingOf(api: AmphoraApi): Promise<Balancing> {
  const amphorae = (await api.amphorae()).filter(({ status }) => !gone.includes(status));
  return { amphorae, loadBalancers: await api.loadBalancers() };
}
