import type { Http, HttpRequest } from '@keelson/std';
import { Session } from './session.js';

export const authUrl = 'http://keystone-api.openstack.svc.cluster.local:5000/v3';
export const nova = 'http://nova-api.openstack.svc.cluster.local:8774/v2.1';

export type Answer = readonly [status: number, body: unknown];

/** An API that answers by script; tokens are `token-1`, `token-2`, … and only the newest is taken. */
export class Script {
  readonly requests: HttpRequest[] = [];
  tokens = 0;
  /** Service types in the catalog of the tokens to come. */
  serves: readonly string[] = ['compute'];
  readonly #answer: (request: HttpRequest) => Answer;

  constructor(answer: (request: HttpRequest) => Answer) {
    this.#answer = answer;
  }

  readonly http: Http = async (request) => {
    this.requests.push(request);
    const [status, body] = request.url === `${authUrl}/auth/tokens` ? this.#token() : this.#answer(request);
    return { status, headers: { 'x-subject-token': `token-${this.tokens}` }, body: Buffer.from(JSON.stringify(body)) };
  };

  #token(): Answer {
    this.tokens += 1;
    const endpoints = [
      { interface: 'public', url: 'https://nova.example.org/v2.1' },
      { interface: 'internal', url: `${nova}/` },
    ];
    return [201, { token: { catalog: this.serves.map((type) => ({ type, endpoints })) } }];
  }
}

/** A session of the administrator whose calls a script answers. */
export function sessionOf({ http }: Script): Session {
  return new Session({ http, authUrl, username: 'admin', password: 'secret' });
}
