import { type Clock, type Random, rfc3339, uuid } from '@keelson/std';
import { type Doc, docAt, isDoc, missing, ok, done, type Route } from './exchange.js';

/** Objects of one sort that only have to be kept: networks, images, zones. */
export class Collection {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #docs = new Map<string, Doc>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  add(doc: Doc): Doc {
    const at = rfc3339(this.#clock.now());
    const made: Doc = { id: uuid(this.#random), created_at: at, updated_at: at, ...doc };
    this.#docs.set(String(made['id']), made);
    return made;
  }

  change(id: string, more: Doc): Doc | undefined {
    const doc = this.#docs.get(id);
    if (doc === undefined) return undefined;
    const next = { ...doc, ...more, id, updated_at: rfc3339(this.#clock.now()) };
    this.#docs.set(id, next);
    return next;
  }

  get(id: string): Doc | undefined {
    return this.#docs.get(id);
  }

  remove(id: string): boolean {
    return this.#docs.delete(id);
  }

  /** Those of which every parameter that names a member has its value. */
  list(query: URLSearchParams): readonly Doc[] {
    const wanted = [...query].filter(([name]) => !paging.has(name));
    return [...this.#docs.values()].filter((doc) =>
      wanted.every(([name, value]) => !(name in doc) || String(doc[name]) === value),
    );
  }
}

const paging = new Set([
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'fields',
  'all_tenants',
  'all_projects',
  'offset',
]);

export interface CollectionApi {
  readonly collection: Collection;
  /** Path of the collection, such as `/v2.0/networks`. */
  readonly path: string;
  /** Names of one and of all in bodies; an empty name wraps nothing. */
  readonly one: string;
  readonly many: string;
  /** What a new one has besides what was asked for. */
  readonly fresh: (given: Doc) => Doc;
  readonly createdStatus?: number;
}

/** List, show, create, change and delete of a collection. */
export function routesOf({ collection, path, one, many, fresh, createdStatus = 201 }: CollectionApi): readonly Route[] {
  const wrapped = (doc: Doc): unknown => (one === '' ? doc : { [one]: doc });
  const given = (body: unknown): Doc => (one === '' ? (isDoc(body) ? body : {}) : docAt(body, one));
  const found = (doc: Doc | undefined, id: string): Doc => {
    if (doc === undefined) throw missing(many, id);
    return doc;
  };
  const change: Route[2] = ({ body }, { id = '' }) => ok(wrapped(found(collection.change(id, given(body)), id)));
  return [
    ['GET', path, ({ query }) => ok({ [many]: collection.list(query) })],
    ['POST', path, ({ body }) => ok(wrapped(collection.add({ ...fresh(given(body)), ...given(body) })), createdStatus)],
    ['GET', `${path}/:id`, (_, { id = '' }) => ok(wrapped(found(collection.get(id), id)))],
    ['PUT', `${path}/:id`, change],
    ['PATCH', `${path}/:id`, change],
    [
      'DELETE',
      `${path}/:id`,
      (_, { id = '' }) => {
        if (!collection.remove(id)) throw missing(many, id);
        return done();
      },
    ],
  ];
}
