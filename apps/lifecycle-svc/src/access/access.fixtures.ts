import { type KubeObject, type ObjectKey, type Secret, SecretKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Engine, memoryLog, openEngine } from '@keelson/kube-server';
import { rbacOf } from '@keelson/reconcile';
import { seededRandom, silentLog, terminal, transient } from '@keelson/std';
import { engineKubeApi, type HermeticCluster, hermeticCluster, type HermeticOptions } from '@keelson/testing';
import { dump, load } from 'js-yaml';
import { ConnectedClusters } from '../child/connected-clusters.js';
import { accessReconciler } from './access.reconciler.js';

/** A management cluster with this reconciler and the one cluster `demo/first` that is built, both in this process. */
export interface AccessScene {
  readonly management: HermeticCluster;
  /** The API of the cluster does not answer. */
  isSilent: boolean;
  /** The token that x-svc was given. */
  token(): Promise<string>;
  /** The cluster's API as whoever holds that token sees it. */
  asService(): Promise<KubeApi>;
  close(): Promise<void>;
}

/** What x-svc was given. */
export const given: ObjectKey = { namespace: 'keelson-x-svc', name: 'demo.first' };

export async function anAccessScene(options: HermeticOptions = {}): Promise<AccessScene> {
  const management = await hermeticCluster(options);
  const child = await openEngine({
    log: memoryLog(),
    profile: 'child',
    clock: management.clock,
    random: seededRandom('child'),
    logger: silentLog,
    definitions: [],
  });
  const scene = new Scene(management, child);
  for (const name of ['demo', 'keelson-x-svc'])
    await management.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await management.apply(accountMap('nodes'), administratorsKubeconfig(), aCluster());
  await scene.start();
  return scene;
}

/** What comes with x-svc, which reads that resource in the clusters. */
export function accountMap(resource: string): KubeObject {
  const objects = rbacOf('x-svc', [], [{ rules: [{ apiGroups: [''], resources: [resource], verbs: ['list'] }] }]);
  const map: KubeObject & { data: object } = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'x-svc-in-clusters',
      namespace: 'keelson-system',
      labels: { 'keelson.dev/account-in-clusters': 'x-svc' },
    },
    data: { 'objects.yaml': objects.map((object) => dump(object)).join('---\n') },
  };
  return map;
}

class Scene implements AccessScene {
  isSilent = false;
  readonly #children: ConnectedClusters;

  constructor(
    readonly management: HermeticCluster,
    readonly child: Engine,
  ) {
    const random = seededRandom('access');
    const connect = (): KubeApi => this.#asAdministrator();
    this.#children = new ConnectedClusters({ connect, clock: management.clock, random, log: silentLog });
  }

  async start(): Promise<void> {
    const { clock } = this.management;
    await this.management.run('lifecycle-svc', [accessReconciler({ children: this.#children, clock })]);
  }

  async token(): Promise<string> {
    const secret = await this.management.get<Secret>(SecretKind, given);
    const text = Buffer.from(secret.data?.['value'] ?? '', 'base64').toString('utf8');
    const { users = [] } = load(text) as { users?: readonly { user: { token: string } }[] };
    return users[0]?.user.token ?? '';
  }

  async asService(): Promise<KubeApi> {
    const user = this.child.authenticate({ bearer: await this.token() });
    if (user === undefined) throw terminal('the token is not accepted', { reason: 'Unauthorized' });
    return engineKubeApi(this.child, user);
  }

  async close(): Promise<void> {
    this.#children.close();
    await this.management.close();
    await this.child.close();
  }

  #asAdministrator(): KubeApi {
    const inner = engineKubeApi(this.child);
    const through = <A>(call: () => Promise<A>): Promise<A> =>
      this.isSilent ? Promise.reject(transient('nobody answers', { reason: 'Unreachable' })) : call();
    return {
      get: (kind, key) => through(() => inner.get(kind, key)),
      list: (kind, options) => through(() => inner.list(kind, options)),
      watch: (kind, options) => inner.watch(kind, options),
      create: (object, options) => through(() => inner.create(object, options)),
      replace: (object, options) => through(() => inner.replace(object, options)),
      apply: (object, options) => through(() => inner.apply(object, options)),
      patch: (kind, key, patch, options) => through(() => inner.patch(kind, key, patch, options)),
      delete: (kind, key, options) => through(() => inner.delete(kind, key, options)),
      createToken: (account, request) => through(() => inner.createToken(account, request)),
      evict: (pod) => through(() => inner.evict(pod)),
    };
  }
}

function administratorsKubeconfig(): KubeObject {
  const text = dump({
    clusters: [{ name: 'first', cluster: { server: 'https://first.test:6443' } }],
    users: [{ name: 'admin', user: { 'client-key-data': 'c2VjcmV0' } }],
  });
  const secret: KubeObject & { data: object } = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'first-kubeconfig', namespace: 'demo' },
    data: { value: Buffer.from(text, 'utf8').toString('base64') },
  };
  return secret;
}

function aCluster(): KubeObject {
  const cluster: KubeObject & { spec: object } = {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'first', namespace: 'demo' },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-21-1-0-26-1' } },
    },
  };
  return cluster;
}
