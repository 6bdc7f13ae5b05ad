import { describe, expect, it } from '@jest/globals';
import type { Http, HttpRequest } from '@keelson/std';
import { ComputeClient } from './compute.js';
import { Session } from './session.js';

const authUrl = 'http://keystone-api.openstack.svc.cluster.local:5000/v3';
const nova = 'http://nova-api.openstack.svc.cluster.local:8774/v2.1';

type Answer = readonly [status: number, body: unknown];

/** An API that answers by script; tokens are `token-1`, `token-2`, … and only the newest is taken. */
class Script {
  readonly requests: HttpRequest[] = [];
  tokens = 0;
  /** Service types in the catalog of the tokens to come. */
  serves: readonly string[] = ['compute'];
  readonly #answer: (request: HttpRequest) => Answer;

  constructor(answer: (request: HttpRequest) => Answer) {
    this.#answer = answer;
  }

  readonly http: Http = async (request) => {
    this.requests.push(request);
    const [status, body] = request.url === `${authUrl}/auth/tokens` ? this.#token() : this.#answer(request);
    return { status, headers: { 'x-subject-token': `token-${this.tokens}` }, body: Buffer.from(JSON.stringify(body)) };
  };

  #token(): Answer {
    this.tokens += 1;
    const endpoints = [
      { interface: 'public', url: 'https://nova.example.org/v2.1' },
      { interface: 'internal', url: `${nova}/` },
    ];
    return [201, { token: { catalog: this.serves.map((type) => ({ type, endpoints })) } }];
  }
}

function clientOf(script: Script): ComputeClient {
  return new ComputeClient(new Session({ http: script.http, authUrl, username: 'admin', password: 'secret' }));
}

const service = { id: 'a', binary: 'nova-compute', host: 'n1', zone: 'nova', status: 'enabled', state: 'down' };

describe('the compute client', () => {
  it('gets one token for all calls, and another when it is no longer taken', async () => {
    let isStale = false;
    const script = new Script(({ headers }) => {
      if (isStale && headers?.['x-auth-token'] === 'token-1') return [401, { error: { message: 'expired' } }];
      return [200, { services: [service] }];
    });
    const client = clientOf(script);
    expect(await client.services()).toEqual([{ id: 'a', host: 'n1', zone: 'nova', isEnabled: true, isUp: false }]);
    await client.services();
    expect(script.tokens).toBe(1);
    isStale = true;
    await client.services();
    expect(script.tokens).toBe(2);
    expect(script.requests.at(-1)?.url).toBe(`${nova}/os-services?binary=nova-compute`);
  });

  it('looks into the catalog again for a service that has come since the token', async () => {
    const script = new Script(() => [200, { services: [service] }]);
    script.serves = [];
    const client = clientOf(script);
    await expect(client.services()).rejects.toThrow('the catalog of the cloud has no compute');
    script.serves = ['compute'];
    expect(await client.services()).toHaveLength(1);
    const { tokens } = script;
    await client.services();
    expect(script.tokens).toBe(tokens);
  });

  it('reads instances page by page', async () => {
    const server = (n: number) => ({
      id: `id-${n}`,
      name: `vm-${n}`,
      status: 'ACTIVE',
      'OS-EXT-STS:task_state': null,
      tags: ['t'],
    });
    const all = Array.from({ length: 1500 }, (_, n) => server(n));
    const script = new Script(({ url }) => {
      const marker = new URL(url).searchParams.get('marker');
      const from = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
      return [200, { servers: all.slice(from, from + 1000) }];
    });
    const instances = await clientOf(script).instancesOn('n1');
    expect(instances).toHaveLength(1500);
    expect(instances[7]).toEqual({ id: 'id-7', name: 'vm-7', status: 'ACTIVE', task: null, tags: ['t'] });
  });

  it.each<[number, unknown, string, string]>([
    [404, { itemNotFound: { message: 'no such instance' } }, 'notFound', 'no such instance'],
    [409, { conflictingRequest: { message: 'it is being moved' } }, 'transient', 'it is being moved'],
    [503, {}, 'transient', '503'],
    [403, { forbidden: { message: 'policy' } }, 'terminal', 'policy'],
    [400, { badRequest: { message: 'no host' } }, 'terminal', 'no host'],
  ])('sorts an answer of %d', async (status, body, sort, words) => {
    const failure = clientOf(new Script(() => [status, body])).liveMigrate('vm');
    await expect(failure).rejects.toMatchObject({ sort, message: expect.stringContaining(words) });
  });

  it('refuses what it does not understand', async () => {
    await expect(clientOf(new Script(() => [200, { services: 'many' }])).services()).rejects.toMatchObject({
      sort: 'transient',
      reason: 'BadAnswer',
    });
  });
});
