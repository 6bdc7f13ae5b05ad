import { readFile } from 'node:fs/promises';
import { type OpenstackRequest, Session } from '@keelson/openstack';
import { type CloudSecrets, internalAuthority } from '@keelson/openstack-svc';
import { type Http, systemHttp, terminal } from '@keelson/std';
import { z } from 'zod';
import { domain, namespace } from './deployment.js';

/** The address of a Service of the cloud. */
export function serviceUrl(host: string, port: number, path = ''): string {
  return `https://${host}.${namespace}.svc.${domain}:${port}${path}`;
}

interface ApiUser {
  readonly username: string;
  readonly password: string;
}

/** Calls to the cloud's APIs, as a user of one project who trusts the authority of the cloud alone. */
export class Api {
  readonly http: Http;
  readonly #session: Session;
  readonly #user: ApiUser;

  constructor(user: ApiUser, secrets: CloudSecrets) {
    const tls = { ca: internalAuthority({ secrets }) };
    this.http = (request) => systemHttp({ ...request, tls });
    this.#user = user;
    this.#session = new Session({
      http: this.http,
      authUrl: serviceUrl('keystone-api', 5000, '/v3'),
      username: user.username,
      password: user.password,
    });
  }

  /** As the cloud's administrator, by the credentials of the moment. */
  static admin(secrets: CloudSecrets): Api {
    return new Api(secrets.user('keystone-admin'), secrets);
  }

  get session(): Session {
    return this.#session;
  }

  /** The body of an answer, read. @throws Failure as `Session.call`, or terminal for a body of another form */
  async call<T>(
    schema: z.ZodType<T>,
    method: OpenstackRequest['method'],
    type: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<T> {
    const answer = await this.#session.call({
      method,
      type,
      path,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw terminal(`${method} ${path} of ${type} was answered with another form: ${z.prettifyError(parsed.error)}`);
  }

  /** A call whose answer's body does not matter. */
  async send(method: OpenstackRequest['method'], type: string, path: string, body?: object): Promise<void> {
    await this.call(z.unknown(), method, type, path, body);
  }

  /** A token of its own, with the status that keystone gives for it. */
  async token(): Promise<{ readonly status: number; readonly token: string }> {
    const { username, password } = this.#user;
    const user = { name: username, password, domain: { name: 'Default' } };
    const scope = { project: { name: 'admin', domain: { name: 'Default' } } };
    const answer = await this.http({
      method: 'POST',
      url: serviceUrl('keystone-api', 5000, '/v3/auth/tokens'),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } }),
      timeoutMs: 60_000,
    });
    return { status: answer.status, token: answer.headers['x-subject-token'] ?? '' };
  }

  /** Fills an image. */
  async upload(image: string, file: string): Promise<void> {
    const { token } = await this.token();
    const { status } = await this.http({
      method: 'PUT',
      url: serviceUrl('glance-api', 9292, `/v2/images/${image}/file`),
      headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream' },
      body: await readFile(file),
      timeoutMs: 180_000,
    });
    if (status !== 204) throw terminal(`the upload of the image was answered with ${status}`, { reason: 'Refused' });
  }
}
