import {
  type ClusterRelease,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  type Reference,
  type TFOperator,
} from '@keelson/api';
import type { UpdateAnswer, UpdateQuery } from '@keelson/contracts';
import { scopedNamespace } from '@keelson/mosk';
import { controllerVersion } from '../names.js';
import { type ReleaseOrder, releaseOrderOf } from './update.order.js';

/** What the answer about the step depends on. */
export interface ReleaseState {
  /** Undefined when the cluster carries no cloud, or only drafts of one. */
  readonly cloud: OpenStackDeploymentStatus | undefined;
  /** The release of OpenStack that the cloud's spec names. */
  readonly openstack: string | undefined;
  /** OpenSDN under the cloud; undefined where its networks are others, or nothing is made of it yet. */
  readonly sdn?: TFOperator | undefined;
  readonly target: ClusterRelease | undefined;
}

/** How the step `openstack` of an update stands, by the resources alone. */
export function releaseAnswer(query: UpdateQuery, state: ReleaseState): UpdateAnswer {
  const { cloud, sdn, target } = state;
  if (cloud === undefined)
    return { status: 'Completed', message: `cluster ${query.cluster} carries no cloud: there is nothing to update` };
  if (target === undefined)
    return { status: 'NotAsked', message: `there is no ClusterRelease ${query.target}`, ...onTarget(query) };
  const { version } = target.spec;
  const hindrance =
    hindranceOf(query, cloud, version) ?? (sdn === undefined ? undefined : sdnHindrance(query, sdn, version));
  if (hindrance === undefined)
    return { status: 'Completed', message: `the cloud ${cloud.metadata.name} is of ${target.spec.version}` };
  // Also of what nobody has asked for: from a release that is written to a cluster there is no way back.
  const refusal = refusalOf(state);
  if (refusal !== undefined) return { status: 'Failed', message: refusal, ...onDeployment(query, cloud) };
  const order = releaseOrderOf(cloud);
  if (order?.target !== query.target) return { status: 'NotAsked', message: 'nobody has asked for it yet' };
  return { ...hindrance, ...heldBy(order, cloud) };
}

/** Why a cloud cannot come to a release at all; undefined when it can. */
export function refusalOf({ cloud, openstack, target }: ReleaseState): string | undefined {
  const allowed = target?.spec.allowedOpenstackReleases?.map(({ id }) => id);
  if (cloud === undefined || target === undefined || openstack === undefined || allowed === undefined) return undefined;
  if (allowed.includes(openstack)) return undefined;
  return `${target.spec.version} does not know OpenStack ${openstack}, which ${cloud.metadata.name} has: upgrade it to one of ${allowed.join(', ')} first`;
}

type Moving = Pick<UpdateAnswer, 'status' | 'message' | 'waitingOn' | 'percent'>;

/** What of the cloud is not as the release wants it, as checks in order; undefined when all is. */
function hindranceOf(query: UpdateQuery, cloud: OpenStackDeploymentStatus, version: string): Moving | undefined {
  const { osdpl, progress } = cloud.status ?? {};
  const { namespace, name } = cloud.metadata;
  const self = there(query, { kind: cloud.kind, ...(namespace === undefined ? {} : { namespace }), name });
  const moving = (message: string, waitingOn = self): Moving => ({ status: 'InProgress', message, waitingOn });
  if (osdpl?.state === 'FAILED')
    return {
      ...moving(progress?.message ?? `the cloud ${name} has failed: see its OpenStackDeploymentStatus`),
      status: 'Failed',
    };
  if (osdpl?.release !== version) return moving(`the cloud ${name} is about to take on ${version}`);
  if (osdpl.controller_version !== controllerVersion) return moving(`the controller of the cloud ${name} is updated`);
  if (osdpl.state !== 'APPLIED') {
    const on = progress?.waitingOn === undefined ? self : there(query, progress.waitingOn);
    const what = progress?.message === undefined ? '' : `: ${progress.message}`;
    const { lcm_progress: services = '0/0', pods_percent: percent } = osdpl;
    if (percent === undefined) return moving(`${services} services are applied${what}`, on);
    return { ...moving(`${services} services are applied, ${percent} % of all pods are new${what}`, on), percent };
  }
  const sick = unhealthyIn(cloud);
  if (sick.length === 0) return undefined;
  const named = sick.length > mostNamed ? [...sick.slice(0, mostNamed), `${sick.length - mostNamed} more`] : sick;
  return moving(`all services are applied; waits for ${named.join(', ')} to be healthy (${osdpl.health ?? 'unknown'})`);
}

/** What of OpenSDN is not as the release wants it: it begins when the cloud is applied. */
function sdnHindrance(query: UpdateQuery, sdn: TFOperator, version: string): Moving | undefined {
  const { kind, metadata, status = {} } = sdn;
  const { namespace, name } = metadata;
  const { state = 'Pending', health, release, progress } = status;
  const self = { kind, ...(namespace === undefined ? {} : { namespace }), name };
  const why = progress?.message === undefined ? '' : `: ${progress.message}`;
  const moving = (message: string): Moving => ({
    status: state === 'Failed' ? 'Failed' : 'InProgress',
    message: `${message}${why}`,
    waitingOn: there(query, progress?.waitingOn ?? self),
  });
  if (state === 'Failed') return moving(`OpenSDN ${name} has failed`);
  if (release !== version) return moving(`OpenSDN ${name} is about to take on ${version}`);
  if (state !== 'Ready') return moving(`OpenSDN ${name} is ${state}`);
  const [healthy, all] = (health ?? '').split('/');
  return healthy === all ? undefined : moving(`OpenSDN ${name} is not healthy (${health ?? 'unknown'})`);
}

/** A sentence names so many components at most. */
const mostNamed = 5;

/** Components that are not Ready, `<application>/<component>`; a word for all when health is not known. */
function unhealthyIn({ status }: OpenStackDeploymentStatus): readonly string[] {
  if (status?.health === undefined) return ['its components'];
  return Object.entries(status.health).flatMap(([application, components]) =>
    Object.entries(components).flatMap(([component, { status: is }]) =>
      is === 'Ready' ? [] : [`${application}/${component}`],
    ),
  );
}

function heldBy({ hold, version }: ReleaseOrder, { status }: OpenStackDeploymentStatus): Partial<UpdateAnswer> {
  if (hold === '') return {};
  return status?.osdpl?.release === version ? { hold } : { hold, message: `held: ${hold}` };
}

/** A reference into the cluster, as whoever asks from the management cluster must name it. */
function there({ namespace, cluster }: UpdateQuery, { kind, namespace: inside, name }: Reference): Reference {
  return { kind, namespace: scopedNamespace(`${namespace}/${cluster}`, inside), name };
}

/** Whose spec names the release of OpenStack; its status has the name that it has. */
function onDeployment(query: UpdateQuery, { metadata: { namespace, name } }: OpenStackDeploymentStatus) {
  const deployment = { kind: OpenStackDeploymentKind.kind, ...(namespace === undefined ? {} : { namespace }), name };
  return { waitingOn: there(query, deployment) };
}

function onTarget({ target }: UpdateQuery): { readonly waitingOn: Reference } {
  return { waitingOn: { kind: 'ClusterRelease', name: target } };
}
