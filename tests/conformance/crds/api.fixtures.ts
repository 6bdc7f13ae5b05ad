import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { load } from 'js-yaml';
import { type ServedEngine, servedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';

export interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
}

/** A Kubernetes API, as an administrator meets it. */
export interface Api {
  send(method: string, path: string, body?: object, contentType?: string): Promise<Answer>;
  close(): Promise<void>;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: {
      readonly token?: string;
      readonly 'client-certificate-data'?: string;
      readonly 'client-key-data'?: string;
    };
  }[];
}

/** The server that KEELSON_CONFORMANCE_KUBECONFIG names, which may be a real one, or an embedded one made for the suite. */
export async function apiUnderTest(): Promise<Api> {
  const given = process.env.KEELSON_CONFORMANCE_KUBECONFIG;
  if (given !== undefined) return apiOf(given);
  const server: ServedEngine = await servedEngine();
  const api = apiOf(server.kubeconfig);
  return {
    send: (...asked) => api.send(...asked),
    async close() {
      await api.close();
      await server.close();
    },
  };
}

function apiOf(kubeconfig: string): Api {
  const { clusters, users } = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user`);
  const plain = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8');
  const agent = new Agent({
    keepAlive: true,
    ca: plain(cluster['certificate-authority-data']),
    cert: plain(user['client-certificate-data']),
    key: plain(user['client-key-data']),
  });
  const authorization = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
  return {
    send: (method, path, body, contentType = 'application/json') =>
      new Promise((resolve, reject) => {
        const headers = { accept: 'application/json', 'content-type': contentType, ...authorization };
        const sent = request(new URL(path, cluster.server), { agent, method, headers, timeout: 20_000 }, (received) => {
          let text = '';
          received.setEncoding('utf8');
          received.on('data', (part: string) => (text += part));
          received.on('end', () => resolve({ code: received.statusCode ?? 0, body: parsed(text) }));
        });
        sent.on('error', reject);
        sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} took too long`)));
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { message: text };
  }
}
