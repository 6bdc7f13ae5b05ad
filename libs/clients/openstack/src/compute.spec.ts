import { describe, expect, it } from '@jest/globals';
import { ComputeClient } from './compute.js';
import { nova, Script, sessionOf } from './script.fixtures.js';

function clientOf(script: Script): ComputeClient {
  return new ComputeClient(sessionOf(script));
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

  it('disables a compute, but none that somebody else has disabled meanwhile', async () => {
    let status = 'enabled';
    const script = new Script(() => [200, { services: [{ ...service, status }] }]);
    const client = clientOf(script);
    await client.disable({ id: 'a', host: 'n1' }, 'maintenance');
    const puts = () => script.requests.filter(({ method }) => method === 'PUT').length;
    expect(puts()).toBe(1);
    status = 'disabled';
    await client.disable({ id: 'a', host: 'n1' }, 'maintenance');
    expect(puts()).toBe(1);
    expect(script.requests.at(-1)?.url).toBe(`${nova}/os-services?binary=nova-compute&host=n1`);
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

  it('tells what hosts carry and what room they have, also where nova is silent', async () => {
    const full = { running_vms: 3, memory_mb: 1000, memory_mb_used: 1200, service: { host: 'n1' } };
    const silent = { service: { host: 'n2' } };
    const hypervisors = [full, silent].map((one) => ({ hypervisor_hostname: `${one.service.host}.example`, ...one }));
    expect(await clientOf(new Script(() => [200, { hypervisors }])).loads()).toEqual([
      { host: 'n1', instances: 3, memory: 1200, room: 0 },
      { host: 'n2', instances: 0, memory: 0, room: 0 },
    ]);
  });

  describe('asked for migrations', () => {
    const pathsOf = ({ requests }: Script): readonly string[] =>
      requests.filter(({ url }) => url.startsWith(nova)).map(({ url }) => url.slice(nova.length));
    const migration = { id: 7, status: 'running', memory_total_bytes: 100, memory_remaining_bytes: 40 };

    it('asks the one instance that leaves, and takes one that is gone for still', async () => {
      const script = new Script(() => [200, { migrations: [migration, { id: 8, status: 'preparing' }] }]);
      expect(await clientOf(script).migrationsFrom('n1', ['vm'])).toEqual([
        { id: '7', instance: 'vm', status: 'running', memory: { total: 100, remaining: 40 } },
        { id: '8', instance: 'vm', status: 'preparing', memory: undefined },
      ]);
      expect(pathsOf(script)).toEqual(['/servers/vm/migrations']);
      expect(await clientOf(new Script(() => [404, {}])).migrationsFrom('n1', ['vm'])).toEqual([]);
    });

    it('asks the host once which of many run, and these alone how far they are', async () => {
      const script = new Script(({ url }) => [
        200,
        { migrations: [url.includes('os-migrations') ? { ...migration, instance_uuid: 'b' } : migration] },
      ]);
      const found = await clientOf(script).migrationsFrom('n1', ['a', 'b', 'c']);
      expect(found.map(({ instance }) => instance)).toEqual(['b']);
      expect(pathsOf(script)).toEqual([
        '/os-migrations?source_compute=n1&migration_type=live-migration&status=running',
        '/servers/b/migrations',
      ]);
    });
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
