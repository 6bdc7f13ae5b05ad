import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterRoleBindingKind, ClusterRoleKind } from '@keelson/api';
import { serviceHttp } from '@keelson/kube';
import { type Http, silentLog, systemClock, systemRandom } from '@keelson/std';
import { type ServedCluster, serveCluster } from '../workloads/served-cluster.fixtures.js';
import { type SimulatedOpenStack, aSimulatedOpenStack, login } from './openstack.fixtures.js';

/** The simulated OpenStack through the API server of its cluster, over TLS, as a controller outside reaches it. */
describe('Services through the API server', () => {
  let openstack: SimulatedOpenStack;
  let served: ServedCluster;
  let http: (user: string, organizations?: readonly string[]) => Http;
  beforeAll(async () => {
    openstack = await aSimulatedOpenStack({ computes: 1, serversPerCompute: 2 });
    served = await serveCluster(openstack.api, (request) => openstack.front.answer(request));
    const common = { clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'test' };
    http = (user, organizations = []) => serviceHttp({ ...common, kubeconfig: served.kubeconfig(user, organizations) });
  });
  afterAll(() => served.close());

  const keystone = 'http://keystone-api.openstack.svc.cluster.local:5000';
  const nova = 'http://nova-api.openstack.svc:8774';
  const json = { 'content-type': 'application/json' };
  const textOf = (body: Uint8Array): string => Buffer.from(body).toString('utf8');

  it('carry methods, queries, bodies, headers and statuses both ways', async () => {
    const admin = http('admin', ['system:masters']);
    const signedIn = await admin({
      method: 'POST',
      url: `${keystone}/v3/auth/tokens`,
      headers: json,
      body: JSON.stringify(login()),
      timeoutMs: 10_000,
    });
    expect(signedIn.status).toBe(201);
    const headers = { 'X-Auth-Token': signedIn.headers['x-subject-token'] ?? '' };
    const listed = await admin({
      method: 'GET',
      url: `${nova}/v2.1/servers?all_tenants=1&limit=1`,
      headers,
      timeoutMs: 10_000,
    });
    expect([listed.status, JSON.parse(textOf(listed.body)).servers.length]).toEqual([200, 1]);
    const refused = await admin({ method: 'GET', url: `${nova}/v2.1/servers`, timeoutMs: 10_000 });
    expect(refused.status).toBe(401);
    const head = await admin({ method: 'HEAD', url: `${keystone}/`, timeoutMs: 10_000 });
    expect(head.status).toBe(300);
  });

  it('are out of reach when there is nobody behind them', async () => {
    const admin = http('admin', ['system:masters']);
    const ask = (url: string) => admin({ method: 'GET', url, timeoutMs: 10_000 });
    await expect(ask('http://cinder-api.openstack.svc:8776/')).rejects.toMatchObject({
      sort: 'transient',
      reason: 'Unreachable',
    });
    await expect(ask('http://example.test/')).rejects.toMatchObject({ sort: 'terminal', reason: 'NotInCluster' });
  });

  it('are for those who may use the proxy', async () => {
    const probe = http('prober');
    const ask = () => probe({ method: 'GET', url: `${keystone}/`, timeoutMs: 10_000 });
    await expect(ask()).rejects.toMatchObject({ sort: 'terminal', reason: 'Forbidden' });
    await openstack.api.create(ClusterRoleKind, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'prober' },
      rules: [{ apiGroups: [''], resources: ['services/proxy'], verbs: ['get'] }],
    });
    await openstack.api.create(ClusterRoleBindingKind, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'prober' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'prober' },
      subjects: [{ kind: 'User', name: 'prober' }],
    });
    expect((await ask()).status).toBe(300);
  });
});
