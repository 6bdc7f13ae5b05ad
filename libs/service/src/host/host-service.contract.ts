import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configurationOf, crdOf, IpamHostKind } from '@keelson/api';
import {
  declaredGrants,
  ensureStreams,
  natsServerConfig,
  provisionerName,
  provisionerPermissions,
  servicePermissions,
} from '@keelson/bus';
import type { Transition } from '@keelson/contracts';
import { type Engine, memoryLog, openEngine, type ServedApi, serveEngine } from '@keelson/kube-server';
import {
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  silentLog,
  sleep,
  systemClock,
  systemHttp,
  systemRandom,
} from '@keelson/std';
import { provisionDatabase, serviceUrl } from '@keelson/store';
import {
  engineKubeApi,
  lackOfNats,
  lackOfPostgres,
  startNats,
  startPostgres,
  type ThrowawayNats,
  type ThrowawayPostgres,
} from '@keelson/testing';
import { nkeys } from '@nats-io/transport-node';
import { z } from 'zod';
import { testReconciler } from '../../../reconcile/src/reconcile.fixtures.js';
import type { ServiceDefinition } from '../definition.js';
import { type HostedService, hostService } from './host-service.js';

const lack = lackOfNats() ?? lackOfPostgres();
const service = 'baremetal-svc';
const notBefore = systemClock.now() - 3_600_000;
const authority = createAuthority({ commonName: 'test CA', notBefore, days: 1 });
const certificate = (commonName: string, organizations: string[] = []): KeyAndCertificate =>
  issueCertificate(authority, {
    commonName,
    organizations,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server', 'client'],
    notBefore,
    days: 1,
  });

const definition: ServiceDefinition<{ GREETING: string }> = {
  name: service,
  config: z.object({ GREETING: z.string() }),
  create: ({ config }) => ({
    reconcilers: [testReconciler()],
    routes: [
      { method: 'GET', path: '/greeting', auth: 'open', handler: async () => ({ status: 200, body: config.GREETING }) },
    ],
  }),
};

/** A service on real NATS and PostgreSQL, and on the engine behind real HTTP. */
(lack === undefined ? describe : describe.skip)('a hosted service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-service-'));
  const users = { [service]: nkeys.createUser(), [provisionerName]: nkeys.createUser() };
  let postgres: ThrowawayPostgres;
  let nats: ThrowawayNats;
  let engine: Engine;
  /** What was started, ended last to first, also when a start before it failed. */
  const ends: (() => Promise<unknown>)[] = [];
  let hosted: HostedService;

  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const serveApi = async (port: number): Promise<ServedApi> => {
    const { certPem: cert, keyPem: key } = certificate('kube-api');
    return serveEngine(engine, {
      host: '127.0.0.1',
      port,
      tls: { cert, key, clientCa: authority.certPem },
      clock: systemClock,
      log: silentLog,
    });
  };

  beforeAll(async () => {
    const { certPem, keyPem } = certificate('server');
    const tls = { certFile: file('server.crt', certPem), keyFile: file('server.key', keyPem) };
    const natsUsers = [
      { nkey: users[provisionerName].getPublicKey(), permissions: provisionerPermissions() },
      ...declaredGrants()
        .filter((grant) => grant.service === service)
        .map((grant) => ({ nkey: users[service].getPublicKey(), permissions: servicePermissions(grant) })),
    ];
    postgres = await startPostgres({ tls: certificate('postgres') });
    ends.push(() => postgres.stop());
    nats = await startNats({
      config: ({ port, storeDir }) => natsServerConfig({ port, storeDir, tls, users: natsUsers }),
    });
    ends.push(() => nats.stop());
    engine = await openEngine({
      log: memoryLog(),
      profile: 'management',
      clock: systemClock,
      random: systemRandom,
      logger: silentLog,
      authorization: 'AlwaysAllow',
      definitions: [crdOf(IpamHostKind)],
    });
    ends.push(() => engine.close());
    await provisionDatabase(postgres.adminUrl, [{ service, password: 'secret' }], { ca: authority.certPem });
    await ensureStreams({
      servers: nats.server,
      credentials: { nkeySeed: text(users[provisionerName].getSeed()) },
      tls: { ca: authority.certPem },
    });
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(folder, { recursive: true });
  });

  const environment = (apiPort: number): Record<string, string> => {
    const own = certificate(service);
    return {
      KEELSON_KUBECONFIG: file(
        'kubeconfig',
        kubeconfig(apiPort, certificate(`system:serviceaccount:keelson-system:${service}`, ['system:serviceaccounts'])),
      ),
      KEELSON_NATS_URL: `tls://${nats.server}`,
      KEELSON_NATS_SEED_FILE: file('nats.seed', text(users[service].getSeed())),
      KEELSON_POSTGRES_URL_FILE: file('postgres.url', serviceUrl(postgres.adminUrl, { service, password: 'secret' })),
      KEELSON_CA_FILE: file('ca.crt', authority.certPem),
      KEELSON_TLS_CERT_FILE: file('own.crt', own.certPem),
      KEELSON_TLS_KEY_FILE: file('own.key', own.keyPem),
      KEELSON_API_TOKEN_FILE: file('api-token', 'sesame'),
      KEELSON_HTTP_PORT: '0',
      KEELSON_GRPC_PORT: '0',
      GREETING: 'nobody',
      BAREMETAL_SVC__GREETING: 'hello',
    };
  };

  const ask = async (path: string): Promise<{ status: number; body: string }> => {
    const answer = await systemHttp({
      method: 'GET',
      url: `https://127.0.0.1:${hosted.httpPort}${path}`,
      headers: { authorization: 'Bearer sesame' },
      timeoutMs: 10_000,
      tls: { ca: authority.certPem },
    });
    return { status: answer.status, body: Buffer.from(answer.body).toString('utf8') };
  };

  it('comes up while everything outside is away, and says what it lacks', async () => {
    await Promise.all([postgres.halt(), nats.halt()]);
    const once = await serveApi(0);
    const port = once.port;
    await once.close();
    hosted = await hostService(definition, environment(port), {
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    });
    ends.push(() => hosted.stop());
    const [greeting, healthy, ready] = await Promise.all([ask('/greeting'), ask('/healthz'), ask('/readyz')]);
    expect({ greeting, healthy: healthy.status, ready: ready.status, lacks: ready.body }).toEqual({
      greeting: { status: 200, body: 'hello' },
      healthy: 200,
      ready: 503,
      lacks: expect.stringMatching(/NATS is not connected.*PostgreSQL/),
    });
    await Promise.all([postgres.start(), nats.start()]);
    const api = await serveApi(port);
    ends.push(() => api.close());
    await hosted.ready;
    await until(async () => (await ask('/readyz')).status === 200);
  });

  it('reconciles, and tells history, plan and metrics', async () => {
    const client = engineKubeApi(engine);
    await client.create(configurationOf(IpamHostKind, { metadata: { name: 'cp-1', namespace: 'default' }, spec: {} }));
    const path = 'IpamHost/default/cp-1';
    await until(async () =>
      (JSON.parse((await ask(`/api/v1/history/${path}`)).body) as Transition[]).some(({ to }) => to === 'Waiting'),
    );
    const [history, plan, metrics] = await Promise.all([
      ask(`/api/v1/history/${path}`),
      ask(`/api/v1/plan/${path}`),
      ask('/metrics'),
    ]);
    const states = (JSON.parse(history.body) as Transition[]).map(({ to }) => to);
    expect({ states, plan: plan.status, lines: plan.body, metrics: metrics.body }).toEqual({
      states: expect.arrayContaining(['Waiting']),
      plan: 200,
      lines: expect.stringContaining('"lines"'),
      metrics: expect.stringMatching(/keelson_reconcile_pass_seconds_count\{[^}]*reconciler="test\/ipamhost"/),
    });
  });

  it('is ready again after NATS and PostgreSQL crashed', async () => {
    await Promise.all([postgres.restart('immediate'), nats.restart('SIGKILL')]);
    await until(async () => (await ask('/readyz')).status === 200);
  });

  it('ends', async () => {
    await hosted.stop();
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds().catch(() => false)); tries++) {
    if (tries > 300) throw new Error('it did not come to pass within 30 s');
    await sleep(systemClock, 100);
  }
}

function kubeconfig(port: number, client: KeyAndCertificate): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority.certPem) },
      },
    ],
    users: [
      {
        name: 'test',
        user: { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
