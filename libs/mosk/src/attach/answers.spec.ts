import { describe, expect, it } from '@jest/globals';
import type { ObjectKey } from '@keelson/api';
import { notFound } from '@keelson/std';
import { type AskedClusters, operationsIn } from './answers.js';

/** Clusters by name, and the clouds that each has. */
const clustersWith = (clouds: Readonly<Record<string, readonly string[]>>): AskedClusters => ({
  clusters: () =>
    Object.entries(clouds).map(([cluster, names]) => {
      const there =
        <A>(answer: (key: ObjectKey) => A) =>
        async (kind: string, key: ObjectKey): Promise<A> => {
          if (!names.includes(key.name)) throw notFound(`there is no ${kind} ${key.name}`);
          return answer(key);
        };
      const outcome = { type: 'settled' as const };
      return {
        cluster,
        lacks: undefined,
        manager: {
          history: there(() => []),
          plan: there(() => ({ lines: [cluster], steps: [], outcome })),
          why: there(({ name }) => ({ chain: [{ object: { kind: 'OpenStackDeployment', name }, message: cluster }] })),
        },
      };
    }),
});

describe('a question about an object in MOSK clusters', () => {
  const clouds = { 'demo/b': ['osh'], 'demo/a': ['osh', 'other'], 'demo/c': [] };
  const operations = operationsIn(clustersWith(clouds), {});
  const ask = async (namespace: string, name: string): Promise<string | undefined> =>
    (await operations.why('OpenStackDeployment', { namespace, name })).chain[0]?.message;

  it('is answered by the only cluster that has it, or by the one that is named', async () => {
    expect([await ask('openstack', 'other'), await ask('demo/b:openstack', 'osh')]).toEqual(['demo/a', 'demo/b']);
  });

  it('is refused with the command for each where several have it', async () => {
    const refused = (verb: string): string =>
      [
        '2 clusters have the OpenStackDeployment openstack/osh: say which',
        `  ./keelson ${verb} openstackdeployment/osh -n demo/a:openstack`,
        `  ./keelson ${verb} openstackdeployment/osh -n demo/b:openstack`,
      ].join('\n');
    await expect(ask('openstack', 'osh')).rejects.toMatchObject({ reason: 'Ambiguous', message: refused('why') });
    await expect(operations.plan('OpenStackDeployment', { namespace: 'openstack', name: 'osh' })).rejects.toMatchObject(
      {
        message: refused('plan'),
      },
    );
  });
});
