import { type KubeObject, OpenStackDeploymentStatusKind } from '@keelson/api';
import { accessNamespaceOf, accessPointAnnotation, accessSecretOf } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { type Engine, memoryLog, openEngine } from '@keelson/kube-server';
import { routesHttp } from '@keelson/service';
import { type Http, type HttpRequest, type HttpResponse, seededRandom, silentLog, transient } from '@keelson/std';
import { accountOf, engineKubeApi, type HermeticCluster, hermeticCluster, refuseFaults } from '@keelson/testing';
import { admissionRoutes } from '../../src/admission/admission.routes.js';
import { type Openstack, openstackReconcilers } from '../../src/reconcilers.js';
import { smallRenderer } from '../../src/rollout/renderer.fixtures.js';
import { cloudKey } from './cloud-world.js';
import { SimulatedWorkloads } from './simulated-workloads.js';
import { wellCloud } from './well-cloud.js';

/** A management cluster and the MOSK clusters that its kubeconfigs lead to, all in this process. */
export class Clusters {
  readonly management: HermeticCluster;
  readonly openstack: Openstack;
  /** Kubeconfigs that lead nowhere: calls fail, or hang for ever. */
  readonly dead = new Set<string>();
  readonly hanging = new Set<string>();
  readonly opened: string[] = [];
  /** Of clusters whose API is no longer the one it was. */
  readonly points = new Map<string, string>();
  isServiceDown = false;
  /** What is asked of the management API, and not cached, fails. */
  isManagementAway = false;
  readonly #engines = new Map<string, Engine>();
  readonly #ending = new AbortController();
  readonly #faults: string[] = [];

  constructor(management: HermeticCluster, services: Http) {
    this.management = management;
    this.openstack = openstackReconcilers({
      api: {
        list: (kind, options) =>
          this.isManagementAway
            ? Promise.reject(transient('the management API does not answer', { reason: 'Timeout' }))
            : management.api.list(kind, options),
      },
      clock: management.clock,
      random: seededRandom('attach'),
      log: silentLog,
      renderer: smallRenderer,
      admission: { url: 'https://openstack-svc.test', authority: 'an authority' },
      bus: management.bus,
      records: management.records,
      connectServices: () => services,
      connect: (kubeconfig) => this.#connect(kubeconfig),
      onFault: (fault) => this.#faults.push(fault),
    });
  }

  async add(name: string, kubeconfig = name): Promise<void> {
    const { clock } = this.management;
    const engine = await openEngine({
      log: memoryLog(),
      profile: 'child',
      clock,
      random: seededRandom(name),
      logger: silentLog,
      definitions: [],
      webhooks: { http: (request) => this.#reach(request) },
    });
    this.#engines.set(name, engine);
    const api = engineKubeApi(engine);
    void new SimulatedWorkloads(api, clock).run(this.#ending.signal);
    for (const object of this.openstack.attachments.inClusters.account)
      await api.apply(object, { fieldManager: 'lifecycle-svc', force: true });
    await this.management.apply(clusterOf(name));
    await this.give(name, kubeconfig);
  }

  /** As lifecycle-svc does: the name of the cluster and, behind a #, that of the token. */
  give(name: string, kubeconfig: string): Promise<void> {
    const data = { value: Buffer.from(kubeconfig).toString('base64') };
    const secret: KubeObject & { data: object } = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: accessSecretOf({ namespace: 'demo', name }),
        namespace: accessNamespaceOf('openstack-svc'),
        annotations: { [accessPointAnnotation]: this.points.get(name) ?? name },
      },
      data,
    };
    return this.management.apply(secret);
  }

  child(name: string): KubeApi {
    const engine = this.#engines.get(name);
    if (engine === undefined) throw transient(`no cluster ${name}`);
    return engineKubeApi(engine);
  }

  async isApplied(name: string): Promise<boolean> {
    try {
      return (await this.child(name).get(OpenStackDeploymentStatusKind, cloudKey))?.status?.osdpl?.state === 'APPLIED';
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('over'));
    const closing = this.openstack.attachments.closeAll();
    await this.management.advance(60);
    await closing;
    await this.management.close();
    for (const engine of this.#engines.values()) await engine.close();
    refuseFaults(this.#faults);
  }

  /** API servers reach the service as long as it is up. */
  #reach(request: HttpRequest): Promise<HttpResponse> {
    if (this.isServiceDown) return Promise.reject(transient('connection refused'));
    return routesHttp(admissionRoutes(this.openstack.attachments))(request);
  }

  #connect(kubeconfig: string): KubeApi {
    this.opened.push(kubeconfig);
    const engine = this.#engines.get(kubeconfig.split('#')[0] ?? '');
    if (engine === undefined) throw transient('the kubeconfig leads nowhere');
    const inner = engineKubeApi(engine, accountOf('openstack-svc'));
    const through = <A>(call: () => Promise<A>): Promise<A> => {
      if (this.hanging.has(kubeconfig)) return new Promise(() => undefined);
      if (this.dead.has(kubeconfig)) return Promise.reject(transient('the API does not answer', { reason: 'Timeout' }));
      return call();
    };
    return {
      ...inner,
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

function clusterOf(name: string): KubeObject {
  const whole: KubeObject & { spec: object } = {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace: 'demo' },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-21-1-0-26-1' } },
    },
  };
  return whole;
}

/** Opens the management cluster and starts the service on it. */
export async function openClusters(services: Http = wellCloud): Promise<Clusters> {
  const management = await hermeticCluster();
  await management.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } });
  const opened = new Clusters(management, services);
  await management.run('openstack-svc', opened.openstack.reconcilers);
  return opened;
}
