import { describe, expect, it } from '@jest/globals';
import { amphorae, failOver, loadBalancers } from './load-balancers.js';
import { type Answer, Script, sessionOf } from './script.fixtures.js';

function anOctavia(answer: (method: string, path: string) => Answer): Script {
  const script = new Script(({ method, url }) => answer(method, url.slice(url.indexOf('/v2/'))));
  script.serves = ['load-balancer'];
  return script;
}

describe('load balancers', () => {
  it('are listed page by page, with what is not told left out', async () => {
    const row = (n: number) => ({ id: `lb${n}`, name: null, provisioning_status: 'ACTIVE' });
    const rows = Array.from({ length: 1001 }, (_, n) => row(n));
    const script = anOctavia((_, path) => {
      const [, marker] = /marker=lb(\d+)/.exec(path) ?? [];
      const from = marker === undefined ? 0 : Number(marker) + 1;
      return [200, { loadbalancers: rows.slice(from, from + 1000) }];
    });
    const listed = await loadBalancers(sessionOf(script));
    expect([listed.length, listed.at(-1)]).toEqual([
      1001,
      { id: 'lb1000', name: '', project: '', provisioningStatus: 'ACTIVE' },
    ]);
  });

  it('have amphorae, some of which are nobody’s', async () => {
    const rows = [
      { id: 'a', loadbalancer_id: 'lb', status: 'ALLOCATED', created_at: '2026-01-01T00:00:00' },
      { id: 'b', loadbalancer_id: null, status: 'ERROR', created_at: null },
    ];
    const script = anOctavia(() => [200, { amphorae: rows }]);
    expect(await amphorae(sessionOf(script))).toEqual([
      { id: 'a', loadBalancer: 'lb', status: 'ALLOCATED', createdAt: '2026-01-01T00:00:00' },
      { id: 'b', loadBalancer: undefined, status: 'ERROR', createdAt: '' },
    ]);
  });

  it.each([
    ['is failed over', 202, undefined],
    ['that is gone needs no failover', 404, undefined],
    ['that is being worked on is not failed over', 409, 'transient'],
  ])('one %s', async (_, status, sort) => {
    const script = anOctavia(() => [status, {}]);
    const over = failOver(sessionOf(script), 'lb');
    await (sort === undefined ? expect(over).resolves.toBeUndefined() : expect(over).rejects.toMatchObject({ sort }));
    expect(script.requests.at(-1)).toMatchObject({
      method: 'PUT',
      url: expect.stringMatching(/\/v2\/lbaas\/loadbalancers\/lb\/failover$/),
    });
  });
});
