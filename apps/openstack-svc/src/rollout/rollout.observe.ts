import {
  ClusterMaintenanceRequestKind,
  ClusterReleaseKind,
  ConfigMapKind,
  type KubeObject,
  type Node,
  NodeKind,
  type Pod,
  PodKind,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  type Secret,
  SecretKind,
  secretKeyOf,
  StorageClassKind,
} from '@keelson/api';
import {
  type Applied,
  type FindRelease,
  identityOf,
  incompleteness,
  type PodTrouble,
  renderedKinds,
  unreadiness,
  migrationStateName,
  ReleaseReader,
  textIn,
  type ReleaseValues,
} from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { isFailure, sha256Json, terminal } from '@keelson/std';
import { type CredentialNeed, secretNameOf } from '../cloud/cloud.js';
import { type SpecRefusal, specRefusal } from '../admission/spec.rules.js';
import type { Stage } from '../cloud/service.js';
import { migrationStageIn } from '../cloud/migration.js';
import { referencesIn } from '../credentials/references.js';
import { askedRotation, noRotation, type Rotation, rotationOf } from '../credentials/rotation.js';
import { cloudSecrets, refusalOf } from '../credentials/secrets.js';
import { rotatedAtAnnotation, rotationGroupAnnotation } from '../names.js';
import { withHiddenSpec } from '../hidden/hidden-spec.js';
import { optionsIn, readySecondsIn } from '../options/rockoon-config.js';
import { imagesOfRelease, type ReleaseImages } from '../releases/release-images.js';
import { orderBy, releaseWanted } from '../update/update.order.js';
import { volumeRefusal, volumesStay } from '../volumes/volumes.rules.js';
import { amphoraSuccessors } from '../services/load-balancer/authorities.js';
import { amphoraeInWork, amphoraStageIn } from './amphorae.js';
import { followingNode } from './follows-node.js';
import { type CephFacts, cephGone, cephOf, sdnAccess } from './handed-over.js';
import { type PodsOf, PodTroubles } from './pods-of.js';
import { isMadeOnce, orphansOf, preparedService, type PreparedService } from './prepared.js';
import type { Renderer } from './renderer.js';
import { restoreStageOf, type RestoreState, restoreStateName } from './restore.js';
import type { Item, Obstacle, RolloutWorld, WorldService, WorldStage } from './rollout.world.js';
import { SpecMemory } from './spec-memory.js';
import { isUpgrading, standingVersion } from './upgrade.js';

/** What the apply needs beside the cluster's own API. */
export interface RolloutPorts {
  readonly renderer: Renderer;
  /** Cluster release of the MOSK cluster, `<cluster>+<mosk>`; undefined while unknown. */
  readonly release: () => string | undefined;
  readonly findRelease: FindRelease;
  readonly host: string;
  readonly podsOf: PodsOf;
}

interface RenderFacts {
  readonly isPaused: boolean;
  readonly rotation: Rotation;
  readonly ceph: CephFacts;
  readonly images: ReleaseImages | undefined;
}

/** A rendering and what it was made from: nothing is rendered twice. */
interface Rendering {
  readonly of: string;
  readonly services: readonly PreparedService[];
}

/** Reads the cloud; renders only when something that rendering looks at has changed. */
export class RolloutObserver {
  readonly #ports: RolloutPorts;
  readonly #applied: Applied;
  readonly #troubles: PodTroubles;
  readonly #release: ReleaseReader<ReleaseImages>;
  readonly #renderings = new Map<string, Rendering>();
  readonly #specs = new SpecMemory();

  constructor(ports: RolloutPorts, applied: Applied) {
    this.#ports = ports;
    this.#applied = applied;
    this.#troubles = new PodTroubles(ports.podsOf);
    this.#release = new ReleaseReader(ports.findRelease, imagesOfRelease);
  }

  async observe(reader: Reader, object: OpenStackDeploymentStatus): Promise<RolloutWorld> {
    const [current, asked] = [this.#ports.release(), workedOnFor(reader)];
    const written = reader.get(OpenStackDeploymentKind, object.metadata);
    const deployment = written === undefined ? undefined : withHiddenSpec(reader, written);
    const fingerprint = deployment === undefined ? '' : specFingerprint(deployment);
    const told = object.status?.osdpl?.fingerprint;
    const base: RolloutWorld = {
      now: reader.now,
      object,
      deployment,
      fingerprint,
      specChanges: deployment && this.#specs.changes(deployment, fingerprint, told),
      services: [],
      troubles: new Map(),
      orphans: [],
      obstacle: undefined,
      failure: undefined,
      rotation: noRotation,
      restore: restoreStateIn(reader, object),
      membersOfDatabase: reader.list(PodKind, object.metadata.namespace).filter(isOfDatabase).length,
      rotated: rotatedIn(reader, object.metadata.namespace),
      release: releaseWanted(object, current, asked),
      toOrder: orderBy(object, current, asked),
      toKeep: undefined,
      host: this.#ports.host,
    };
    if (deployment === undefined || deployment.spec.draft || isLeaving(deployment)) return base;
    try {
      const refused = refusalOfSpec(reader, deployment, object);
      if (refused !== undefined) throw terminal(refused.message, { reason: refused.reason });
      const obstacle = this.#obstacle(reader, deployment);
      if (obstacle !== undefined) return { ...base, obstacle };
      const isPaused = isUpgrading(object, deployment.spec.openstack_version);
      const rotation = this.#rotation(reader, deployment, object);
      const live = liveObjects(reader, object);
      const ceph = cephOf(reader, deployment.spec, live);
      if (ceph === 'gone') return { ...base, obstacle: cephGone };
      const said = await this.#saidBy(reader, base.release);
      if ('obstacle' in said) return { ...base, obstacle: said.obstacle };
      const { values: images, toKeep } = said;
      const rendered = this.#render(reader, deployment, { isPaused, rotation, ceph, images });
      const services = rendered.map((service) => this.#world(service, live, isPaused));
      const refusal = refusalByVolumes(reader, deployment, services);
      if (refusal !== undefined) throw terminal(refusal, { reason: volumesStay });
      return {
        ...base,
        rotation,
        amphorae: amphoraeInWork(reader, deployment, this.#needs(deployment)),
        toKeep,
        services,
        troubles: await this.#troublesOf(reader, object, services),
        orphans: orphansOf(rendered, live),
      };
    } catch (error) {
      if (!isFailure(error, 'terminal')) throw error;
      return { ...base, failure: error };
    }
  }

  /** What the release brings: until it can be read nothing is made, for it would be of another release. */
  async #saidBy(
    reader: Reader,
    version: string | undefined,
  ): Promise<ReleaseValues<ReleaseImages> | { readonly obstacle: Obstacle }> {
    try {
      return await this.#release.values(reader, version);
    } catch (error) {
      if (!isFailure(error, 'transient')) throw error;
      const message = `The images of ${version ?? 'the release'} cannot be read from the management cluster: ${error.message}`;
      const on = { kind: ClusterReleaseKind.kind, namespace: '', name: version ?? '' };
      return { obstacle: { sort: 'waiting', ...on, reason: 'ReleaseUnread', message } };
    }
  }

  /** Secrets that rendering needs and that are not there. */
  #obstacle(reader: Reader, deployment: OpenStackDeployment): Obstacle | undefined {
    const namespace = deployment.metadata.namespace ?? '';
    const find = (name: string): Secret | undefined => reader.get(SecretKind, { namespace, name });
    for (const { name, key } of referencesIn(deployment.spec)) {
      const refusal = refusalOf(find(name), key);
      if (refusal !== undefined)
        return {
          sort: 'blocked',
          kind: SecretKind.kind,
          name,
          reason: 'SecretMissing',
          message: `The Secret ${name} that the spec names by value_from ${refusal}.`,
        };
    }
    const missing = this.#needs(deployment).find((need) => find(secretNameOf(need.name)) === undefined);
    if (missing === undefined) return undefined;
    return {
      sort: 'waiting',
      kind: SecretKind.kind,
      name: secretNameOf(missing.name),
      reason: 'CredentialsMissing',
      message: `The credential ${missing.name} is not generated yet.`,
    };
  }

  #needs(deployment: OpenStackDeployment): readonly CredentialNeed[] {
    return this.#ports.renderer.credentials(requestOf(deployment));
  }

  #rotation(reader: Reader, deployment: OpenStackDeployment, { status }: OpenStackDeploymentStatus): Rotation {
    const { namespace = '' } = deployment.metadata;
    return rotationOf(this.#needs(deployment), {
      find: (name) => reader.get(SecretKind, { namespace, name }),
      asked: (need) => askedRotation(deployment, need),
      over: status?.credentials?.rotation,
    });
  }

  #render(
    reader: Reader,
    deployment: OpenStackDeployment,
    { isPaused, rotation, ceph, images }: RenderFacts,
  ): readonly PreparedService[] {
    const { namespace = '', name } = deployment.metadata;
    const nodes = cloudNodes(reader);
    const secrets = reader.list(SecretKind, namespace).filter((secret) => isRead(secret, deployment));
    const sdn = sdnAccess(reader);
    const migration = migrationStageIn(reader.get(ConfigMapKind, { namespace, name: migrationStateName }));
    const amphorae = amphoraStageIn(reader, namespace);
    const readySeconds = readySecondsIn(optionsIn(reader));
    const of = sha256Json([
      readySeconds,
      sdn,
      isPaused,
      migration,
      amphorae,
      ceph,
      images,
      rotation.upcoming.map(({ name, credential, isInForce }) => [name, credential, isInForce]),
      rotation.former,
      deployment.metadata.uid,
      deployment.spec,
      nodes,
      Object.fromEntries(secrets.map(({ metadata, data }) => [metadata.name, data])),
    ]);
    const known = this.#renderings.get(`${namespace}/${name}`);
    if (known?.of === of) return known.services;
    const find = (secret: string): Secret | undefined => reader.get(SecretKind, { namespace, name: secret });
    const services = this.#ports.renderer
      .render({
        ...requestOf(deployment),
        secrets: cloudSecrets(find, rotation),
        nodes,
        sdn,
        migration,
        amphorae,
        readySeconds,
        images,
        ...ceph,
      })
      .map((service) => preparedService(service, deployment, isPaused));
    this.#renderings.set(`${namespace}/${name}`, { of, services });
    return services;
  }

  /** Of what is waited for: what was applied stays so when a pod is lost. */
  async #troublesOf(
    reader: Reader,
    { status }: OpenStackDeploymentStatus,
    services: readonly WorldService[],
  ): Promise<RolloutWorld['troubles']> {
    const moving = services.filter(({ name }) => status?.services?.[name]?.state !== 'APPLIED');
    const awaited = moving
      .flatMap(({ stages, onDemand, opening, closing }) => [
        ...[...opening, ...stages, ...closing].flatMap(({ items }) => items),
        ...onDemand,
      ])
      .flatMap(({ live, isCurrent }) => (live !== undefined && isCurrent && isAwaited(live) ? [live] : []));
    const troubles = new Map<string, PodTrouble>();
    for (const live of awaited.slice(0, mostAsked)) {
      const trouble = await this.#troubles.of(reader, live);
      if (trouble !== undefined) troubles.set(identityOf(live), trouble);
    }
    return troubles;
  }

  #world(service: PreparedService, live: ReadonlyMap<string, KubeObject>, isUpgraded: boolean): WorldService {
    const item = (rendered: KubeObject): Item => {
      const found = live.get(identityOf(rendered));
      const wanted = followingNode(rendered, found, isUpgraded);
      const isLeft = isMadeOnce(wanted) && found !== undefined && !isLeaving(found);
      return { wanted, live: found, isCurrent: isLeft || this.#applied.isCurrent(wanted, found) };
    };
    const stage = ({ name, until, timeoutSeconds, objects }: Stage): WorldStage => ({
      name,
      until,
      timeoutSeconds,
      items: objects.map(item),
    });
    return {
      name: service.name,
      needs: service.needs,
      upgrade: service.upgrade,
      pausedByUpgrade: service.pausedByUpgrade,
      lacks: service.rendered.lacks,
      failure: service.failure,
      fingerprint: service.fingerprint,
      stages: service.rendered.stages.map((one, i) => stage({ ...one, objects: service.stageObjects[i] ?? [] })),
      onDemand: service.onDemandObjects.map(item),
      opening: service.opening.map(stage),
      closing: service.closing.map(stage),
    };
  }
}

/** What the webhook refuses: where it was away, nothing of the spec is applied. */
function refusalOfSpec(
  reader: Reader,
  { metadata: { namespace = '' }, spec }: OpenStackDeployment,
  object: OpenStackDeploymentStatus,
): SpecRefusal | undefined {
  const key: unknown = spec.features.ssl?.public_endpoints?.api_key;
  const from = secretKeyOf(key);
  const secret = from && reader.get(SecretKind, { namespace, name: from.name });
  const apiKey = typeof key === 'string' ? key : textIn(secret, from?.key ?? '');
  const isMade = Object.values(object.status?.services ?? {}).some(
    (service) => service.openstack_version !== undefined,
  );
  return specRefusal({ spec, from: standingVersion(object, spec.openstack_version), isMade, apiKey });
}

/** What Kubernetes would refuse of a change, before anything of it is applied. */
function refusalByVolumes(
  reader: Reader,
  { spec }: OpenStackDeployment,
  services: readonly WorldService[],
): string | undefined {
  const objects = services.flatMap(({ stages }) => stages.flatMap(({ items }) => items));
  const canGrow = (name = ''): boolean => reader.get(StorageClassKind, { name })?.allowVolumeExpansion === true;
  return volumeRefusal({ spec, objects: objects.filter(({ isCurrent }) => !isCurrent), canGrow });
}

/** Workloads whose pods are looked at: the first are those that are told. */
const mostAsked = 5;

function isAwaited(live: KubeObject): boolean {
  return unreadiness(live) !== undefined || (live.kind === 'Job' && incompleteness(live) !== undefined);
}

/** Digest of what an operator asked for: the spec and the rotations. */
export function specFingerprint({ spec, status }: OpenStackDeployment): string {
  const rotations = [status?.credentials, status?.certificates];
  return sha256Json([spec, rotations]).slice(0, 16);
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function requestOf({ metadata, spec }: OpenStackDeployment): { name: string; namespace: string; spec: object } {
  return { name: metadata.name, namespace: metadata.namespace ?? '', spec };
}

/** Generated credentials, and Secrets that the spec names. */
function isRead({ metadata }: Secret, { spec }: OpenStackDeployment): boolean {
  if (amphoraSuccessors.includes(metadata.name)) return true;
  if (metadata.name.startsWith(secretNameOf(''))) return !/-(backup|next)$/.test(metadata.name);
  return referencesIn(spec).some(({ name }) => name === metadata.name);
}

/** When credentials were last rotated, as their Secrets tell. */
function rotatedIn(reader: Reader, namespace: string | undefined): Readonly<Record<string, string>> {
  const rotated: Record<string, string> = {};
  for (const { metadata } of reader.list(SecretKind, namespace)) {
    if (/-(backup|next)$/.test(metadata.name)) continue;
    const group = metadata.annotations?.[rotationGroupAnnotation];
    const at = metadata.annotations?.[rotatedAtAnnotation];
    if (group !== undefined && at !== undefined && at > (rotated[group] ?? '')) rotated[group] = at;
  }
  return rotated;
}

function isOfDatabase({ metadata }: Pod): boolean {
  return metadata.labels?.['application'] === 'mariadb' && metadata.labels['component'] === 'server';
}

/** The release that the cluster is worked on for. */
function workedOnFor(reader: Reader): string | undefined {
  return reader.list(ClusterMaintenanceRequestKind)[0]?.spec.release;
}

function restoreStateIn(reader: Reader, { metadata }: OpenStackDeploymentStatus): RestoreState | undefined {
  const data = reader.get(ConfigMapKind, { ...metadata, name: restoreStateName })?.data;
  const stage = restoreStageOf(data?.['stage']);
  return stage === undefined ? undefined : { stage, startedAt: data?.['started_at'] ?? '' };
}

function cloudNodes(reader: Reader): readonly { name: string; labels: Record<string, string> }[] {
  return reader
    .list<Node>(NodeKind)
    .map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function liveObjects(reader: Reader, object: OpenStackDeploymentStatus): ReadonlyMap<string, KubeObject> {
  const found = renderedKinds.flatMap((kind) => reader.byIndex(kind, 'deployment', object.metadata.name));
  return new Map(found.map((live) => [identityOf(live), live]));
}
