import { describe, expect, it } from '@jest/globals';
import { aSimulatedOpenStack } from './openstack.fixtures.js';

async function anOctavia() {
  const cloud = await aSimulatedOpenStack({ computes: 1, services: ['keystone-api', 'octavia-api'] });
  const at = 'octavia-api/v2/lbaas/loadbalancers';
  const make = async (name: string, provider = 'amphorav2'): Promise<string> => {
    const { body } = await cloud.ask('POST', at, { loadbalancer: { name, provider } });
    return body.loadbalancer.id;
  };
  const status = async (id: string): Promise<string> =>
    (await cloud.ask('GET', `${at}/${id}`)).body.loadbalancer.provisioning_status;
  const amphorae = async (id: string): Promise<readonly string[]> => {
    const { body } = await cloud.ask('GET', `octavia-api/v2/octavia/amphorae?loadbalancer_id=${id}`);
    return body.amphorae.map((amphora: { id: string }) => amphora.id);
  };
  const failOver = async (id: string): Promise<number> => (await cloud.ask('PUT', `${at}/${id}/failover`)).status;
  return { ...cloud, at, make, status, amphorae, failOver };
}

describe('load balancers', () => {
  it('get two amphorae, which a failover replaces one after the other, and take no other order meanwhile', async () => {
    const { make, status, amphorae, failOver, pass, ask, at } = await anOctavia();
    const id = await make('web');
    expect([await status(id), await failOver(id)]).toEqual(['PENDING_CREATE', 409]);
    await pass(70);
    const before = await amphorae(id);
    expect([await status(id), before.length, await failOver(id)]).toEqual(['ACTIVE', 2, 202]);
    await pass(70);
    const half = await amphorae(id);
    expect([await status(id), half.filter((one) => before.includes(one)).length]).toEqual(['PENDING_UPDATE', 1]);
    expect((await ask('DELETE', `${at}/${id}`)).status).toBe(409);
    await pass(70);
    const after = await amphorae(id);
    expect([await status(id), after.length, after.some((one) => before.includes(one))]).toEqual(['ACTIVE', 2, false]);
    expect([(await ask('DELETE', `${at}/${id}`)).status, await amphorae(id)]).toEqual([204, []]);
  });

  it('of OVN have none', async () => {
    const { make, status, amphorae, pass } = await anOctavia();
    const id = await make('web', 'ovn');
    await pass(70);
    expect([await status(id), await amphorae(id)]).toEqual(['ACTIVE', []]);
  });

  it('stay in ERROR, or in work, while a fault lasts', async () => {
    const { make, status, failOver, pass, faults, clock } = await anOctavia();
    const [broken, stuck] = [await make('broken'), await make('stuck')];
    await pass(70);
    faults.inject({ kind: 'failoverFails', servers: ['broken'], from: clock.now() });
    faults.inject({ kind: 'failoverStuck', servers: [stuck], from: clock.now() });
    expect([await failOver(broken), await failOver(stuck)]).toEqual([202, 202]);
    await pass(600);
    expect([await status(broken), await status(stuck)]).toEqual(['ERROR', 'PENDING_UPDATE']);
    faults.clearAll();
    expect(await failOver(broken)).toBe(202);
    await pass(200);
    expect([await status(broken), await status(stuck)]).toEqual(['ACTIVE', 'ACTIVE']);
  });
});
