import type { SimulatedCloud } from '../cloud.js';
import { clash, type Doc, docAt, done, missing, ok, refused, type Route, textAt } from '../exchange.js';
import { type Flavor, flavors } from './servers.js';

const path = '/v2.1/flavors';

/** Flavors: those of the start, and what people make. */
export function flavorRoutes(cloud: SimulatedCloud): readonly Route[] {
  const all: Route[2] = () => ok({ flavors: flavorsOf(cloud).map(flavorDoc) });
  return [
    ['GET', path, all],
    ['GET', `${path}/detail`, all],
    ['POST', path, ({ body }) => create(cloud, docAt(body, 'flavor'))],
    ['GET', `${path}/:id`, (_, { id = '' }) => ok({ flavor: flavorDoc(flavorOf(cloud, id)) })],
    ['GET', `${path}/:id/os-extra_specs`, (_, { id = '' }) => ok({ extra_specs: specsOf(flavorOf(cloud, id)) })],
    [
      'DELETE',
      `${path}/:id`,
      (_, { id = '' }) => {
        if (!cloud.collection('flavors').remove(id)) throw missing('Flavor', id);
        return done(202);
      },
    ],
  ];
}

/** By id or name. @throws CloudError 404 for one that nobody knows */
export function flavorOf(cloud: SimulatedCloud, id: string): Flavor {
  const flavor = flavorsOf(cloud).find((one) => one.id === id || one.name === id);
  if (flavor === undefined) throw missing('Flavor', id);
  return flavor;
}

/** All that there are. */
export function flavorsOf(cloud: Pick<SimulatedCloud, 'collection'>): readonly Flavor[] {
  const own = cloud.collection('flavors').list(new URLSearchParams());
  return [...flavors, ...own.map(flavorIn)];
}

function flavorIn({ id, name, vcpus, ram, disk }: Doc): Flavor {
  return { id: String(id), name: String(name), vcpus: Number(vcpus), ram: Number(ram), disk: Number(disk) };
}

function create(cloud: SimulatedCloud, given: Doc) {
  const name = textAt(given, 'name');
  if (name === undefined) throw refused("'name' is a required property");
  const asked = textAt(given, 'id');
  const id = asked === undefined || asked === 'auto' ? {} : { id: asked };
  if (flavorsOf(cloud).some((one) => one.name === name || one.id === asked))
    throw clash(`Flavor with name ${name} already exists.`);
  const { vcpus = 1, ram = 512, disk = 0 } = given;
  return ok({ flavor: flavorDoc(flavorIn(cloud.collection('flavors').add({ ...id, name, vcpus, ram, disk }))) });
}

const specsOf = (_flavor: Flavor): Doc => ({});

/** As nova shows it at microversion 2.61 and later. */
function flavorDoc(flavor: Flavor): Doc {
  return {
    ...flavor,
    swap: 0,
    rxtx_factor: 1,
    description: null,
    extra_specs: specsOf(flavor),
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    'os-flavor-access:is_public': true,
    links: [],
  };
}
