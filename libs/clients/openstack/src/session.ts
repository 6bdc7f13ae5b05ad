import { type Http, type HttpResponse, notFound, terminal, transient } from '@keelson/std';
import { z } from 'zod';

export interface SessionOptions {
  readonly http: Http;
  /** Of the identity API, with the version: `http://keystone-api.openstack.svc.cluster.local:5000/v3`. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  /** Names; `Default` and `admin` unless given. */
  readonly domain?: string;
  readonly project?: string;
  /** Which endpoints of the catalog are called. */
  readonly endpoints?: 'internal' | 'public';
}

export interface OpenstackRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Service type in the catalog, such as `compute`. */
  readonly type: string;
  /** After the endpoint; begins with a slash. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const TokenSchema = z.object({
  token: z.object({
    catalog: z.array(
      z.object({ type: z.string(), endpoints: z.array(z.object({ interface: z.string(), url: z.string() })) }),
    ),
  }),
});

interface Token {
  readonly id: string;
  readonly endpoints: ReadonlyMap<string, string>;
}

const timeoutMs = 20_000;

/** Calls to the APIs of one cloud with a token that is got when needed, and anew when it is no longer taken. */
export class Session {
  readonly #options: SessionOptions;
  #token: Promise<Token> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * The body of the answer as JSON; undefined where there is none.
   *
   * @throws Failure notFound (404), transient (5xx, 409, 429, no answer), terminal (all other refusals, no such endpoint)
   */
  async call(request: OpenstackRequest): Promise<unknown> {
    const first = await this.#send(request);
    if (first.status !== 401) return bodyOf(request, first);
    this.#token = undefined;
    return bodyOf(request, await this.#send(request));
  }

  async #send({ method, type, path, body, headers }: OpenstackRequest): Promise<HttpResponse> {
    const { token, endpoint } = await this.#endpoint(type);
    return this.#options.http({
      method,
      url: `${endpoint.replace(/\/$/, '')}${path}`,
      headers: {
        'x-auth-token': token.id,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs,
    });
  }

  /** A token shows the catalog of when it was issued: what is not in it may have come since. */
  async #endpoint(type: string): Promise<{ readonly token: Token; readonly endpoint: string }> {
    const known = this.#current();
    const isListed = (await known).endpoints.has(type);
    // Unless another call has got a newer one meanwhile.
    if (!isListed && this.#token === known) this.#token = undefined;
    const token = await this.#current();
    const endpoint = token.endpoints.get(type);
    if (endpoint === undefined) throw terminal(`the catalog of the cloud has no ${type}`, { reason: 'NoEndpoint' });
    return { token, endpoint };
  }

  #current(): Promise<Token> {
    this.#token ??= this.#authenticate().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    return this.#token;
  }

  async #authenticate(): Promise<Token> {
    const {
      http,
      authUrl,
      username,
      password,
      domain = 'Default',
      project = 'admin',
      endpoints = 'internal',
    } = this.#options;
    const identity = {
      methods: ['password'],
      password: { user: { name: username, domain: { name: domain }, password } },
    };
    const response = await http({
      method: 'POST',
      url: `${authUrl}/auth/tokens`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain: { name: domain } } } } }),
      timeoutMs,
    });
    const what = { method: 'POST', type: 'identity', path: '/auth/tokens' } as const;
    const parsed = TokenSchema.safeParse(bodyOf(what, response));
    const id = response.headers['x-subject-token'];
    if (!parsed.success || id === undefined)
      throw transient('the identity API answered without a token or catalog', { reason: 'BadAnswer' });
    const urls = parsed.data.token.catalog.flatMap(({ type, endpoints: all }) => {
      const found = all.find((endpoint) => endpoint.interface === endpoints);
      return found === undefined ? [] : [[type, found.url] as const];
    });
    return { id, endpoints: new Map(urls) };
  }
}

function bodyOf({ method, type, path }: OpenstackRequest, { status, body }: HttpResponse): unknown {
  const text = Buffer.from(body).toString('utf8');
  if (status >= 200 && status < 300) return text === '' ? undefined : jsonOf(text);
  const what = `${method} ${path} of the ${type} API was answered with ${status}: ${sentenceOf(text)}`;
  if (status === 404) throw notFound(what);
  if (status === 409 || status === 429 || status >= 500) throw transient(what, { reason: `Status${status}` });
  throw terminal(what, { reason: status === 401 ? 'Unauthorized' : status === 403 ? 'Forbidden' : 'Refused' });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw transient('an OpenStack API answered with something that is no JSON', { cause, reason: 'BadAnswer' });
  }
}

/** The API's own words: `{"badRequest": {"message": …}}` or `{"error": {"message": …}}`. */
function sentenceOf(text: string): string {
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 200);
}
