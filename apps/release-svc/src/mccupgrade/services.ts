import { annotations, type Deployment, type KaaSRelease, labels } from '@keelson/api';
import { leaseNamespace } from '@keelson/reconcile';

/** The Deployments of Keelson's own services. */
export const ownServices = { namespaces: [leaseNamespace], labelSelector: `${labels.partOf}=keelson` } as const;
/** The service that moves the others, and so itself last. */
const mover = 'release-svc';
/** A Deployment whose change nobody takes notice of for so long has no controller. Milliseconds. */
const noticeMs = 120_000;

export interface Container {
  readonly name: string;
  readonly image: string;
}

/** A Deployment and what the release in use makes of it. */
export interface ServiceRoll {
  readonly deployment: Deployment;
  /** All its containers, those that the release names with the image of its version. */
  readonly containers: readonly Container[];
  readonly version: string;
  readonly wantedVersion: string;
  readonly isOfRelease: boolean;
  readonly standing: Standing;
}

export type Standing =
  | { readonly state: 'Done' }
  /** Its version is another. */
  | { readonly state: 'Waiting' }
  | { readonly state: 'Rolling'; readonly message: string }
  | { readonly state: 'Blocked'; readonly reason: string; readonly message: string };

/** The services that a release names, in the order in which they roll: by name, the one that moves the others last. */
export function serviceRolls(
  release: KaaSRelease,
  deployments: readonly Deployment[],
  now: number,
): readonly ServiceRoll[] {
  const versions = versionsOf(release);
  return [...deployments]
    .sort((a, b) => Number(hasMover(a)) - Number(hasMover(b)) || (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((deployment) => rollOf(deployment, versions, now) ?? []);
}

/** Versions of services by name: the charts of the release in their namespace. */
function versionsOf({ spec }: KaaSRelease): ReadonlyMap<string, string> {
  const charts = spec.management?.helmReleases ?? [];
  return new Map(
    charts.flatMap(({ name, namespace, version }) =>
      namespace === leaseNamespace && version !== undefined ? [[name, version] as const] : [],
    ),
  );
}

function rollOf(deployment: Deployment, versions: ReadonlyMap<string, string>, now: number): ServiceRoll | undefined {
  const before = containersOf(deployment);
  const named = before.flatMap((container) => {
    const wanted = versions.get(container.name);
    return wanted === undefined ? [] : [{ is: tagOf(container.image), wanted }];
  });
  if (named.length === 0) return undefined;
  const isOfRelease = named.every(({ is, wanted }) => is === wanted);
  const containers = before.map((container) => {
    const wanted = versions.get(container.name);
    return wanted === undefined ? container : { ...container, image: withTag(container.image, wanted) };
  });
  return {
    deployment,
    containers,
    version: listed(named.map(({ is }) => is)),
    wantedVersion: listed(named.map(({ wanted }) => wanted)),
    isOfRelease,
    standing: standingOf(deployment, isOfRelease, now),
  };
}

function standingOf(deployment: Deployment, isOfRelease: boolean, now: number): Standing {
  const { spec = {}, metadata } = deployment;
  if (spec.paused === true)
    return isOfRelease && isRolledOut(deployment)
      ? { state: 'Done' }
      : {
          state: 'Blocked',
          reason: 'Paused',
          message: 'its rollouts are paused: kubectl rollout resume lets it go on',
        };
  if (!isOfRelease) return { state: 'Waiting' };
  if (isRolledOut(deployment)) return { state: 'Done' };
  if (!isObserved(deployment)) {
    const moved = Date.parse(metadata.annotations?.[annotations.rolledAt] ?? '');
    return now - moved > noticeMs
      ? { state: 'Blocked', reason: 'NotObserved', message: 'no controller of Deployments takes notice of it' }
      : { state: 'Rolling', message: 'its change is not taken notice of yet' };
  }
  return troubleOf(deployment) ?? { state: 'Rolling', message: progressOf(deployment) };
}

/** What the Deployment says of why it gets no further. */
function troubleOf({ status }: Deployment): Standing | undefined {
  const conditions = status?.conditions ?? [];
  const failure = conditions.find((each) => each.type === 'ReplicaFailure' && each.status === 'True');
  const late = conditions.find((each) => each.type === 'Progressing' && each.status === 'False');
  const trouble = failure ?? late;
  if (trouble === undefined) return undefined;
  return {
    state: 'Blocked',
    reason: trouble.reason ?? trouble.type,
    message: trouble.message ?? `${trouble.type} is ${trouble.status}`,
  };
}

/** The criteria of `kubectl rollout status`. */
function isRolledOut(deployment: Deployment): boolean {
  const { spec = {}, status = {} } = deployment;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  return (
    isObserved(deployment) &&
    updatedReplicas >= (spec.replicas ?? 1) &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas
  );
}

function isObserved({ metadata, status }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function progressOf({ spec, status = {} }: Deployment): string {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const told = status.conditions?.find(({ type }) => type === 'Progressing')?.message;
  const counts = `${updatedReplicas} of ${spec?.replicas ?? 1} new, ${Math.max(0, replicas - updatedReplicas)} old, ${availableReplicas} available`;
  return told === undefined ? counts : `${counts}; ${told}`;
}

function containersOf({ spec }: Deployment): readonly Container[] {
  const containers = spec?.template?.spec?.['containers'];
  return Array.isArray(containers) ? containers.filter(isContainer) : [];
}

function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && typeof value.name === 'string' && 'image' in value && typeof value.image === 'string';
}

const hasMover = (deployment: Deployment): boolean => containersOf(deployment).some(({ name }) => name === mover);

/** `registry:5000/keelson/x:1.2.0` has the tag 1.2.0; an image without one, or with a digest, has none. */
function tagOf(image: string): string {
  return splitImage(image)[1];
}

function withTag(image: string, tag: string): string {
  return `${splitImage(image)[0]}:${tag}`;
}

function splitImage(image: string): readonly [name: string, tag: string] {
  const bare = image.split('@')[0] ?? image;
  const colon = bare.lastIndexOf(':');
  return colon > bare.lastIndexOf('/') ? [bare.slice(0, colon), bare.slice(colon + 1)] : [bare, ''];
}

const listed = (versions: readonly string[]): string => [...new Set(versions)].join(', ');
