import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:https';
import {
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { operationsProto, protoLoaderOptions } from '@keelson/contracts';
import {
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  notFound,
  silentLog,
  systemClock,
} from '@keelson/std';
import { serveGrpc } from '../grpc/server.js';
import { healthRoutes } from '../http/health.js';
import { operationsRoutes } from '../http/operations-routes.js';
import { type RunningServer, serveHttp } from '../http/server.js';
import { bearerCheck } from '../http/token.js';
import type { Operations } from '../operations.js';
import type { Route } from '../routes/route.js';

const hour = 3_600_000;
const notBefore = systemClock.now() - hour;
const authority = createAuthority({ commonName: 'test CA', notBefore, days: 1 });
const stranger = createAuthority({ commonName: 'another CA', notBefore, days: 1 });
const issue = (from: KeyAndCertificate): KeyAndCertificate =>
  issueCertificate(from, {
    commonName: 'part',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server', 'client'],
    notBefore,
    days: 1,
  });
const own = issue(authority);
const tls = { cert: own.certPem, key: own.keyPem, clientCa: authority.certPem };

const transition = {
  id: '1',
  kind: 'BareMetalHost',
  namespace: 'demo',
  name: 'srv-01',
  uid: 'u',
  from: '',
  to: 'registering',
  at: '2026-01-01T00:00:00.000Z',
  why: 'it is new',
};
const waits = {
  object: { kind: 'BareMetalHost', namespace: 'demo', name: 'srv-01' },
  state: 'registering',
  since: '2026-01-01T00:00:00.000Z',
  deadline: '2026-01-01T00:10:00.000Z',
  reason: 'BMCUnreachable',
  message: 'waits for its BMC',
  unblocks: 'its BMC answers',
  heartbeat: { sign: 'a look at the BMC', everySeconds: 60, lastSeen: '2026-01-01T00:01:00.000Z' },
  lookedAt: '2026-01-01T00:02:00.000Z',
  abort: 'delete the host',
};
const operations: Operations = {
  history: async (_kind, { name }, limit) =>
    name === 'srv-01' ? [transition].slice(0, limit) : Promise.reject(notFound(`there is no ${name}`)),
  plan: async (kind, { namespace = '-', name }) => ({
    lines: [`${kind} ${namespace}/${name}`],
    steps: [],
    outcome: { type: 'settled' },
  }),
  why: async () => ({ chain: [waits, { object: { kind: 'BMC', name: '127.0.0.1' }, message: 'does not answer' }] }),
};

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 4; i++) yield new Uint8Array(1024 * 1024).fill(i);
}

const ownRoutes: Route[] = [
  { method: 'POST', path: '/echo', auth: 'open', handler: async ({ body }) => ({ status: 200, body }) },
  { method: 'GET', path: '/media/*', auth: 'open', handler: async () => ({ status: 200, body: endless() }) },
];

describe('the servers of a service', () => {
  let http: RunningServer;
  let grpc: RunningServer;
  const missing: string[] = [];
  const lacks = async (): Promise<readonly string[]> => missing;
  const admits = bearerCheck('sesame');

  beforeAll(async () => {
    const routes = [...healthRoutes('test-svc', lacks), ...operationsRoutes(operations), ...ownRoutes];
    http = await serveHttp({ host: '127.0.0.1', port: 0, tls, routes, modules: [], admits, log: silentLog });
    grpc = await serveGrpc({
      host: '127.0.0.1',
      port: 0,
      tls,
      operations,
      lacks,
      admits,
      clock: systemClock,
      log: silentLog,
    });
  });

  afterAll(async () => {
    await http.close();
    await grpc.close();
  });

  interface Asked {
    readonly method?: string;
    readonly authorization?: string;
    readonly client?: KeyAndCertificate;
    readonly body?: Uint8Array;
  }

  function ask(
    path: string,
    { method = 'GET', authorization, client, body }: Asked = {},
  ): Promise<{ status: number; size: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: http.port,
          path,
          method,
          ca: authority.certPem,
          agent: false,
          headers: authorization === undefined ? {} : { authorization },
          ...(client === undefined ? {} : { cert: client.certPem, key: client.keyPem }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              size: Buffer.concat(chunks).length,
              text: Buffer.concat(chunks).toString('utf8').slice(0, 300),
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  it('tell health to anyone, readiness with what is missing', async () => {
    missing.push('NATS is not connected');
    const [healthy, ready] = await Promise.all([ask('/healthz'), ask('/readyz')]);
    missing.length = 0;
    expect({
      healthy: healthy.status,
      ready: ready.status,
      lacks: JSON.parse(ready.text) as unknown,
      after: (await ask('/readyz')).status,
    }).toEqual({
      healthy: 200,
      ready: 503,
      lacks: { service: 'test-svc', status: 'not ready', lacks: ['NATS is not connected'] },
      after: 200,
    });
  });

  it.each([
    ['nobody', {}, 401],
    ['a wrong token', { authorization: 'Bearer guess' }, 401],
    ['the token', { authorization: 'Bearer sesame' }, 200],
    ['a certificate of the installation', { client: issue(authority) }, 200],
    ['a certificate of somebody else', { client: issue(stranger) }, 401],
  ])('answer operations to %s as they should', async (_who, asked, status) => {
    expect((await ask('/api/v1/history/BareMetalHost/demo/srv-01', asked)).status).toBe(status);
  });

  it('give history as an array and plans of cluster-scoped objects', async () => {
    const authorization = 'Bearer sesame';
    const [history, plan, none, bad] = await Promise.all([
      ask('/api/v1/history/BareMetalHost/demo/srv-01', { authorization }),
      ask('/api/v1/plan/ClusterRelease/-/one', { authorization }),
      ask('/api/v1/history/BareMetalHost/demo/other', { authorization }),
      ask('/api/v1/history/BareMetalHost/demo/srv-01?limit=many', { authorization }),
    ]);
    expect({
      history: JSON.parse(history.text) as unknown,
      plan: JSON.parse(plan.text) as unknown,
      none: none.status,
      bad: bad.status,
    }).toEqual({
      history: [transition],
      plan: { lines: ['ClusterRelease -/one'], steps: [], outcome: { type: 'settled' } },
      none: 404,
      bad: 422,
    });
  });

  it('take bodies of 1 MiB and no more', async () => {
    const fits = await ask('/echo', { method: 'POST', body: new Uint8Array(1024 * 1024) });
    const tooLarge = await ask('/echo', { method: 'POST', body: new Uint8Array(1024 * 1024 + 1) });
    expect({ fits: fits.size, tooLarge: tooLarge.status }).toEqual({ fits: 1024 * 1024, tooLarge: 413 });
  });

  it('send streams whole, and only headers to HEAD', async () => {
    expect({
      get: (await ask('/media/a.iso')).size,
      head: (await ask('/media/a.iso', { method: 'HEAD' })).size,
    }).toEqual({ get: 4 * 1024 * 1024, head: 0 });
  });

  it('know what they do not know', async () => {
    const [nowhere, wrongMethod] = await Promise.all([ask('/nowhere'), ask('/echo')]);
    expect([nowhere.status, wrongMethod.status]).toEqual([404, 405]);
  });

  function call(
    method: 'History' | 'Plan' | 'Why',
    message: object,
    options: { token?: string; client?: KeyAndCertificate } = {},
  ): Promise<unknown> {
    const { keelson } = loadPackageDefinition(loadSync(operationsProto, protoLoaderOptions)) as unknown as {
      keelson: { v1: { Operations: ServiceClientConstructor } };
    };
    const trust = credentials.createSsl(
      Buffer.from(authority.certPem),
      ...(options.client === undefined
        ? []
        : [Buffer.from(options.client.keyPem), Buffer.from(options.client.certPem)]),
    );
    const client = new keelson.v1.Operations(`127.0.0.1:${grpc.port}`, trust, {
      'grpc.ssl_target_name_override': 'localhost',
    });
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
    return new Promise((resolve, reject) => {
      client[method]?.(message, metadata, (error: ServiceError | null, answer: GrpcObject) => {
        client.close();
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  }

  it('answer gRPC to the token and to certificates, and to nobody else', async () => {
    const object = { kind: 'BareMetalHost', namespace: 'demo', name: 'srv-01' };
    const codeOf = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: ServiceError) => error.code);
    expect({
      token: await call('History', { object }, { token: 'sesame' }),
      certificate: await call('Plan', { object }, { client: issue(authority) }),
      nobody: await codeOf(call('Plan', { object })),
      stranger: await codeOf(call('Plan', { object }, { client: issue(stranger) })),
      none: await codeOf(call('History', { object: { ...object, name: 'other' } }, { token: 'sesame' })),
      nothing: await codeOf(call('Why', {}, { token: 'sesame' })),
      why: await call('Why', { object }, { token: 'sesame' }),
    }).toEqual({
      token: {
        transitions: [{ id: '1', object, uid: 'u', from: '', to: 'registering', at: transition.at, why: 'it is new' }],
      },
      certificate: {
        lines: ['BareMetalHost demo/srv-01'],
        steps: [],
        outcome: { type: 'settled', on: null, reason: '', message: '' },
      },
      nobody: 16,
      stranger: 16,
      none: 5,
      nothing: 3,
      why: {
        chain: [
          { ...waits, outlook: '' },
          {
            object: { kind: 'BMC', namespace: '', name: '127.0.0.1' },
            state: '',
            since: '',
            deadline: '',
            reason: '',
            message: 'does not answer',
            unblocks: '',
            heartbeat: null,
            lookedAt: '',
            abort: '',
            outlook: '',
          },
        ],
      },
    });
  });
});
