import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { ApiClient, ApiObject } from '@keelson/e2e';
import { sleep, systemClock } from '@keelson/std';
import { rounded } from '../processes.js';

/** The kind that is written. */
export const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'parts.bench.keelson.dev' },
  spec: {
    group: 'bench.keelson.dev',
    scope: 'Namespaced',
    names: { plural: 'parts', singular: 'part', kind: 'Part', listKind: 'PartList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema() },
      },
    ],
  },
};

export const collection = '/apis/bench.keelson.dev/v1/namespaces/default/parts';

function schema(): object {
  const text = { type: 'string' };
  const interfaces = { type: 'array', items: { type: 'object', properties: { name: text, mac: text, speed: text } } };
  return {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          stamp: text,
          count: { type: 'integer', minimum: 0 },
          mode: { type: 'string', enum: ['UEFI', 'legacy'], default: 'UEFI' },
          interfaces,
          text,
        },
      },
    },
  };
}

/** An object of about 1.5 KB, its managed fields included. */
function part(name: string, resourceVersion?: string): object {
  return {
    apiVersion: 'bench.keelson.dev/v1',
    kind: 'Part',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'bench.keelson.dev/shelf': name.slice(-1) },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      stamp: String(performance.now()),
      count: 3,
      interfaces: [1, 2, 3, 4].map((i) => ({ name: `eno${i}`, mac: `52:54:00:00:00:0${i}`, speed: '10Gb/s' })),
      text: 'x'.repeat(560),
    },
  };
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds. */
export function quantiles(values: readonly number[]): Quantiles {
  const ascending = [...values].sort((a, b) => a - b);
  const at = (share: number): number => rounded(ascending[Math.floor((ascending.length - 1) * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

/** The parts of a bench by number, with the resourceVersion each writer must name. */
export class Parts {
  readonly #client: ApiClient;
  readonly #versions: string[] = [];

  constructor(client: ApiClient) {
    this.#client = client;
  }

  get size(): number {
    return this.#versions.length;
  }

  /** Creates up to `count` parts; seconds. */
  async fill(count: number, writers: number): Promise<number> {
    const begun = performance.now();
    let next = this.size;
    const write = async (): Promise<void> => {
      while (next < count) {
        const number = next++;
        const made = await this.#client.must('POST', collection, part(`part-${number}`));
        this.#versions[number] = made.metadata.resourceVersion;
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
    return (performance.now() - begun) / 1000;
  }

  /** Changes parts for `seconds`, as quickly as `writers` can or at `perSecond` in all; milliseconds of each write. */
  async change(writers: number, seconds: number, perSecond = Infinity): Promise<number[]> {
    const until = performance.now() + seconds * 1000;
    const took: number[] = [];
    const write = async (writer: number): Promise<void> => {
      const pace = (1000 * writers) / perSecond;
      let due = performance.now() + (pace * writer) / writers;
      for (let number = writer; performance.now() < until; number = (number + writers) % this.size) {
        if (pace > 0) await sleep(systemClock, Math.max(0, due - performance.now()));
        due += pace;
        const begun = performance.now();
        await this.#put(number);
        took.push(performance.now() - begun);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    return took;
  }

  async #put(number: number): Promise<void> {
    const name = `part-${number}`;
    const answer = await this.#client.must<ApiObject>(
      'PUT',
      `${collection}/${name}`,
      part(name, this.#versions[number]),
    );
    this.#versions[number] = answer.metadata.resourceVersion;
  }
}

const stamp = '"stamp":"';

/** Watches of all parts, which take the time from the sending of a write to the arrival of its event. */
export class Watches {
  readonly #client: ApiClient;
  readonly #end = new AbortController();
  readonly #running: Promise<number>[] = [];
  latencies: number[] = [];

  constructor(client: ApiClient) {
    this.#client = client;
    setMaxListeners(0, this.#end.signal);
  }

  /** Opens `count` watches from now on. */
  async open(count: number): Promise<void> {
    const list = await this.#client.must<ApiObject>('GET', `${collection}?limit=1`);
    const path = `${collection}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
    for (let i = 0; i < count; i += 1)
      this.#running.push(this.#client.lines(path, (line) => this.#see(line), this.#end.signal));
    await sleep(systemClock, 500);
    this.latencies = [];
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
  }

  #see(line: string): void {
    const at = line.indexOf(stamp) + stamp.length;
    this.latencies.push(performance.now() - Number(line.slice(at, line.indexOf('"', at))));
  }
}
