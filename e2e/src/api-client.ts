import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';

export interface ApiClientOptions {
  readonly port: number;
  readonly credentials: { readonly ca: string; readonly cert: string; readonly key: string };
  /** How long an answer may take, in milliseconds; 30,000 when absent. */
  readonly timeoutMs?: number;
}

export interface ApiAnswer {
  readonly code: number;
  readonly text: string;
}

export interface WatchLine {
  readonly type: string;
  readonly object: ApiObject;
}

export interface ApiObject {
  readonly kind?: string;
  readonly code?: number;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** The plainest client of a Kubernetes API: it repeats, remembers and repairs nothing, so that what it sees is what was sent. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #agent: Agent;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ ...options.credentials, keepAlive: true, maxFreeSockets: 128 });
  }

  /** @throws Error when no whole answer came: what was asked may have been done or not */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const type: Record<string, string> = content === undefined ? {} : { 'content-type': 'application/json' };
      const outgoing = this.#request(method, path, { ...type, ...headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('aborted', () => reject(new Error('the answer was cut off')));
        incoming.on('end', () =>
          resolve({ code: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.setTimeout(this.#options.timeoutMs ?? 30_000, () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(content);
    });
  }

  /** @throws Error with the answer when it is no success */
  async must<A = ApiObject>(method: string, path: string, body?: unknown): Promise<A> {
    const { code, text } = await this.send(method, path, body);
    if (code >= 300) throw new Error(`${method} ${path}: ${code} ${text.slice(0, 500)}`);
    return JSON.parse(text) as A;
  }

  /** Follows a watch to its end, whatever ends it; gives the HTTP status, or 0 when there was no answer. */
  watch(path: string, event: (line: WatchLine) => void, signal: AbortSignal): Promise<number> {
    return this.lines(path, (line) => event(JSON.parse(line) as WatchLine), signal);
  }

  /** Gives the lines of an answer as they come, unread. */
  lines(path: string, line: (line: string) => void, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      let code = 0;
      const done = (): void => resolve(code);
      const follow = (incoming: IncomingMessage): void => {
        code = incoming.statusCode ?? 0;
        let rest = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          if (code === 200) for (const each of lines) line(each);
        });
        for (const end of ['end', 'error', 'aborted', 'close']) incoming.on(end, done);
      };
      const outgoing = this.#request('GET', path, {}, follow, signal);
      outgoing.on('error', done);
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #request(
    method: string,
    path: string,
    headers: Record<string, string>,
    answered: (incoming: IncomingMessage) => void,
    signal?: AbortSignal,
  ): ReturnType<typeof request> {
    const { port } = this.#options;
    const options = { host: '127.0.0.1', port, method, path, headers, agent: this.#agent };
    return request({ ...options, ...(signal === undefined ? {} : { signal }) }, answered);
  }
}
