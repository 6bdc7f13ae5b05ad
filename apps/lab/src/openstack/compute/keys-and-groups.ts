import { createHash } from 'node:crypto';
import type { SimulatedCloud } from '../cloud.js';
import { clash, type Doc, docAt, done, missing, ok, refused, type Route, textAt } from '../exchange.js';
import { routesOf } from '../collection.js';

const nobody = new URLSearchParams();

/** Keys that people give to servers, and groups of servers. A key that is asked for is not made: its public part has to come. */
export function keyAndGroupRoutes(cloud: SimulatedCloud): readonly Route[] {
  const keys = cloud.collection('keypairs');
  const path = '/v2.1/os-keypairs';
  const found = (name: string): Doc => {
    const key = keys.get(name);
    if (key === undefined) throw missing('Keypair', name);
    return key;
  };
  return [
    ['GET', path, () => ok({ keypairs: keys.list(nobody).map((keypair) => ({ keypair })) })],
    ['POST', path, ({ body }) => ok({ keypair: addKey(cloud, docAt(body, 'keypair')) }, 201)],
    ['GET', `${path}/:name`, (_, { name = '' }) => ok({ keypair: found(name) })],
    [
      'DELETE',
      `${path}/:name`,
      (_, { name = '' }) => {
        found(name);
        keys.remove(name);
        return done();
      },
    ],
    ...routesOf({
      collection: cloud.collection('server_groups'),
      path: '/v2.1/os-server-groups',
      one: 'server_group',
      many: 'server_groups',
      fresh: () => ({ members: [], rules: {}, project_id: cloud.project, user_id: 'simulated' }),
      createdStatus: 200,
    }),
  ];
}

function addKey(cloud: SimulatedCloud, given: Doc): Doc {
  const [name, key] = [textAt(given, 'name'), textAt(given, 'public_key')];
  if (name === undefined || key === undefined) throw refused("'name' and 'public_key' are required properties");
  if (cloud.collection('keypairs').get(name) !== undefined) throw clash(`Key pair '${name}' already exists.`);
  const bytes = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  const digits = createHash('md5').update(bytes).digest('hex');
  const fingerprint = digits.replaceAll(/..(?!$)/gu, (pair) => `${pair}:`);
  const more = { type: textAt(given, 'type') ?? 'ssh', user_id: 'simulated' };
  return cloud.collection('keypairs').add({ id: name, name, public_key: key, fingerprint, ...more });
}
