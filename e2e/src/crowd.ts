import { integerBelow, type Random, sleep, systemClock } from '@keelson/std';
import type { ApiClient, ApiObject } from './api-client.js';

/** The namespace the crowd writes in. */
export const crowdNamespace = 'crowd';

const collection = `/api/v1/namespaces/${crowdNamespace}/configmaps`;
/** The object that all writers change. */
const sharedName = 'shared';
const pauseMs = 8;

/** A write as its writer saw it. Begin and end are places in the order of all that the crowd noticed. */
export interface Deed {
  readonly name: string;
  readonly type: 'put' | 'delete';
  /** What was written, unlike any other; empty for a deletion. */
  readonly token: string;
  readonly begun: number;
  readonly ended: number;
  /** The acknowledged resourceVersion; undefined when the outcome is unknown, 0 for a deletion, whose answer does not tell it. */
  readonly version: number | undefined;
}

/** Places in the order of what is noticed in this process. */
export class Order {
  #place = 0;
  next(): number {
    this.#place += 1;
    return this.#place;
  }
}

export interface WriterOptions {
  readonly client: ApiClient;
  readonly order: Order;
  readonly random: Random;
  readonly name: string;
}

/** A client that makes, changes and deletes ConfigMaps of its own, and now and then adds one to what all share. */
export class Writer {
  readonly deeds: Deed[] = [];
  readonly #options: WriterOptions;
  #tokens = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Writes until told to stop, through whatever happens to the server. */
  async run(stopped: AbortSignal): Promise<void> {
    const { name, random } = this.#options;
    while (!stopped.aborted) {
      const object = integerBelow(random, 6) === 0 ? sharedName : `${name}-${integerBelow(random, 4)}`;
      await this.#once(object).catch(() => sleep(systemClock, 40));
      await sleep(systemClock, pauseMs);
    }
  }

  /** Looks, and writes what follows from it. A conflict of the shared object is no deed. */
  async #once(name: string): Promise<void> {
    const { client, random } = this.#options;
    const { code, text } = await client.send('GET', `${collection}/${name}`);
    if (code !== 200 && code !== 404) throw new Error(`${code}`);
    const live = code === 404 ? undefined : (JSON.parse(text) as ApiObject);
    if (live !== undefined && name !== sharedName && integerBelow(random, 4) === 0) await this.#delete(name);
    else await this.#put(name, live);
  }

  async #put(name: string, live: ApiObject | undefined): Promise<void> {
    const { client, name: writer, order } = this.#options;
    const token = `${writer}.${(this.#tokens += 1)}`;
    const count = Number(live?.data?.count ?? 0) + 1;
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        labels: { parity: count % 3 === 0 ? 'odd' : 'even' },
        ...(live === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
      },
      data: { token, count: String(count), padding: 'x'.repeat(600) },
    };
    const begun = order.next();
    const done = (version: number | undefined): void =>
      void this.deeds.push({ name, type: 'put', token, begun, ended: order.next(), version });
    try {
      const path = live === undefined ? collection : `${collection}/${name}`;
      const { code, text } = await client.send(live === undefined ? 'POST' : 'PUT', path, object);
      if (code === 409 || code === 429) return;
      if (code >= 300) throw new Error(`${code}`);
      done(Number((JSON.parse(text) as ApiObject).metadata.resourceVersion));
    } catch (error) {
      done(undefined);
      throw error;
    }
  }

  async #delete(name: string): Promise<void> {
    const { client, order } = this.#options;
    const begun = order.next();
    const done = (version: number | undefined): void =>
      void this.deeds.push({ name, type: 'delete', token: '', begun, ended: order.next(), version });
    try {
      const { code } = await client.send('DELETE', `${collection}/${name}`);
      if (code === 429) return;
      if (code >= 300) throw new Error(`${code}`);
      done(0);
    } catch (error) {
      done(undefined);
      throw error;
    }
  }
}

/** What of the crowd's objects a watch follows. */
export type Scope = 'namespace' | 'everywhere' | 'odd';

export interface Seen {
  readonly type: string;
  readonly name: string;
  readonly version: number;
  readonly token: string;
}

/** A client that watches, and when its watch ends goes on from the last resourceVersion it has seen. */
export class Follower {
  readonly events: Seen[] = [];
  readonly scope: Scope;
  /** Where it began. */
  readonly from: number;
  /** Answers that are no stream of events: a follower that goes on from where it was may get none. */
  readonly refusals: string[] = [];
  streams = 0;
  readonly #client: ApiClient;
  #version: number;

  constructor(client: ApiClient, scope: Scope, from: number) {
    this.#client = client;
    this.scope = scope;
    this.from = from;
    this.#version = from;
  }

  async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      this.streams += 1;
      const code = await this.#client.watch(this.#path(), (line) => this.#see(line.type, line.object), stopped);
      if (code !== 0 && code !== 200 && code < 500) this.refusals.push(`HTTP ${code}`);
      if (!stopped.aborted) await sleep(systemClock, 30);
    }
  }

  #see(type: string, object: ApiObject): void {
    if (type === 'ERROR') return void this.refusals.push(JSON.stringify(object));
    const version = Number(object.metadata.resourceVersion);
    this.#version = version;
    if (type !== 'BOOKMARK')
      this.events.push({ type, name: object.metadata.name, version, token: object.data?.token ?? '' });
  }

  #path(): string {
    const all = this.scope === 'everywhere' ? '/api/v1/configmaps' : collection;
    const selector = this.scope === 'odd' ? '&labelSelector=parity%3Dodd' : '';
    return `${all}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.#version}${selector}`;
  }
}
