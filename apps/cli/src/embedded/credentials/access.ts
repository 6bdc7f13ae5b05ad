import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind, KindDeclaration } from '@keelson/api';
import { allKinds, ClusterUpdatePlanKind, openstackKinds, sdnKinds } from '@keelson/api';
import { httpKubeApi, type KubeApi } from '@keelson/kube';
import { messageOf, silentLog, systemClock, systemHttp, systemRandom, terminal } from '@keelson/std';
import type { Layout } from '../layout.js';
import { choosePorts } from '../ports.js';

/**
 * The Kubernetes API the command talks to: `$KUBECONFIG` when set, else this installation's own.
 *
 * @throws Failure terminal when there is neither
 */
export function kubeApiHere(layout: Layout): KubeApi {
  const path = process.env.KUBECONFIG ?? layout.kubeconfig;
  if (!existsSync(path)) throw terminal(`no kubeconfig at ${path}. Start with ./keelson up, or set KUBECONFIG.`);
  return kubeApiOf(path);
}

/** The Kubernetes API of a kubeconfig file. */
export function kubeApiOf(kubeconfigFile: string): KubeApi {
  return httpKubeApi({
    kubeconfig: readFileSync(kubeconfigFile, 'utf8'),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'keelson-cli',
  });
}

/** What people call a ClusterUpdatePlan. */
export const updateWord = 'update';

/** What `<kind>/<name>` or `<kind> <name>` on a command line means: kind by name, plural, singular or short name, or `update`. */
export function findKind(text: string): KindDeclaration {
  const wanted = text.toLowerCase() === updateWord ? ClusterUpdatePlanKind.singular : text.toLowerCase();
  const found = allKinds.find((kind) =>
    [kind.kind.toLowerCase(), kind.plural, kind.singular, ...kind.shortNames].includes(wanted),
  );
  if (found === undefined)
    throw terminal(
      `there is no kind "${text}". Known: ${allKinds
        .map((kind) => kind.plural)
        .sort()
        .join(', ')}`,
    );
  return found;
}

/** The HTTP endpoint of the service that owns a kind. */
function ownerUrl(kind: KindDeclaration): string {
  const ports = choosePorts();
  const known: Readonly<Record<string, number>> = {
    'baremetal-svc': ports.baremetalHttp,
    'lifecycle-svc': ports.lifecycleHttp,
    'openstack-svc': ports.openstackHttp,
    'release-svc': ports.releaseHttp,
    'sdn-svc': ports.sdnHttp,
  };
  const port = Object.hasOwn(known, kind.owner) ? known[kind.owner] : undefined;
  if (port === undefined)
    throw terminal(`${kind.kind} is owned by ${kind.owner}, which does not run in this installation`);
  return `https://127.0.0.1:${port}`;
}

/**
 * Asks the service that owns the kind: `GET /api/v1/<what>/<Kind>/<namespace or ->/<name>`.
 *
 * @throws Failure with the service's own sentence when it refuses
 */
export async function askOwner<A>(
  layout: Layout,
  what: 'history' | 'plan' | 'why' | 'timeline',
  kind: KindDeclaration,
  namespace: string | undefined,
  name: string,
): Promise<A> {
  const url = `${ownerUrl(kind)}/api/v1/${what}/${kind.kind}/${encodeURIComponent(namespace ?? '-')}/${name}`;
  const token = readFileSync(join(layout.secrets, 'api-token'), 'utf8');
  const ca = readFileSync(join(layout.secrets, 'tls', 'ca.crt'), 'utf8');
  const response = await systemHttp({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 20_000,
    tls: { ca },
  });
  const text = Buffer.from(response.body).toString('utf8');
  if (response.status !== 200) throw terminal(`${kind.owner} answered ${response.status}: ${sentenceOf(text)}`);
  return JSON.parse(text) as A;
}

function sentenceOf(text: string): string {
  try {
    const body = JSON.parse(text) as { message?: unknown };
    return typeof body.message === 'string' ? body.message : text;
  } catch (error) {
    return text === '' ? messageOf(error) : text;
  }
}

/** `kind/name` with an optional namespace flag; where no namespace is given, the only object of that name is meant. */
export async function findObject(layout: Layout, wanted: WantedObject): Promise<FoundObject> {
  return findObjectBy((kind, name) => namespacesOf(kubeApiHere(layout), kind, name), wanted);
}

export interface WantedObject {
  /** What was asked of it, such as `why cluster/first`: with a namespace it is asked again. */
  readonly command: string;
  /** `<kind>/<name>`. */
  readonly object: string;
  readonly namespace: string | undefined;
}

export interface FoundObject {
  readonly kind: KindDeclaration;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * The same, where `namespacesOfName` asks the management API. It knows nothing of kinds that live in MOSK clusters: those are
 * in the one namespace that a cloud has there, and their owner knows the clusters.
 *
 * @throws Failure terminal when the text is no `<kind>/<name>`, or the name is in several namespaces
 */
export async function findObjectBy(
  namespacesOfName: (kind: Kind, name: string) => Promise<readonly string[]>,
  { command, object: text, namespace }: WantedObject,
): Promise<FoundObject> {
  const slash = text.indexOf('/');
  if (slash < 1 || slash === text.length - 1) throw terminal(`say <kind>/<name>, such as bmh/srv-01; was "${text}"`);
  const kind = findKind(text.slice(0, slash));
  const name = text.slice(slash + 1);
  const inner = name.lastIndexOf('/');
  if (inner >= 0)
    throw terminal(
      `no name has a "/" in it; a namespace is said by itself: ./keelson ${command.split(' ')[0]} ${text.slice(0, slash)}/${name.slice(inner + 1)} -n ${name.slice(0, inner)}`,
    );
  if (kind.scope === 'Cluster' || namespace !== undefined) return { kind, namespace, name };
  const inClusters = namespaceInClusters(kind);
  if (inClusters !== undefined) return { kind, namespace: inClusters, name };
  const spaces = await namespacesOfName(kind, name);
  if (spaces.length > 1)
    throw terminal(
      [
        `there are ${spaces.length} ${kind.plural} ${name}, each in a namespace of its own: say which`,
        ...spaces.toSorted().map((space) => `  ./keelson ${command} -n ${space}`),
      ].join('\n'),
    );
  return { kind, namespace: spaces[0] ?? 'default', name };
}

/** Where objects of a kind are that lives in MOSK clusters; undefined for those of the management cluster. */
function namespaceInClusters(kind: KindDeclaration): string | undefined {
  if (openstackKinds.includes(kind)) return 'openstack';
  return sdnKinds.includes(kind) ? 'tf' : undefined;
}

async function namespacesOf(api: KubeApi, kind: Kind, name: string): Promise<string[]> {
  const { items } = await api.list(kind, { fieldSelector: `metadata.name=${name}` });
  return items.map((item) => item.metadata.namespace ?? 'default');
}
