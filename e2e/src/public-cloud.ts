import { request } from 'node:https';
import { Session } from '@keelson/openstack';
import { type Http, type HttpRequest, type HttpResponse, transient } from '@keelson/std';
import { load } from 'js-yaml';

/** What reaching a cloud from outside takes. */
export interface PublicCloudOptions {
  /** The text of `clouds.yaml`. */
  readonly clouds: string;
  /** Address of the ingress: what a DNS record of every public name would say. */
  readonly address: string;
  /** PEM of the authority that signed the public certificate. */
  readonly authority: string;
}

interface CloudsFile {
  readonly clouds: Readonly<
    Record<
      string,
      { readonly auth: { readonly auth_url: string; readonly username: string; readonly password: string } }
    >
  >;
}

/** A cloud as its users see it: by the public names of its endpoints over TLS, as the administrator of `clouds.yaml`. */
export function publicCloud({ clouds, address, authority }: PublicCloudOptions): Session {
  const auth = (load(clouds) as CloudsFile).clouds['admin']?.auth;
  if (auth === undefined) throw new Error('clouds.yaml has no cloud of the name admin');
  return new Session({
    http: dialling(address, authority),
    authUrl: `${auth.auth_url.replace(/\/$/, '')}/v3`,
    username: auth.username,
    password: auth.password,
    endpoints: 'public',
  });
}

/** HTTPS to one address, whatever the name in the URL; the certificate must be of that name all the same. */
function dialling(address: string, ca: string): Http {
  return (wanted) =>
    new Promise((resolve, reject) => {
      const asked = request(
        wanted.url,
        {
          method: wanted.method,
          headers: { ...wanted.headers },
          ca,
          timeout: wanted.timeoutMs,
          lookup: (_name, options, found) => {
            if (options.all === true) found(null, [{ address, family: 4 }]);
            else found(null, address, 4);
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', (error) => reject(unreachable(wanted, error)));
          response.once('end', () => resolve(answerOf(response.statusCode ?? 0, response.headers, chunks)));
        },
      );
      asked.once('timeout', () => asked.destroy(new Error(`no answer within ${wanted.timeoutMs} ms`)));
      asked.once('error', (error) => reject(unreachable(wanted, error)));
      asked.end(wanted.body);
    });
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  chunks: readonly Buffer[],
): HttpResponse {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const);
  return { status, headers: Object.fromEntries(flat), body: Buffer.concat(chunks) };
}

function unreachable({ method, url }: HttpRequest, cause: Error): Error {
  return transient(`${method} ${new URL(url).origin}: ${cause.message}`, { cause, reason: 'Unreachable' });
}
