import { createHash, createPublicKey, verify } from 'node:crypto';
import type { ClusterRelease, KaaSRelease, KubeObject } from '@keelson/api';
import { type Http, messageOf, terminal, transient } from '@keelson/std';
import { loadAll } from 'js-yaml';
import { z } from 'zod';

/** Where releases are announced, and whose signature counts. */
export interface IndexSource {
  /** URL of the index; its signature, base64, is at the same URL with `.sig`. */
  readonly url: string;
  /** PEM of the Ed25519 public key of the publisher. */
  readonly publisherKey: string;
  /** URL of the proxy that it is fetched through: that of the artifact cache, where there is one. */
  readonly proxy?: string;
}

const IndexSchema = z.object({
  kind: z.literal('Index'),
  kaasReleases: z.array(
    z.object({
      version: z.string().min(1),
      /** Of the file with the release and the cluster releases it brings, from the index. */
      path: z.string().min(1),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type IndexEntry = z.infer<typeof IndexSchema>['kaasReleases'][number];

const timeoutMs = 20_000;
const mostBytes = 8 * 1024 * 1024;

/**
 * The entries of the index.
 *
 * @throws Failure transient when it cannot be fetched, terminal `BadSignature` or `BadIndex` when it cannot be trusted or read
 */
export async function fetchIndex(http: Http, source: IndexSource): Promise<readonly IndexEntry[]> {
  const { url, publisherKey } = source;
  const body = await fetched(http, url, source);
  const signature = Buffer.from(
    Buffer.from(await fetched(http, `${url}.sig`, source))
      .toString('utf8')
      .trim(),
    'base64',
  );
  if (!isSigned(body, signature, publisherKey))
    throw terminal(`the index of releases at ${url} is not signed by its publisher: nothing of it is taken`, {
      reason: 'BadSignature',
    });
  const index = IndexSchema.safeParse(documentsIn(body, url)[0]);
  if (!index.success)
    throw terminal(`the index of releases at ${url} cannot be read: ${index.error.issues[0]?.message ?? ''}`, {
      reason: 'BadIndex',
    });
  return index.data.kaasReleases;
}

/**
 * The objects of a release, cluster releases first.
 *
 * @throws Failure transient when it cannot be fetched, terminal `BadRelease` when it is not what the index says
 */
export async function fetchRelease(
  http: Http,
  source: IndexSource,
  { version, path, sha256 }: IndexEntry,
): Promise<readonly (KaaSRelease | ClusterRelease)[]> {
  const at = new URL(path, source.url).toString();
  const body = await fetched(http, at, source);
  const refuse = (why: string): Error =>
    terminal(`release ${version} at ${at} is not taken: ${why}`, { reason: 'BadRelease' });
  if (createHash('sha256').update(body).digest('hex') !== sha256) throw refuse('its checksum is not that of the index');
  const objects = documentsIn(body, at).filter(isRelease);
  const own = objects.filter((object): object is KaaSRelease => object.kind === 'KaaSRelease');
  if (own.length !== 1 || own[0]?.spec.version !== version)
    throw refuse('it holds no KaaSRelease of that version, or several');
  return [...objects.filter(({ kind }) => kind === 'ClusterRelease'), ...own];
}

async function fetched(http: Http, url: string, { proxy }: IndexSource): Promise<Uint8Array> {
  const through = proxy === undefined ? {} : { proxy };
  const { status, body } = await http({ method: 'GET', url, timeoutMs, ...through });
  if (status !== 200) throw transient(`${url} was answered with ${status}`, { reason: 'IndexUnreachable' });
  if (body.byteLength > mostBytes) throw terminal(`${url} is larger than ${mostBytes} bytes`, { reason: 'BadIndex' });
  return body;
}

function isSigned(body: Uint8Array, signature: Uint8Array, keyPem: string): boolean {
  try {
    return verify(null, body, createPublicKey(keyPem), signature);
  } catch (cause) {
    throw terminal(`the key of the publisher of releases cannot be read: ${messageOf(cause)}`, {
      cause,
      reason: 'BadPublisherKey',
    });
  }
}

function documentsIn(body: Uint8Array, url: string): readonly unknown[] {
  try {
    return loadAll(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw terminal(`${url} is no YAML: ${messageOf(cause)}`, { cause, reason: 'BadIndex' });
  }
}

function isRelease(object: unknown): object is KaaSRelease | ClusterRelease {
  if (typeof object !== 'object' || object === null || !('kind' in object) || !('metadata' in object)) return false;
  const { kind, apiVersion } = object as KubeObject;
  return apiVersion === 'kaas.mirantis.com/v1alpha1' && (kind === 'KaaSRelease' || kind === 'ClusterRelease');
}
