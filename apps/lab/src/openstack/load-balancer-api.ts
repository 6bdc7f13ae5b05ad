import type { SimulatedCloud } from './cloud.js';
import { routesOf } from './collection.js';
import { clash, type CloudResponse, type Doc, docAt, done, missing, ok, type Route, textAt } from './exchange.js';
import { LoadBalancers, pendingOf } from './load-balancers.js';

/** octavia, API v2: load balancers with their amphorae, whose failover takes time; what balances is kept and does nothing. */
export function loadBalancerRoutes(cloud: LoadBalancerCloud): readonly Route[] {
  const balancers = new LoadBalancers(cloud);
  return ['/v2', '/v2.0'].flatMap((root) => [
    ...balancerRoutes(cloud, balancers, `${root}/lbaas/loadbalancers`),
    ...amphoraRoutes(cloud, balancers, `${root}/octavia/amphorae`),
    ['GET', `${root}/lbaas/providers`, () => ok({ providers })] as const,
  ]);
}

/** What Octavia needs of the cloud that it is in. */
export type LoadBalancerCloud = Pick<SimulatedCloud, 'collection' | 'clock' | 'pace' | 'faults' | 'save'>;

const providers = ['amphora', 'amphorav2', 'ovn'].map((name) => ({ name, description: 'simulated' }));

function balancerRoutes(cloud: LoadBalancerCloud, balancers: LoadBalancers, path: string): readonly Route[] {
  const collection = cloud.collection('loadbalancers');
  /** Octavia works on one thing of a load balancer at a time. */
  const mutable = (id: string): Doc => {
    const doc = collection.get(id);
    if (doc === undefined) throw missing('load_balancer', id);
    if (pendingOf(doc)) throw clash(`Load Balancer ${id} is immutable and cannot be updated.`);
    return doc;
  };
  const made = (given: Doc): CloudResponse => {
    const doc = collection.add({ name: '', provider: 'amphorav2', admin_state_up: true, ...given });
    return ok({ loadbalancer: balancers.create(String(doc['id'])) }, 201);
  };
  return [
    ['POST', path, ({ body }) => made(docAt(body, 'loadbalancer'))],
    [
      'PUT',
      `${path}/:id/failover`,
      (_, { id = '' }) => {
        balancers.failOver(textAt(mutable(id), 'id') ?? id);
        return done(202);
      },
    ],
    [
      'DELETE',
      `${path}/:id`,
      (_, { id = '' }) => {
        balancers.remove(textAt(mutable(id), 'id') ?? id);
        return done();
      },
    ],
    ...routesOf({ collection, path, one: 'loadbalancer', many: 'loadbalancers', fresh: () => ({}) }),
  ];
}

function amphoraRoutes(cloud: LoadBalancerCloud, balancers: LoadBalancers, path: string): readonly Route[] {
  return [
    ['GET', path, ({ query }) => ok({ amphorae: balancers.amphorae(query) })],
    [
      'GET',
      `${path}/:id`,
      (_, { id = '' }) => {
        const found = cloud.collection('amphorae').get(id);
        if (found === undefined) throw missing('amphora', id);
        return ok({ amphora: found });
      },
    ],
  ];
}
