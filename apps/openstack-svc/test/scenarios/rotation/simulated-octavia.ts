import { type Amphora } from '@keelson/openstack';
import { type DaemonSet, DaemonSetKind, type Deployment, DeploymentKind, SecretKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { textIn } from '@keelson/mosk';
import { type Clock, type Http, seededRandom } from '@keelson/std';
import { X509Certificate } from 'node:crypto';
import { Faults } from '../../../../lab/src/faults/faults.js';
import { Collection } from '../../../../lab/src/openstack/collection.js';
import { answerWith, CloudError, type Doc, type Route } from '../../../../lab/src/openstack/exchange.js';
import { loadBalancerRoutes } from '../../../../lab/src/openstack/load-balancer-api.js';
import { Pace } from '../../../../lab/src/world/pace.js';
import { type AmphoraApi, amphoraApiOver } from '../../../src/amphorae/amphora-api.js';

const namespace = 'openstack';
const authUrl = 'http://keystone-api.openstack.svc.cluster.local:5000/v3';
const octaviaUrl = 'http://octavia-api.openstack.svc.cluster.local:9876';

/** What a controller, or what made an amphora, has as certificates. */
interface Trust {
  readonly signer: string;
  readonly servers: readonly string[];
  readonly client: string;
  readonly clients: readonly string[];
}

/**
 * The lab's Octavia beside a cluster whose workloads are simulated, and what each amphora was made with: an amphora trusts what
 * was in `octavia-certs` then. While pods are replaced there are controllers of before and of after.
 */
export class SimulatedOctavia {
  readonly faults: Faults;
  /** Failovers that were ordered, in order. */
  readonly ordered: string[] = [];
  /** The most load balancers that were in work at once. */
  most = 0;
  readonly api: AmphoraApi;
  readonly #collections = new Map<string, Collection>();
  readonly #routes: readonly Route[];
  readonly #made = new Map<string, readonly Trust[]>();
  readonly #clock: Clock;
  readonly #kube: KubeApi;
  /** By controller and digest of its files: what its pods have, those of before included while there are any. */
  readonly #running = new Map<string, Map<string, Trust>>();

  constructor(kube: KubeApi, clock: Clock) {
    this.#clock = clock;
    this.#kube = kube;
    this.faults = new Faults(clock);
    const collection = (name: string): Collection => this.#collection(name);
    this.#routes = loadBalancerRoutes({
      collection,
      clock,
      pace: new Pace(),
      faults: this.faults,
      save: () => undefined,
    });
    this.api = amphoraApiOver(this.#http)({ authUrl, username: 'admin', password: 'secret', project: 'admin' });
  }

  make(name: string): string {
    const body = { loadbalancer: { name } };
    const made = answerWith(this.#routes, { ...asked('POST', '/v2/lbaas/loadbalancers'), body });
    const { loadbalancer } = made.body as { readonly loadbalancer: { readonly id: string } };
    return loadbalancer.id;
  }

  remove(id: string): void {
    answerWith(this.#routes, asked('DELETE', `/v2/lbaas/loadbalancers/${id}`));
  }

  /** A load balancer as an operator leaves it who has reset its state. */
  set(id: string, provisioning_status: string): void {
    this.#collection('loadbalancers').change(id, { provisioning_status });
  }

  amphorae(): readonly Doc[] {
    return this.#collection('amphorae').list(new URLSearchParams());
  }

  /** By whom the amphorae that are there were signed for, each once. */
  signers(): readonly string[] {
    const names = this.amphorae().flatMap(({ id }) => this.#made.get(String(id))?.map(({ signer }) => signer) ?? []);
    return [...new Set(names)].map(nameOf).sort();
  }

  /**
   * Looks at controllers and amphorae as they are now.
   *
   * @returns pairs of which one does not trust the other
   */
  async cutOff(): Promise<readonly string[]> {
    const now = await this.#trust();
    if (now === undefined) return [];
    for (const object of await this.#workloads()) this.#note(object, now);
    const controllers = this.#controllers();
    for (const { id } of this.amphorae()) if (!this.#made.has(String(id))) this.#made.set(String(id), controllers);
    this.#countWork();
    return this.amphorae().flatMap(({ id }) =>
      (this.#made.get(String(id)) ?? []).flatMap((made) =>
        controllers.flatMap((one) => refusals(String(id), made, one)),
      ),
    );
  }

  /** None of its pods is of an earlier template any more. */
  readonly rolled = ({ metadata: { name }, spec }: Deployment | DaemonSet): void => {
    const known = this.#running.get(name);
    const hash = hashOf(spec);
    const current = known?.get(hash);
    if (current !== undefined) this.#running.set(name, new Map([[hash, current]]));
  };

  /** A template that was not seen before has what is in the Secret now: the two are applied together. */
  #note({ metadata: { name }, spec }: Deployment | DaemonSet, now: Trust): void {
    const known = this.#running.get(name) ?? new Map<string, Trust>();
    const hash = hashOf(spec);
    if (!known.has(hash)) known.set(hash, now);
    this.#running.set(name, known);
  }

  #controllers(): readonly Trust[] {
    const all = [...this.#running.values()].flatMap((known) => [...known.values()]);
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  }

  async #workloads(): Promise<readonly (Deployment | DaemonSet)[]> {
    const deployments = (await this.#kube.list<Deployment>(DeploymentKind, { namespace })).items;
    const daemonSets = (await this.#kube.list<DaemonSet>(DaemonSetKind, { namespace })).items;
    const connecting = /^octavia-(worker|housekeeping|health-manager)/;
    return [...deployments, ...daemonSets].filter(({ metadata }) => connecting.test(metadata.name));
  }

  #countWork(): void {
    const rows = this.#collection('loadbalancers').list(new URLSearchParams());
    const inWork = rows.filter((row) => row['provisioning_status'] === 'PENDING_UPDATE').length;
    this.most = Math.max(this.most, inWork);
  }

  #collection(name: string): Collection {
    const known = this.#collections.get(name) ?? new Collection(this.#clock, seededRandom(`octavia/${name}`));
    this.#collections.set(name, known);
    return known;
  }

  async #trust(): Promise<Trust | undefined> {
    const secret = await this.#kube.get(SecretKind, { namespace, name: 'octavia-certs' });
    const certificates = (key: string): readonly string[] =>
      textIn(secret, key)?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const [[signer], [client]] = [certificates('ca.pem'), certificates('client.pem')];
    if (signer === undefined || client === undefined) return undefined;
    return { signer, servers: certificates('server-ca.pem'), client, clients: certificates('client-ca.pem') };
  }

  readonly #http: Http = async ({ method, url, body }) => {
    const answer = (status: number, json: unknown) => ({
      status,
      headers: { 'x-subject-token': 'token' },
      body: new TextEncoder().encode(json === undefined ? '' : JSON.stringify(json)),
    });
    if (url === `${authUrl}/auth/tokens`) {
      const endpoints = [{ interface: 'internal', url: octaviaUrl }];
      return answer(201, { token: { catalog: [{ type: 'load-balancer', endpoints }] } });
    }
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith('/failover')) this.ordered.push(pathname.split('/').at(-2) ?? '');
    try {
      const given = body === undefined ? undefined : JSON.parse(String(body));
      const response = answerWith(this.#routes, { ...asked(method, pathname), query: searchParams, body: given });
      return answer(response.status, response.body);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return answer(error.status, { error: { message: error.message } });
    }
  };
}

function hashOf(spec: (Deployment | DaemonSet)['spec']): string {
  return spec?.template?.metadata?.annotations?.['configmap-etc-hash'] ?? '';
}

function asked(method: string, path: string) {
  return { method, path, query: new URLSearchParams(), headers: {}, body: undefined };
}

function nameOf(pem: string): string {
  return new X509Certificate(pem).subject.replace('CN=', '');
}

function refusals(id: Amphora['id'], made: Trust, controller: Trust): readonly string[] {
  const isServerTrusted = controller.servers.includes(made.signer);
  const client = new X509Certificate(controller.client);
  const isClientTrusted = made.clients.some((authority) => client.verify(new X509Certificate(authority).publicKey));
  return [
    ...(isServerTrusted ? [] : [`a controller that trusts ${controller.servers.map(nameOf).join()} refuses ${id}`]),
    ...(isClientTrusted ? [] : [`${id} refuses a controller with ${client.subject}`]),
  ];
}
