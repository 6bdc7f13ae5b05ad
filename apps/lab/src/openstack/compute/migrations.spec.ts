import { describe, expect, it } from '@jest/globals';
import { aSimulatedOpenStack } from '../openstack.fixtures.js';

describe('migrations', () => {
  async function aCloud() {
    const openstack = await aSimulatedOpenStack({ computes: 3, serversPerCompute: 4 });
    const { ask } = openstack;
    const on = async (host: string): Promise<{ id: string; name: string; status: string }[]> =>
      (await ask('GET', `nova-api/v2.1/servers/detail?all_tenants=1&host=${host}`)).body.servers;
    const act = async (id: string, action: object) =>
      (await ask('POST', `nova-api/v2.1/servers/${id}/action`, action)).status;
    const live = { 'os-migrateLive': { host: null, block_migration: 'auto' } };
    const disable = async (host: string, body: object) => {
      const { services } = (await ask('GET', `nova-api/v2.1/os-services?host=${host}`)).body;
      return ask('PUT', `nova-api/v2.1/os-services/${services[0].id}`, body);
    };
    return { ...openstack, on, act, live, disable };
  }

  it('empty a host that is disabled, one after the other, in the time that memory takes', async () => {
    const { ask, on, act, live, disable, pass } = await aCloud();
    await disable('c1', { status: 'disabled', disabled_reason: 'maintenance' });
    for (const { id } of await on('c1')) expect(await act(id, live)).toBe(202);
    const running = async (status: string): Promise<number> =>
      (await ask('GET', `nova-api/v2.1/os-migrations?source_compute=c1&status=${status}`)).body.migrations.length;
    expect([await running('running'), await running('queued')]).toEqual([1, 3]);
    await pass(120);
    expect([await on('c1'), await running('completed')]).toEqual([[], 4]);
    expect((await ask('GET', 'nova-api/v2.1/servers?all_tenants=1&host=c2')).body.servers.length).toBeGreaterThan(4);
  });

  it('get stuck by a fault, can be aborted, and go on when it is over', async () => {
    const { ask, on, act, live, faults, clock, pass } = await aCloud();
    const [first, second] = await on('c1');
    const fault = faults.inject({ kind: 'migrationStuck', servers: ['vm-c1-*'], from: clock.now() });
    await act(first?.id ?? '', live);
    await act(second?.id ?? '', live);
    await pass(600);
    const own = (await ask('GET', `nova-api/v2.1/servers/${first?.id}/migrations`)).body.migrations;
    expect(own).toMatchObject([{ status: 'running', source_compute: 'c1', memory_remaining_bytes: 214_748_365 }]);
    expect((await ask('DELETE', `nova-api/v2.1/servers/${first?.id}/migrations/${own[0].id}`)).status).toBe(202);
    expect((await on('c1')).find(({ id }) => id === first?.id)?.status).toBe('ACTIVE');
    faults.clear(fault.id);
    await pass(60);
    expect((await on('c1')).map(({ id }) => id)).not.toContain(second?.id);
  });

  it('are refused where they cannot be', async () => {
    const { on, act, live, hostDown, disable } = await aCloud();
    const [one] = await on('c1');
    const id = one?.id ?? '';
    expect(await act(id, { evacuate: { host: null } })).toBe(400);
    expect(await act(id, { 'os-migrateLive': { host: 'c9' } })).toBe(400);
    await act(id, live);
    expect(await act(id, live)).toBe(409);
    await hostDown('c2');
    await disable('c2', { forced_down: true });
    const [other] = await on('c2');
    expect(await act(other?.id ?? '', live)).toBe(400);
  });

  it('evacuate a dead host, and leave what no host takes in ERROR', async () => {
    const { on, act, hostDown, disable, pass } = await aCloud();
    await hostDown('c1');
    const [first, second] = await on('c1');
    expect(await act(first?.id ?? '', { evacuate: {} })).toBe(200);
    await pass(60);
    expect((await on('c1')).map(({ id }) => id)).not.toContain(first?.id);
    for (const host of ['c2', 'c3']) await disable(host, { status: 'disabled' });
    await act(second?.id ?? '', { evacuate: {} });
    expect((await on('c1')).find(({ id }) => id === second?.id)?.status).toBe('ERROR');
  });

  it('wait for their confirmation when they are cold', async () => {
    const { ask, on, act, pass } = await aCloud();
    const [one] = await on('c1');
    const id = one?.id ?? '';
    await act(id, { migrate: null });
    await pass(60);
    expect((await ask('GET', `nova-api/v2.1/servers/${id}`)).body.server.status).toBe('VERIFY_RESIZE');
    expect(await act(id, { confirmResize: null })).toBe(204);
    expect((await ask('GET', `nova-api/v2.1/servers/${id}`)).body.server.status).toBe('ACTIVE');
  });
});
