import { ServiceKind } from '../workloads/kinds.js';
import { NamespaceKind, NodeKind } from '@keelson/api';
import { throughProxy } from '@keelson/kube';
import type { Http } from '@keelson/std';
import { Pace } from '../world/pace.js';
import { type SimulatedCluster, aSimulatedCluster, anObject } from '../workloads/simulated-cluster.fixtures.js';
import { OpenStackFront } from './front.js';

/** A simulated cluster with APIs of an OpenStack in it, and a client that holds a token. */
export interface SimulatedOpenStack extends SimulatedCluster {
  readonly front: OpenStackFront;
  readonly http: Http;
  /** Asks with the token; `service` is the name of a Service, `path` what follows host and port. */
  readonly ask: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', at: string, body?: unknown) => Promise<Answer>;
  /** Applies a Deployment and its Service. */
  readonly deploy: (name: string, release?: string, replicas?: number) => Promise<void>;
}

export interface Answer {
  readonly status: number;
  // What a test reads of a JSON answer is what it asserts about.
  readonly body: ReturnType<typeof JSON.parse>;
}

const ports: Readonly<Record<string, number>> = {
  'keystone-api': 5000,
  'nova-api': 8774,
  'neutron-server': 9696,
  'cinder-api': 8776,
  'glance-api': 9292,
  'placement-api': 8778,
  'designate-api': 9001,
  'heat-api': 8004,
  'masakari-api': 15868,
  'octavia-api': 9876,
};
export const namespace = 'openstack';

export interface OpenStackGiven {
  readonly computes: number;
  readonly serversPerCompute?: number;
  readonly services?: readonly string[];
}

export async function aSimulatedOpenStack(given: OpenStackGiven): Promise<SimulatedOpenStack> {
  const cluster = await aSimulatedCluster(1);
  const { api, clock, faults } = cluster;
  const front = new OpenStackFront({
    api,
    clock,
    faults,
    pace: new Pace(),
    seed: 'cloud',
    serversPerCompute: given.serversPerCompute ?? 0,
  });
  api.onWrite((writes) => front.note(writes));
  const http: Http = (request) => throughProxy(request, (proxied) => front.answer(proxied));
  const deploy: SimulatedOpenStack['deploy'] = async (name, release = 'caracal', replicas = 1) => {
    const application = name.replace(/-(api|server)$/, '');
    const labels = { application, component: 'api' };
    const pod = {
      metadata: { labels },
      spec: { containers: [{ name: 'api', image: `registry/${application}:${release}-1` }] },
    };
    const metadata = { name, namespace };
    await cluster.create(
      anObject('v1', 'Service', metadata, { selector: labels, ports: [{ port: ports[name] }] }),
      anObject('apps/v1', 'Deployment', metadata, { replicas, selector: { matchLabels: labels }, template: pod }),
    );
  };
  await api.create(NamespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const width = String(given.computes).length;
  for (let n = 1; n <= given.computes; n += 1)
    await cluster.addNode(`c${String(n).padStart(width, '0')}`, { 'openstack-compute-node': 'enabled' });
  for (const name of given.services ?? ['keystone-api', 'nova-api']) await deploy(name);
  await cluster.pass(20);
  let token = '';
  const ask: SimulatedOpenStack['ask'] = async (method, at, body) => {
    const [service = '', ...path] = at.split('/');
    const { spec } = (await api.get(ServiceKind, { namespace, name: service })) ?? {};
    const scheme = spec?.ports?.[0]?.appProtocol ?? 'http';
    const {
      status,
      headers,
      body: bytes,
    } = await http({
      method,
      url: `${scheme}://${service}.${namespace}.svc.cluster.local:${ports[service]}/${path.join('/')}`,
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: 10_000,
    });
    token = headers['x-subject-token'] ?? token;
    const text = Buffer.from(bytes).toString('utf8');
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  };
  if ((given.services ?? ['keystone-api']).includes('keystone-api'))
    await ask('POST', 'keystone-api/v3/auth/tokens', login());
  return { ...cluster, front, http, ask, deploy };
}

export function login(name = 'admin', password = 'secret'): object {
  const user = { name, password, domain: { name: 'Default' } };
  const scope = { project: { name: 'admin', domain: { name: 'Default' } } };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope } };
}

export async function label(
  cluster: SimulatedCluster,
  node: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await cluster.api.patch(NodeKind, { name: node }, { metadata: { labels } });
}
