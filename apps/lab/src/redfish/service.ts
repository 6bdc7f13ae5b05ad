import { type Http, type HttpResponse, type Random, sleep, transient } from '@keelson/std';
import { within } from '../world/network.js';
import type { Server } from '../world/server.js';
import type { World } from '../world/world.js';
import { type Body, ejectMedia, insertMedia, patchBoot, reset } from './actions.js';
import { answer, empty, noSuchResource, notAllowed, refusal } from './errors.js';
import { expanded, wantedLevels } from './expand.js';
import { chassisResource, managerResource } from './manager-resources.js';
import { type Resource, root } from './resource.js';
import { serviceResource } from './service-resources.js';
import { Sessions } from './sessions.js';
import { systemResource } from './system-resources.js';

export interface RedfishRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface RedfishService {
  /** Answers a request; undefined when the connection breaks instead (a fault). */
  handle(request: RedfishRequest): Promise<HttpResponse | undefined>;
  /** The same as a port for clients in this process; a broken connection is a transient Failure. */
  readonly http: Http;
}

export interface RedfishServiceOptions {
  readonly world: World;
  readonly servers: ReadonlyMap<string, Server>;
  readonly random: Random;
  readonly username: string;
  readonly password: string;
  /** Aborts when the lab ends: answers that are still waited for never come. */
  readonly signal: AbortSignal;
}

const utf8 = new TextDecoder();

/** The Redfish service of all servers of the lab, behind one address (DSP0266 and DSP8010 in the parts that matter). */
export function redfishService(options: RedfishServiceOptions): RedfishService {
  const sessions = new Sessions(options.world.clock, options.random);
  const handle = (request: RedfishRequest): Promise<HttpResponse | undefined> => respond(options, sessions, request);
  return {
    handle,
    http: async (request) => {
      const { pathname, search, origin } = new URL(request.url);
      const body =
        typeof request.body === 'string' ? request.body : request.body === undefined ? '' : utf8.decode(request.body);
      const answering = handle({
        method: request.method,
        path: `${pathname}${search}`,
        headers: request.headers ?? {},
        body,
      });
      const response = await within(options.world.clock, request.timeoutMs, `${request.method} ${origin}`, answering);
      if (response === undefined)
        throw transient(`${request.method} ${origin}: connection reset (simulated fault)`, { reason: 'Unreachable' });
      return response;
    },
  };
}

async function respond(
  options: RedfishServiceOptions,
  sessions: Sessions,
  request: RedfishRequest,
): Promise<HttpResponse | undefined> {
  const { world, servers } = options;
  const url = new URL(request.path, 'http://lab.invalid');
  const path = url.pathname.replace(/\/+$/, '');
  const [folder, id, ...rest] = path.slice(root.length + 1).split('/');
  const server = folder !== undefined && perServer.has(folder) && id !== undefined ? servers.get(id) : undefined;
  await sleep(world.clock, world.pace.ms(world.timings.bmcAnswer), options.signal);
  if (server !== undefined) {
    const spoiled = await spoil(options, server);
    if (spoiled !== 'fine') return spoiled;
  }
  if (path === '/redfish') return answer(200, { v1: `${root}/` });
  if (path === root && request.method === 'GET') return readable(options, sessions, url, path);
  if (path === `${root}/SessionService/Sessions` && request.method === 'POST') return logIn(options, sessions, request);
  if (!isKnown(options, sessions, request)) {
    return refusal(401, 'NoValidSession', 'There is no valid session established with the implementation.', {
      'www-authenticate': 'Basic realm="Keelson Lab"',
    });
  }
  if (request.method === 'GET' || request.method === 'HEAD') return readable(options, sessions, url, path);
  if (server !== undefined)
    return (await change(server, folder ?? '', rest, request)) ?? notAllowed(request.method, path);
  return closeSession(sessions, path, request.method) ?? notAllowed(request.method, path);
}

const perServer: ReadonlySet<string> = new Set(['Systems', 'Managers', 'Chassis']);

/** What the fault menu does to this server's BMC: an answer instead of its own, undefined for none at all. */
async function spoil(
  { world, random, signal }: RedfishServiceOptions,
  server: Server,
): Promise<HttpResponse | undefined | 'fine'> {
  const { faults, clock } = world;
  const { id } = server.state;
  if (faults.holds('bmcSlow', id)) await sleep(clock, slowMs, signal);
  if (faults.holds('bmcUnreachable', id)) return undefined;
  if (faults.holds('bmcWrongPassword', id))
    return refusal(401, 'NoValidSession', 'The user name or password is wrong (simulated fault).');
  if (faults.holds('bmcErrors', id) && random.next() < 2 / 3) {
    return refusal(
      503,
      'ServiceTemporarilyUnavailable',
      'The service is temporarily unavailable (simulated fault). Retry in 5 seconds.',
      { 'retry-after': '5' },
    );
  }
  return 'fine';
}

/** Not scaled by the pace: it is there to run into the timeouts of clients, which are not scaled either. */
const slowMs = 30_000;

function readable(options: RedfishServiceOptions, sessions: Sessions, url: URL, path: string): HttpResponse {
  const find = (wanted: string): Resource | undefined => resourceAt(options, sessions, wanted);
  const resource = find(path);
  if (resource === undefined) return noSuchResource(path);
  return answer(200, expanded(resource, wantedLevels(url.searchParams), find), etagOf(options, path));
}

function resourceAt({ servers }: RedfishServiceOptions, sessions: Sessions, path: string): Resource | undefined {
  const [folder = '', id, ...rest] = path.slice(root.length + 1).split('/');
  const server = id === undefined ? undefined : servers.get(id);
  if (!perServer.has(folder) || id === undefined) return serviceResource(path, servers, sessions);
  if (server === undefined) return undefined;
  if (folder === 'Systems') return systemResource(server, rest);
  return folder === 'Managers' ? managerResource(server, rest) : chassisResource(server, rest);
}

function etagOf({ servers }: RedfishServiceOptions, path: string): Record<string, string> {
  const server = servers.get(path.split('/')[4] ?? '');
  return server === undefined ? {} : { etag: `W/"${server.state.version}"` };
}

async function change(
  server: Server,
  folder: string,
  rest: readonly string[],
  request: RedfishRequest,
): Promise<HttpResponse | undefined> {
  const body = bodyOf(request);
  if (body === undefined) return refusal(400, 'MalformedJSON', 'The request body is no JSON object.');
  const what = `${request.method} ${folder}/${rest.join('/')}`;
  if (what === 'PATCH Systems/') {
    const expected = request.headers['if-match'];
    if (expected !== undefined && expected !== '*' && expected !== `W/"${server.state.version}"`) {
      return refusal(412, 'PreconditionFailed', 'The resource has changed since it was read.');
    }
    return patchBoot(server, body) ?? answer(200, systemResource(server, []), { etag: `W/"${server.state.version}"` });
  }
  if (what === 'POST Systems/Actions/ComputerSystem.Reset') return reset(server, body);
  if (rest[0] !== 'VirtualMedia' || request.method !== 'POST') return undefined;
  if (rest[3] === 'VirtualMedia.InsertMedia') return insertMedia(server, rest[1], body);
  return rest[3] === 'VirtualMedia.EjectMedia' ? ejectMedia(server, rest[1]) : undefined;
}

function bodyOf(request: RedfishRequest): Body | undefined {
  if (request.body.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(request.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function logIn(options: RedfishServiceOptions, sessions: Sessions, request: RedfishRequest): HttpResponse {
  const body = bodyOf(request);
  const isRight = body?.['UserName'] === options.username && body['Password'] === options.password;
  if (!isRight) return refusal(401, 'ResourceAtUriUnauthorized', 'The user name or password is wrong.');
  const session = sessions.open(options.username);
  const path = `${root}/SessionService/Sessions/${session.id}`;
  return answer(201, serviceResource(path, options.servers, sessions), {
    'x-auth-token': session.token,
    location: path,
  });
}

function closeSession(sessions: Sessions, path: string, method: string): HttpResponse | undefined {
  const session = sessions.byId(path.slice(`${root}/SessionService/Sessions/`.length));
  if (method !== 'DELETE' || session === undefined || !path.startsWith(`${root}/SessionService/Sessions/`))
    return undefined;
  sessions.close(session);
  return empty(204);
}

function isKnown(options: RedfishServiceOptions, sessions: Sessions, request: RedfishRequest): boolean {
  const token = request.headers['x-auth-token'];
  if (token !== undefined) return sessions.use(token) !== undefined;
  const basic = Buffer.from(`${options.username}:${options.password}`).toString('base64');
  return request.headers['authorization'] === `Basic ${basic}`;
}
