import { type Http, type HttpRequest, VirtualClock, seededRandom, transient } from '@keelson/std';
import { type RedfishClient, redfishClient } from './client.js';
import type { Resource } from './resource.js';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A resource, or text as it is. */
  readonly body?: Resource | string;
}

/** A BMC with the habits of one vendor: resources by path, and answers of its own to anything. */
export interface FakeBmc {
  readonly clock: VirtualClock;
  readonly client: RedfishClient;
  /** `METHOD path body` of every request. */
  readonly asked: string[];
  readonly resources: Record<string, Resource>;
  /** Tried first; undefined goes on with `resources`, `break` drops the connection. */
  answer: (request: HttpRequest, path: string) => Answer | 'break' | undefined;
  during<T>(call: Promise<T>): Promise<T>;
}

export const S = '/redfish/v1/Systems/1';

export function aBmc(resources: Record<string, Resource> = {}): FakeBmc {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const http: Http = async (request) => {
    const url = new URL(request.url);
    const path = `${url.pathname}${url.search}`;
    asked.push([request.method, path, request.body ?? ''].join(' ').trim());
    const own = bmc.answer(request, path);
    if (own === 'break') throw transient('connection reset', { reason: 'Unreachable' });
    const resource = bmc.resources[path];
    const answer = own ?? (resource === undefined ? { status: 404 } : { status: 200, body: resource });
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
    return { status: answer.status, headers: answer.headers ?? {}, body: new TextEncoder().encode(text) };
  };
  const bmc: FakeBmc = {
    clock,
    asked,
    resources,
    client: redfishClient({
      address: `redfish://bmc.test${S}`,
      username: 'root',
      password: 'calvin',
      http,
      clock,
      random: seededRandom('bmc'),
    }),
    answer: () => undefined,
    async during(call) {
      let isDone = false;
      const watched = call.finally(() => (isDone = true));
      watched.catch(() => undefined);
      for (let turn = 0; turn < 5_000 && !isDone; turn += 1) await clock.advance(100);
      return watched;
    },
  };
  return bmc;
}
