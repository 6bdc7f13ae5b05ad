import { type Clock, type HttpResponse } from '@keelson/std';
import type { ChildApi, ChildWrite, ProxiedRequest } from '../clusters/child-api.js';
import type { Faults } from '../faults/faults.js';
import { type Service, ServiceKind, type SimulatedPod } from '../workloads/kinds.js';
import type { SavedCloud } from './saved-cloud.js';
import type { Pace } from '../world/pace.js';
import { catalogOf, passwordsOf } from './catalog.js';
import { SimulatedCloud } from './cloud.js';
import { ClusterFacts, openstackNamespace } from './cluster-facts.js';
import { computeRoutes } from './compute/compute-api.js';
import { CloudError, type CloudRequest, type CloudResponse, type Route, answerWith, ok } from './exchange.js';
import { instanceHaRoutes } from './instance-ha-api.js';
import { identityRoutes, requireToken } from './identity-api.js';
import { loadBalancerRoutes } from './load-balancer-api.js';
import { ovnMemberAnswer } from './networking/ovn-members.js';
import { dnsRoutes, imageRoutes, placementRoutes, plainRoutes } from './other-apis.js';
import { networkRoutes } from './networking/network-api.js';
import { volumeRoutes } from './volume-api.js';
import { isStorage, type StorageService, storageServices } from './storage-services.js';
import { shareRoutes } from './share-api.js';
import { type Project, projectBehind } from './projects.js';

export interface OpenStackOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly seed: string;
  readonly api: ChildApi;
  readonly faults: Pick<Faults, 'holds' | 'subscribe'>;
  readonly serversPerCompute: number;
  /** What a snapshot kept of it. */
  readonly saved?: SavedCloud | undefined;
  /** Notes that its state must be saved. */
  readonly changed?: () => void;
}

/**
 * What stands behind the Services of a child cluster: the simulated OpenStack APIs in namespace `openstack`, each while its
 * deployment has a ready pod, and nothing behind all others.
 */
export class OpenStackFront {
  readonly cloud: SimulatedCloud;
  readonly #options: OpenStackOptions;
  readonly #facts: ClusterFacts;
  readonly #routes = new Map<string, readonly Route[]>();

  constructor(options: OpenStackOptions) {
    this.#options = options;
    this.#facts = new ClusterFacts(options.clock);
    this.cloud = new SimulatedCloud({ ...options, facts: this.#facts });
  }

  note(writes: readonly ChildWrite[]): void {
    this.#facts.note(writes);
    for (const { resource, name } of writes)
      if (resource === 'nodes' && !this.#facts.isAlive(name)) this.cloud.migrations.hostDied(name);
  }

  stop(): void {
    this.cloud.stop();
  }

  /** Answers as the API server's service proxy does: with its own Status when there is no such Service or nobody behind it. */
  async answer(request: ProxiedRequest): Promise<HttpResponse> {
    const { namespace, service: name } = request;
    const service = await this.#options.api.get(ServiceKind, { namespace, name });
    if (service === undefined) return status(404, 'NotFound', `services "${name}" not found`);
    const pods = namespace === openstackNamespace ? this.#facts.readyPods(service.spec.selector ?? {}) : [];
    if (pods.length === 0) return status(503, 'ServiceUnavailable', `no endpoints available for service "${name}"`);
    const refusal = misspoken(request, service);
    if (refusal !== undefined) return refusal;
    if (name === dashboardService) return dashboard(pods);
    const member = await ovnMemberAnswer(name, { ...this.#options, facts: this.#facts });
    if (member !== undefined) return json(200, member, { 'x-keelson-simulated': releaseOf(pods) });
    const project = projectBehind(name);
    if (project === undefined)
      return status(503, 'ServiceUnavailable', `error trying to reach service: "${name}" speaks no HTTP (simulated)`);
    this.cloud.refresh();
    return this.#answered(project, pods, asked(request));
  }

  async #answered(
    project: Project,
    pods: readonly SimulatedPod[],
    request: CloudRequest | undefined,
  ): Promise<HttpResponse> {
    const headers = { 'x-keelson-simulated': releaseOf(pods) };
    if (request === undefined) return json(400, { error: { code: 400, message: 'The body is no JSON.' } }, headers);
    try {
      if (this.#options.faults.holds('openstackApiFails', project.name))
        throw new CloudError(500, `The service ${project.name} has failed (simulated fault).`);
      const open = openAnswer(project, request, releaseOf(pods));
      const answer = open ?? answerWith(await this.#routesFor(project, request), request);
      if (request.method !== 'GET' && request.method !== 'HEAD' && project.name !== 'keystone') this.cloud.save();
      return json(answer.status, answer.body, { ...headers, ...answer.headers });
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return json(
        error.status,
        { error: { code: error.status, message: error.message, title: titleOf(error.status) } },
        headers,
      );
    }
  }

  async #routesFor(project: Project, request: CloudRequest): Promise<readonly Route[]> {
    const { api } = this.#options;
    if (project.name === 'keystone') {
      if (!(request.method === 'POST' && request.path === '/v3/auth/tokens')) requireToken(this.cloud, request);
      return identityRoutes(this.cloud, { catalog: await catalogOf(api), passwords: await passwordsOf(api) });
    }
    requireToken(this.cloud, request);
    if (isStorage(project.name)) {
      const services = await storageServices(api, project.name, this.#facts.processes(project.name));
      return storageRoutes[project.name](this.cloud, services);
    }
    const known =
      this.#routes.get(project.name) ?? makers[project.name]?.(this.cloud) ?? plainRoutes(this.cloud, project.name);
    this.#routes.set(project.name, known);
    return known;
  }
}

/** What these show of their services is in files of the cluster. */
const storageRoutes: Readonly<
  Record<'cinder' | 'manila', (cloud: SimulatedCloud, services: readonly StorageService[]) => readonly Route[]>
> = { cinder: volumeRoutes, manila: shareRoutes };

const makers: Readonly<Record<string, (cloud: SimulatedCloud) => readonly Route[]>> = {
  nova: computeRoutes,
  neutron: networkRoutes,
  glance: imageRoutes,
  placement: placementRoutes,
  designate: dnsRoutes,
  masakari: instanceHaRoutes,
  octavia: loadBalancerRoutes,
};

/** What needs no token: the versions at the root and below, and the health check. */
function openAnswer(project: Project, { method, path }: CloudRequest, release: string): CloudResponse | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const versions = project.versions.map((id) => ({
    id,
    status: 'CURRENT',
    version: microversions[project.name]?.[release] ?? '',
    min_version: project.name === 'nova' ? '2.1' : '',
    updated: '2026-01-01T00:00:00Z',
    links: [{ rel: 'self', href: `/${id}/` }],
  }));
  const plain = path.replace(/\/+$/, '');
  if (plain === '')
    return ok(project.name === 'keystone' ? { versions: { values: versions } } : { versions }, project.root);
  if (project.name === 'glance' && plain === '/versions') return ok({ versions });
  if (plain === '/healthcheck') return ok({ status: 'OK' });
  const one = versions.find(({ id }) => plain === `/${id}`);
  return one === undefined || project.name === 'neutron' ? undefined : ok({ version: one });
}

/** The newest API of each release that the lab knows by the tags of images. */
const microversions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nova: { caracal: '2.96', dalmatian: '2.96', epoxy: '2.100', flamingo: '2.101', gazpacho: '2.103' },
};

/** What a Service says that is spoken to otherwise than its port says, TLS or not; an ingress knows how and does not say. */
function misspoken({ scheme, service: name }: ProxiedRequest, { spec }: Service): HttpResponse | undefined {
  const expected = spec.ports?.[0]?.appProtocol === 'https' ? 'https' : 'http';
  if (scheme === undefined || scheme === expected) return undefined;
  if (expected === 'https') return json(400, { error: 'The plain HTTP request was sent to HTTPS port' });
  const why = 'http: server gave HTTP response to HTTPS client';
  return status(503, 'ServiceUnavailable', `error trying to reach service: "${name}": ${why}`);
}

/** The release whose images answer; while an upgrade is under way, that of the pod that was asked. */
function releaseOf(pods: readonly SimulatedPod[]): string {
  const image = pods[0]?.spec.containers[0]?.image ?? '';
  return /(antelope|bobcat|caracal|dalmatian|epoxy|flamingo|gazpacho)/.exec(image)?.[1] ?? 'unknown';
}

function asked({ method, path, headers, body }: ProxiedRequest): CloudRequest | undefined {
  const url = new URL(path, 'http://simulated.invalid');
  const request = { method, path: url.pathname, query: url.searchParams, headers };
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  if (text === '' || !(headers['content-type'] ?? 'application/json').includes('json'))
    return { ...request, body: undefined };
  try {
    return { ...request, body: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function titleOf(code: number): string {
  return (
    ({ 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 409: 'Conflict' } as Record<number, string>)[code] ??
    ''
  );
}

/** Horizon: a page that says what it is. */
const dashboardService = 'horizon-int';

function dashboard(pods: readonly SimulatedPod[]): HttpResponse {
  const headers = { 'content-type': 'text/html', 'x-keelson-simulated': releaseOf(pods) };
  return { status: 200, headers, body: new TextEncoder().encode('<title>OpenStack Dashboard (simulated)</title>') };
}

function json(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status: code,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
  };
}

function status(code: number, reason: string, message: string): HttpResponse {
  return json(code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
}
