import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterRoleBindingKind, ClusterRoleKind } from '@keelson/api';
import { serviceHttp } from '@keelson/kube';
import { type ServedApi, serveEngine } from '@keelson/kube-server';
import {
  type Http,
  type KeyAndCertificate,
  createAuthority,
  issueCertificate,
  silentLog,
  systemClock,
  systemRandom,
} from '@keelson/std';
import { engineBehind } from '../clusters/engine-child-api.js';
import { type SimulatedOpenStack, aSimulatedOpenStack, login } from './openstack.fixtures.js';

const life = { notBefore: systemClock.now() - 3_600_000, days: 2 };
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function kubeconfig(
  server: string,
  authority: KeyAndCertificate,
  user: string,
  organizations: readonly string[],
): string {
  const client = issueCertificate(authority, { commonName: user, organizations, usages: ['client'], ...life });
  const certificates = { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) };
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': base64(authority.certPem) } }],
    users: [{ name: 'u', user: certificates }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** The simulated OpenStack through the API server of its cluster, over TLS, as a controller outside reaches it. */
describe('Services through the API server', () => {
  let openstack: SimulatedOpenStack;
  let served: ServedApi;
  let http: (user: string, organizations?: readonly string[]) => Http;
  beforeAll(async () => {
    openstack = await aSimulatedOpenStack({ computes: 1, serversPerCompute: 2 });
    const authority = createAuthority({ commonName: 'throwaway CA', ...life });
    const server = issueCertificate(authority, {
      commonName: 'api',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      ...life,
    });
    served = await serveEngine(await engineBehind(openstack.api), {
      host: '127.0.0.1',
      port: 0,
      tls: { cert: server.certPem, key: server.keyPem, clientCa: authority.certPem },
      clock: systemClock,
      log: silentLog,
      serviceProxy: (request) => openstack.front.answer(request),
    });
    const at = `https://127.0.0.1:${served.port}`;
    const common = { clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'test' };
    http = (user, organizations = []) =>
      serviceHttp({ ...common, kubeconfig: kubeconfig(at, authority, user, organizations) });
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
    const listed = await admin({ method: 'GET', url: `${nova}/v2.1/servers?limit=1`, headers, timeoutMs: 10_000 });
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
