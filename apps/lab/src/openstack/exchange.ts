/** One request to an OpenStack API, and its answer, as far from HTTP as JSON bodies allow. */
export interface CloudRequest {
  readonly method: string;
  /** After the service's root, percent escapes decoded by the router. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

export interface CloudResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; undefined sends no body. */
  readonly body?: unknown;
}

export type Doc = Readonly<Record<string, unknown>>;

/** What an API answers instead of what was asked for. */
export class CloudError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const missing = (what: string, id: string): CloudError =>
  new CloudError(404, `${what} ${id} could not be found.`);
export const refused = (message: string): CloudError => new CloudError(400, message);
export const clash = (message: string): CloudError => new CloudError(409, message);

export function isDoc(value: unknown): value is Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of a body, which must be an object; with `{}` for one that is null or absent. */
export function docAt(body: unknown, member: string): Doc {
  const value = isDoc(body) ? body[member] : undefined;
  return isDoc(value) ? value : {};
}

export function textAt(doc: Doc, member: string): string | undefined {
  const value = doc[member];
  return typeof value === 'string' ? value : undefined;
}

type Parameters = Readonly<Record<string, string>>;
type Answering = (request: CloudRequest, parameters: Parameters) => CloudResponse;

/** `GET /servers/:id` and who answers it. */
export type Route = readonly [method: string, pattern: string, answer: Answering];

/** Finds who answers: 404 when nobody knows the path, 405 when nobody knows the method there. */
export function answerWith(routes: readonly Route[], request: CloudRequest): CloudResponse {
  let isKnown = false;
  for (const [method, pattern, answer] of routes) {
    const parameters = matched(pattern, request.path);
    if (parameters === undefined) continue;
    isKnown = true;
    if (method === request.method || (method === 'GET' && request.method === 'HEAD'))
      return answer(request, parameters);
  }
  throw isKnown
    ? new CloudError(405, `The method ${request.method} is not allowed for this resource.`)
    : new CloudError(404, `The resource could not be found: ${request.path} (simulated)`);
}

function matched(pattern: string, path: string): Parameters | undefined {
  const wanted = pattern.split('/').filter((part) => part !== '');
  const given = path.split('/').filter((part) => part !== '');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = decodeURIComponent(given[i] ?? '');
    if (part.startsWith(':')) parameters[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return parameters;
}

export const ok = (body: unknown, status = 200): CloudResponse => ({ status, body });
export const done = (status = 204): CloudResponse => ({ status });

/** Whether a row has every value that the query asks of a member it has. */
export function isAsked(doc: Doc, query: URLSearchParams): boolean {
  return [...query].every(([name, value]) => !(name in doc) || String(doc[name]) === value);
}
