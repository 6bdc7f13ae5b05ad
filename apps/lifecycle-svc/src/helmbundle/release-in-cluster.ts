import {
  ConfigMapKind,
  CustomResourceDefinitionKind,
  type HelmBundle,
  type Job,
  JobKind,
  type KubeObject,
  NamespaceKind,
  type ObjectKey,
  type Reference,
  keyOf,
  keyText,
} from '@keelson/api';
import { incompleteness, unreadiness } from '@keelson/mosk';
import { type Clock, rfc3339, sleep, terminal } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import type { ChartRequest, Charts } from './charts.js';
import {
  type Installed,
  type Manifest,
  bundleId,
  bundleLabel,
  installedIn,
  keyOfBundle,
  keyOfManifest,
  kindOfManifest,
  recordNameOf,
  recordOf,
  textOfManifest,
} from './installed.js';
import {
  type Placed,
  inOrder,
  isDefinition,
  kindIn,
  kindsDefinedBy,
  marks,
  objectsIn,
  placed,
  surplus,
} from './manifests.js';
import type { BundleRelease } from './releases.js';

const fieldManager = 'keelson-helm';
/** How often it is asked whether a definition is served, and how often at most. */
const askMs = 500;
const asks = 20;

/** A release to install: as the bundle spells it, with all that doing it needs. */
export interface Installation {
  readonly cluster: ObjectKey;
  readonly bundle: HelmBundle;
  readonly release: BundleRelease;
  readonly request: ChartRequest;
  readonly hash: string;
  readonly attempt: number;
  /** What is installed of it so far. */
  readonly before: Installed | undefined;
}

/** What a release lacks to be ready. */
export interface Lack {
  readonly on: Reference;
  readonly message: string;
  /** Somebody deleted it: the release is to be applied again. */
  readonly isGone: boolean;
}

/** Releases in the clusters: what is installed, whether it runs, and how it gets there and away. */
export class ReleasesInClusters {
  readonly #children: ChildClusters;
  readonly #clock: Clock;

  constructor(children: ChildClusters, clock: Clock) {
    this.#children = children;
    this.#clock = clock;
  }

  /** All releases of a bundle that the cluster has, by name. */
  async installed(cluster: ObjectKey, bundle: ObjectKey): Promise<ReadonlyMap<string, Installed>> {
    const labelSelector = `${bundleLabel}=${bundleId(bundle)}`;
    const { items } = await this.#children.call(cluster, 'list what is installed by its bundle', (api, signal) =>
      api.list(ConfigMapKind, { labelSelector, signal }),
    );
    return new Map(items.flatMap((record) => (installedIn(record) ?? []) as Installed[]).map((one) => [one.name, one]));
  }

  /** The first of its workloads that is not ready; undefined when all are. Hooks and what is no workload are not waited for. */
  async lackOf(cluster: ObjectKey, { objects }: Installed): Promise<Lack | undefined> {
    for (const manifest of objects.filter(({ kind }) => workloads.has(kind))) {
      const lack = await this.#lackOf(cluster, manifest);
      if (lack !== undefined) return lack;
    }
    return undefined;
  }

  async #lackOf(cluster: ObjectKey, manifest: Manifest): Promise<Lack | undefined> {
    const what = textOfManifest(manifest);
    const live = await this.#children.call(cluster, `read ${what}`, (api) =>
      api.get(kindOfManifest(manifest), keyOfManifest(manifest)),
    );
    const on: Reference = { kind: manifest.kind, ...keyOfManifest(manifest) };
    if (live === undefined) return { on, message: `${what} is gone`, isGone: true };
    const missing = isJob(live) ? incompleteness(live) : unreadiness(live);
    return missing === undefined ? undefined : { on, message: `${what}: ${missing}`, isGone: false };
  }

  /**
   * Renders and applies a release, then deletes what is no longer of it. Done again after a crash it ends the same way.
   *
   * @throws Failure of the charts or of the cluster's API; terminal, reason `OwnedByAnother`, for an object of others
   */
  async install(installation: Installation, charts: Charts): Promise<void> {
    const { cluster, release, before, hash } = installation;
    const { name, namespace } = release;
    const text = await charts.render(installation.request);
    const objects = inOrder(await this.#placed(cluster, objectsIn(text, name), release));
    const owned = new Set(before?.objects.map(textOfManifest));
    for (const one of objects) await this.#refuseForeign(cluster, one, { name, namespace }, owned);
    const manifests = objects.map(({ manifest }) => manifest);
    const old = surplus(before?.objects ?? [], manifests);
    await this.#ensureNamespace(cluster, namespace);
    const isRetry = before !== undefined && before.state !== 'deployed' && before.hash === hash;
    const pending: Installed = {
      name,
      namespace,
      revision: isRetry ? before.revision : (before?.revision ?? 0) + 1,
      hash,
      state: (before?.revision ?? 0) > 0 && before?.state !== 'pending-install' ? 'pending-upgrade' : 'pending-install',
      chart: release.chartURL ?? release.chart ?? name,
      ...(release.version === undefined ? {} : { version: release.version }),
      attempt: installation.attempt,
      objects: [...manifests, ...old],
    };
    await this.#note(installation, pending);
    for (const { object } of objects) await this.#apply(cluster, object);
    await this.#deleteAll(cluster, old);
    await this.#note(installation, {
      ...pending,
      state: 'deployed',
      objects: manifests,
      finishedAt: rfc3339(this.#clock.now()),
    });
  }

  /** Deletes all that a release has made but what holds data; its record goes last. */
  async uninstall(cluster: ObjectKey, { name, namespace, objects }: Installed): Promise<void> {
    await this.#deleteAll(cluster, surplus(objects, []));
    await this.#children.call(cluster, `delete the record of release ${name}`, (api) =>
      api.delete(ConfigMapKind, { namespace, name: recordNameOf(name) }),
    );
  }

  async #placed(
    cluster: ObjectKey,
    objects: readonly KubeObject[],
    release: { name: string; namespace: string },
  ): Promise<readonly Placed[]> {
    let defined = kindsDefinedBy(objects);
    if (objects.some((object) => kindIn(object, defined) === undefined)) {
      const { items } = await this.#children.call(cluster, 'list its definitions', (api, signal) =>
        api.list(CustomResourceDefinitionKind, { signal }),
      );
      defined = [...defined, ...kindsDefinedBy(items)];
    }
    return objects.map((object) => {
      const kind = kindIn(object, defined);
      if (kind !== undefined) return placed(object, kind, release);
      throw terminal(
        `release ${release.name} makes a ${object.kind} of ${object.apiVersion}, which the cluster does not know: install its definition first, with requires`,
        { reason: 'UnknownKind' },
      );
    });
  }

  /** As Helm does: what is there already and of nobody, or of another release, is not taken over. */
  async #refuseForeign(
    cluster: ObjectKey,
    { manifest }: Placed,
    release: { name: string; namespace: string },
    owned: ReadonlySet<string>,
  ): Promise<void> {
    const what = textOfManifest(manifest);
    if (manifest.kind === NamespaceKind.kind || isDefinition({ ...manifest, apiVersion: '', metadata: { name: '' } }))
      return;
    const live = await this.#children.call(cluster, `read ${what}`, (api) =>
      api.get(kindOfManifest(manifest), keyOfManifest(manifest)),
    );
    const of = live?.metadata.annotations ?? {};
    const isOurs = of[marks.name] === release.name && of[marks.namespace] === release.namespace;
    if (live === undefined || isOurs || (owned.has(what) && of[marks.name] === undefined)) return;
    const owner = of[marks.name];
    throw terminal(
      `release ${release.name} would make ${what}, which is there already and belongs to ${owner === undefined ? 'nobody' : `release ${of[marks.namespace] ?? ''}/${owner}`}: delete it, or give it the annotations ${marks.name}=${release.name} and ${marks.namespace}=${release.namespace}`,
      { reason: 'OwnedByAnother' },
    );
  }

  async #ensureNamespace(cluster: ObjectKey, name: string): Promise<void> {
    await this.#children.call(cluster, `make namespace ${name}`, async (api) => {
      if ((await api.get(NamespaceKind, { name })) !== undefined) return;
      await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager, force: true });
    });
  }

  async #note({ cluster, bundle, release }: Installation, installed: Installed): Promise<void> {
    const record = recordOf(keyOfBundle(bundle), installed, release.labels);
    await this.#children.call(cluster, `write the record of release ${release.name}`, (api) =>
      api.apply(record, { fieldManager, force: true }),
    );
  }

  async #apply(cluster: ObjectKey, object: KubeObject): Promise<void> {
    const what = `${object.kind} ${keyText(keyOf(object))}`;
    await this.#children.call(cluster, `apply ${what}`, (api) => api.apply(object, { fieldManager, force: true }));
    if (isDefinition(object)) await this.#untilServed(cluster, object);
  }

  async #untilServed(cluster: ObjectKey, definition: KubeObject): Promise<void> {
    for (let i = 0; i < asks; i += 1) {
      const live = await this.#children.call(cluster, `read definition ${definition.metadata.name}`, (api) =>
        api.get(CustomResourceDefinitionKind, keyOf(definition)),
      );
      if (live?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
      await sleep(this.#clock, askMs);
    }
  }

  async #deleteAll(cluster: ObjectKey, manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests)
      await this.#children.call(cluster, `delete ${textOfManifest(manifest)}`, (api) =>
        api.delete(kindOfManifest(manifest), keyOfManifest(manifest), { propagation: 'Background' }),
      );
  }
}

const workloads: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']);

function isJob(object: KubeObject): object is Job {
  return object.kind === JobKind.kind;
}
