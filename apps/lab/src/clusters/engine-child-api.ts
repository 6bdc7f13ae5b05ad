import { type Kind, type KubeObject, LeaseKind, type ObjectKey, apiVersionOf } from '@keelson/api';
import {
  ApiError,
  type Call,
  type Engine,
  type Query,
  type ServiceProxy,
  createObject,
  deleteObject,
  disruptionStanding,
  getObject,
  openEngine,
  patchObject,
  resourceId,
  systemMasters,
} from '@keelson/kube-server';
import {
  type Clock,
  type Http,
  type Log,
  type Random,
  conflict,
  isFailure,
  notFound,
  terminal,
  transient,
} from '@keelson/std';
import type { ChildApi, ChildWrite, ClusterPki, SavedObjects } from './child-api.js';
import { restoredLog } from './restored-log.js';

export interface ChildSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Answers for an engine on a socket (`serveEngine`); absent in a world without sockets. */
  readonly serve?: Serve;
  /** How its admission webhooks are called; absent in a world without sockets. */
  readonly webhookHttp?: Http;
}

export type Serve = (engine: Engine, options: ServeOptions) => Promise<{ close(): Promise<void> }>;

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly serviceProxy: ServiceProxy;
}

const engines = new WeakMap<ChildApi, Promise<Engine>>();

/**
 * The engine behind a child cluster's API, for clients of this process that bring their own way to talk to one.
 *
 * @throws RangeError when the API was not made by `engineChildApi`
 */
export function engineBehind(api: ChildApi): Promise<Engine> {
  const engine = engines.get(api);
  if (engine === undefined) throw new RangeError('no engine is behind this API');
  return engine;
}

/** Makes the APIs of child clusters: one engine each, in the child profile, over a log in memory. */
export function engineChildApi(surroundings: ChildSurroundings): (pki: ClusterPki, objects: SavedObjects) => ChildApi {
  return (pki, objects) => {
    const { clock, random, log, serve, webhookHttp } = surroundings;
    const webhooks = webhookHttp === undefined ? {} : { webhooks: { http: webhookHttp } };
    // Whoever was given a token has it still when the lab is started again. Where none is named, kube-apiserver too takes its TLS key.
    const kept = serve === undefined ? {} : { serviceAccountKey: pki.serverKey };
    const listeners: ((writes: readonly ChildWrite[]) => void)[] = [];
    let opened: Engine | undefined;
    const opening = openEngine({
      log: restoredLog(objects),
      profile: 'child',
      clock,
      random,
      logger: log,
      ...webhooks,
      ...kept,
    }).then((engine) => {
      engine.registry.store.onCommit({ committed: (entries) => tell(listeners, entries) });
      return (opened = engine);
    });
    // What the engine stores under a kind has the shape of the kind: its schema has seen to that.
    const api: ChildApi = {
      async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey) {
        const engine = await opening;
        const found = await sorted(() =>
          getObject(engine.registry, callFor(engine, kind, key.namespace), key.name),
        ).catch(absent);
        return found as unknown as T | undefined;
      },
      async list<T extends KubeObject>(kind: Kind<T>, namespace?: string) {
        const { registry } = await opening;
        return registry.store.view(resourceId(kind)).list(namespace) as unknown as readonly T[];
      },
      async create(kind, object) {
        const engine = await opening;
        await sorted(() => createObject(engine.registry, callFor(engine, kind, object.metadata.namespace), object));
      },
      async patch(kind, key, patch, subresource) {
        const engine = await opening;
        await sorted(() =>
          patchObject(
            engine.registry,
            callFor(engine, kind, key.namespace),
            key.name,
            subresource ?? 'main',
            'merge',
            patch,
          ),
        );
      },
      async remove(kind, key) {
        const engine = await opening;
        await sorted(() =>
          deleteObject(engine.registry, callFor(engine, kind, key.namespace), key.name, { gracePeriodSeconds: 0 }),
        ).catch(absent);
      },
      async end(kind, key) {
        const engine = await opening;
        const background = { propagationPolicy: 'Background' };
        await sorted(() =>
          deleteObject(engine.registry, callFor(engine, kind, key.namespace), key.name, background),
        ).catch(absent);
      },
      async standing({ namespace = '', name }) {
        const { registry } = await opening;
        return sorted(() => disruptionStanding(registry, namespace, name));
      },
      dump: () => (opened === undefined ? objects : dumped(opened)),
      onWrite: (listener) => void listeners.push(listener),
      async listen({ host, port, serviceProxy }) {
        if (serve === undefined) throw terminal('this world has no sockets', { reason: 'NoSockets' });
        const tls = { cert: pki.serverCertificate, key: pki.serverKey, clientCa: pki.caCertificate };
        return serve(await opening, { host, port, tls, clock, log, serviceProxy });
      },
    };
    engines.set(api, opening);
    return api;
  };
}

const leases = resourceId(LeaseKind);

function tell(listeners: readonly ((writes: readonly ChildWrite[]) => void)[], entries: readonly ChildWrite[]): void {
  const writes = entries.filter((entry) => entry.resource !== leases);
  if (writes.length > 0) for (const listener of listeners) listener(writes);
}

function dumped({ registry: { store } }: Engine): SavedObjects {
  return Object.fromEntries(
    store.resources().map((resource) => [resource, resource === leases ? [] : store.view(resource).list()]),
  );
}

function callFor(engine: Engine, kind: Kind, namespace: string | undefined, query: Query = {}): Call {
  const descriptor = engine.registry.kinds.byResource(kind.group, kind.version, kind.plural);
  if (descriptor === undefined)
    throw terminal(`the simulated cluster has no ${kind.plural} in ${apiVersionOf(kind)}`, { reason: 'UnknownKind' });
  return { kind: descriptor, namespace, query, user: systemMasters, userAgent: 'keelson-lab', warnings: [] };
}

/** Errors of the engine as Failures of their sort. */
async function sorted<R>(call: () => R | Promise<R>): Promise<R> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    const { message, code, status } = cause;
    const options = { cause, ...(status.reason === undefined ? {} : { reason: status.reason }) };
    if (code === 404) throw notFound(message, options);
    if (code === 409) throw conflict(message, options);
    throw code === 429 || code >= 500 ? transient(message, options) : terminal(message, options);
  }
}

function absent(error: unknown): undefined {
  if (!isFailure(error, 'notFound')) throw error;
}
