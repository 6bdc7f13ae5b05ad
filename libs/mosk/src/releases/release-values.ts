import { type ClusterRelease, ClusterReleaseKind, type ConfigMap, ConfigMapKind, type ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { Reader } from '@keelson/reconcile';
import { terminal } from '@keelson/std';
import type { z } from 'zod';

/** The ClusterRelease of a version, `<cluster>+<mosk>`, as the management API has it now; undefined when there is none. */
export type FindRelease = (version: string) => Promise<ClusterRelease | undefined>;

export function findReleaseIn(management: Pick<KubeApi, 'list'>): FindRelease {
  return async (version) => {
    const { items } = await management.list(ClusterReleaseKind);
    return items.find(({ spec }) => spec.version === version);
  };
}

/** What a release says through the values of one of its charts. */
export interface ChartOfRelease<T> {
  /** Name in `spec.helm.releases`. */
  readonly chart: string;
  /** What of the values is read; values without it say nothing. */
  readonly schema: z.ZodType<T>;
  /** Where what was read is kept in the MOSK cluster. */
  readonly map: ObjectKey;
  /** Labels by which the controller finds it. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ReleaseValues<T> {
  /** Undefined when no release has said anything yet. */
  readonly values: T | undefined;
  /** To be written before anything is made from the values; undefined when they are kept already. */
  readonly toKeep: ConfigMap | undefined;
}

/** Of a release that is not found it is asked again after so long. */
const askAgainMs = 60_000;

/**
 * What a cluster's release says to a controller in the cluster. It is asked for once for each release and kept in the
 * cluster: a release that is taken back while it is in use, or a management API that is away, changes nothing there.
 */
export class ReleaseReader<T> {
  readonly #find: FindRelease;
  readonly #of: ChartOfRelease<T>;
  #latest: { readonly version: string; readonly values: T | undefined } | undefined;
  #missing: { readonly version: string; readonly until: number } | undefined;

  constructor(find: FindRelease, of: ChartOfRelease<T>) {
    this.#find = find;
    this.#of = of;
  }

  /**
   * @param version undefined while the cluster's release is not known: what is kept holds
   * @throws Failure terminal naming the field of the ClusterRelease that is wrong; whatever the management API fails with
   */
  async values(reader: Reader, version: string | undefined): Promise<ReleaseValues<T>> {
    const kept = this.#kept(reader);
    if (version === undefined || kept?.version === version) return { values: kept?.values, toKeep: undefined };
    const latest = this.#latest?.version === version ? this.#latest : await this.#ask(version, reader.now);
    // A release that says nothing, or is gone, leaves what was said before.
    if (latest?.values === undefined) return { values: kept?.values, toKeep: undefined };
    const data = { release: version, values: JSON.stringify(latest.values) };
    const { map, labels } = this.#of;
    const metadata = { ...map, ...(labels === undefined ? {} : { labels: { ...labels } }) };
    const toKeep: ConfigMap = { apiVersion: 'v1', kind: ConfigMapKind.kind, metadata, data };
    return { values: latest.values, toKeep };
  }

  async #ask(version: string, now: number): Promise<{ readonly values: T | undefined } | undefined> {
    if (this.#missing?.version === version && now < this.#missing.until) return undefined;
    const release = await this.#find(version);
    this.#missing = release === undefined ? { version, until: now + askAgainMs } : undefined;
    if (release === undefined) return undefined;
    this.#latest = { version, values: valuesIn(release, this.#of) };
    return this.#latest;
  }

  /** What somebody has written over is asked for again. */
  #kept(reader: Reader): { readonly version: string; readonly values: T } | undefined {
    const { release: version, values = '' } = reader.get<ConfigMap>(ConfigMapKind, this.#of.map)?.data ?? {};
    if (version === undefined) return undefined;
    try {
      return { version, values: this.#of.schema.parse(JSON.parse(values)) };
    } catch {
      return undefined;
    }
  }
}

/**
 * What a release says through the values of a chart; undefined when it has no such chart or the chart no values.
 *
 * @throws Failure terminal naming the field that is wrong
 */
export function valuesIn<T>(release: ClusterRelease, { chart, schema }: Omit<ChartOfRelease<T>, 'map'>): T | undefined {
  const values = release.spec.helm?.releases?.find(({ name }) => name === chart)?.values;
  if (values === undefined) return undefined;
  const { success, data, error } = schema.safeParse(values);
  if (success) return data;
  const [issue] = error.issues;
  const field = ['values', ...(issue?.path ?? [])].join('.');
  throw terminal(
    `ClusterRelease ${release.metadata.name}: spec.helm.releases[${chart}].${field}: ${issue?.message ?? 'not as expected'}`,
    { reason: 'ReleaseInvalid' },
  );
}
