import {
  ClusterReleaseKind,
  keyOf,
  keyText,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import { openstackRequests, type UpdateAnswer, type UpdateOrder, type UpdateQuery } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import type { Attachments } from '@keelson/mosk';
import { isFailure, terminal, transient } from '@keelson/std';
import { refusalOf, releaseAnswer, type ReleaseState } from './update.answer.js';
import { releaseOrderAnnotation, releaseOrderOf, releaseOrderText } from './update.order.js';

/** The step of an update that this service brings about. */
const ownStep = 'openstack';

/** Answers release-svc about the step `openstack` of updates: it is told what to do, and how far it is. */
export async function answerUpdates(
  bus: Bus,
  management: KubeApi,
  attachments: Attachments,
): Promise<readonly Subscription[]> {
  const { update, progress } = openstackRequests.cluster;
  return [
    await bus.respond(update, (order) => take(management, attachments, order)),
    await bus.respond(progress, async (query) =>
      releaseAnswer(query, (await stateOf(management, attachments, query)).state),
    ),
  ];
}

/** Writes the order down, where it is not already. */
async function take(management: KubeApi, attachments: Attachments, order: UpdateOrder): Promise<UpdateAnswer> {
  const { state, api } = await stateOf(management, attachments, order);
  const { cloud, target } = state;
  if (cloud === undefined) return releaseAnswer(order, state);
  if (target === undefined) throw transient(`there is no ClusterRelease ${order.target}`, { reason: 'ReleaseMissing' });
  const refusal = refusalOf(state);
  if (refusal !== undefined) throw terminal(refusal, { reason: 'OpenStackNotAllowed' });
  const before = releaseOrderOf(cloud);
  const isSame = before?.target === order.target;
  const { version } = target.spec;
  const from = isSame ? before.from : (attachments.of(order)?.release ?? '');
  const text = releaseOrderText({ target: order.target, version, from, hold: order.hold ?? '' });
  if (cloud.metadata.annotations?.[releaseOrderAnnotation] === text) return releaseAnswer(order, state);
  const { resourceVersion } = cloud.metadata;
  const metadata = { resourceVersion, annotations: { [releaseOrderAnnotation]: text } };
  const written = await api.patch(
    OpenStackDeploymentStatusKind,
    keyOf(cloud),
    { metadata },
    { fieldManager: 'openstack-svc' },
  );
  return releaseAnswer(order, { ...state, cloud: written });
}

async function stateOf(
  management: KubeApi,
  attachments: Attachments,
  query: UpdateQuery,
): Promise<{ readonly state: ReleaseState; readonly api: KubeApi }> {
  if (query.step !== ownStep)
    throw terminal(`openstack-svc brings about the step ${ownStep}, not ${query.step}`, { reason: 'ForeignStep' });
  const cluster = { namespace: query.namespace, name: query.cluster };
  const api = attachments.of(query)?.api;
  if (api === undefined)
    throw transient(
      `cluster ${keyText(cluster)} cannot be worked on: ${attachments.lacks(cluster) ?? 'it is being attached to'}`,
      { reason: 'ClusterAway' },
    );
  const [target, deployments, statuses, sdn] = await Promise.all([
    management.get(ClusterReleaseKind, { name: query.target }),
    api.list(OpenStackDeploymentKind),
    api.list(OpenStackDeploymentStatusKind),
    openSdnIn(api),
  ]);
  const deployment = deployments.items.find(({ spec }) => !spec.draft);
  const cloud = statuses.items.find(({ metadata }) => metadata.name === deployment?.metadata.name);
  if (deployment !== undefined && cloud === undefined)
    throw transient(`the cloud ${deployment.metadata.name} has no OpenStackDeploymentStatus yet`, {
      reason: 'CloudPending',
    });
  return { state: { cloud, openstack: deployment?.spec.openstack_version, sdn, target }, api };
}

/** OpenSDN in a cluster; undefined where there is none, or nobody has brought its definition. */
async function openSdnIn(api: KubeApi): Promise<TFOperator | undefined> {
  try {
    const { items } = await api.list(TFOperatorKind);
    return items.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  } catch (error) {
    if (isFailure(error, 'terminal') && error.reason === 'UnknownKind') return undefined;
    throw error;
  }
}
