import type { Kind, KubeObject } from '@keelson/api';
import type { KubeApi, WatchEvent, WatchOptions } from '@keelson/kube';
import { engineBehind, type Lab } from '@keelson/lab';
import { type Clock, terminal, transient } from '@keelson/std';
import { engineKubeApi } from '@keelson/testing';

/** How soon a client notices that the API it watches has gone away. */
const noticeMs = 5_000;

/**
 * The API of a child cluster by its kubeconfig, in this process: each call finds out anew whether the cluster answers,
 * and a watch breaks when it no longer does.
 *
 * @throws Failure terminal when the kubeconfig names no server
 */
export function childKubeApi(lab: Pick<Lab, 'childApi'>, clock: Clock, kubeconfig: string): KubeApi {
  const server = serverOf(kubeconfig);
  const current = async (): Promise<KubeApi> => engineKubeApi(await engineBehind(lab.childApi(server)));
  const answers = (): boolean => {
    try {
      lab.childApi(server);
      return true;
    } catch {
      return false;
    }
  };
  return {
    get: async (kind, key) => (await current()).get(kind, key),
    list: async (kind, options) => (await current()).list(kind, options),
    watch: (kind, options) => breakingWatch({ current, answers, clock, server }, kind, options),
    create: async (object, options) => (await current()).create(object, options),
    replace: async (object, options) => (await current()).replace(object, options),
    apply: async (object, options) => (await current()).apply(object, options),
    patch: async (kind, key, patch, options) => (await current()).patch(kind, key, patch, options),
    delete: async (kind, key, options) => (await current()).delete(kind, key, options),
    createToken: async (account, request) => (await current()).createToken(account, request),
    evict: async (pod) => (await current()).evict(pod),
  };
}

/** @throws Failure terminal when the kubeconfig names no server */
export function serverOf(kubeconfig: string): string {
  const server =
    /^\s*server:\s*["']?(https:\/\/[^\s"']+)/m.exec(kubeconfig)?.[1] ?? /"server":\s*"([^"]+)"/.exec(kubeconfig)?.[1];
  if (server === undefined) throw terminal('the kubeconfig names no server', { reason: 'BadKubeconfig' });
  return server;
}

interface Connection {
  readonly current: () => Promise<KubeApi>;
  readonly answers: () => boolean;
  readonly clock: Clock;
  readonly server: string;
}

async function* breakingWatch<T extends KubeObject>(
  connection: Connection,
  kind: Kind<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const api = await connection.current();
  const broken = new AbortController();
  const look = (): void => {
    if (!connection.answers()) return broken.abort();
    if (!options.signal.aborted && !broken.signal.aborted) timer = connection.clock.schedule(noticeMs, look);
  };
  let timer = connection.clock.schedule(noticeMs, look);
  try {
    yield* api.watch(kind, { ...options, signal: AbortSignal.any([options.signal, broken.signal]) });
  } finally {
    timer.cancel();
  }
  if (broken.signal.aborted)
    throw transient(`${connection.server}: the connection broke (simulated)`, { reason: 'Unreachable' });
}
