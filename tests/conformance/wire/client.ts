import { request } from 'node:https';

/** A server to replay against. */
export interface Target {
  readonly port: number;
  /** PEM of the authority of the server and of clients. */
  readonly authority: string;
  /** A client certificate of that authority. */
  issue(user: string, groups: readonly string[]): { readonly certPem: string; readonly keyPem: string };
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For a watch: how many lines to read. */
  readonly events?: number | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const silenceMs = 4000;
const issued = new WeakMap<Target, Map<string, { readonly cert: string; readonly key: string }>>();

/** Sends one request over a connection of its own. A watch ends with the events it should read, or with silence. */
export function ask(target: Target, asked: Asked): Promise<Reply> {
  const { method, path, headers, body, events } = asked;
  const sent = {
    'user-agent': 'wire/1',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: target.port,
        path,
        method,
        headers: sent,
        ca: target.authority,
        ...credentialsOf(target, asked.as),
        agent: false,
      },
      (incoming) => {
        let text = '';
        const done = (): void => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
          outgoing.destroy();
        };
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
          if (events !== undefined && text.split('\n').length > events) done();
        });
        incoming.on('end', done);
        incoming.on('error', done);
        if (events !== undefined) outgoing.setTimeout(silenceMs, done);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function credentialsOf(target: Target, as: string): { readonly cert?: string; readonly key?: string } {
  if (as === 'nobody') return {};
  const known = issued.get(target) ?? new Map<string, { readonly cert: string; readonly key: string }>();
  issued.set(target, known);
  let credentials = known.get(as);
  if (credentials === undefined) {
    const [user = '', groups = ''] = as.split('/');
    const { certPem, keyPem } = target.issue(user, groups === '' ? [] : groups.split(','));
    credentials = { cert: certPem, key: keyPem };
    known.set(as, credentials);
  }
  return credentials;
}
