import { createHash } from 'node:crypto';
import type { Http, HttpRequest, HttpResponse } from '@keelson/std';
import { unreachable, wrongCredentials, sortAnswer } from './failures.js';

/** An account of a BMC and how to reach it. */
export interface Account {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  readonly verifyCertificate: boolean;
  readonly http: Http;
  readonly timeoutMs: number;
}

/** How a request proves who asks: by the token of a session, or by user name and password each time. */
export type Proof = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'basic' };

interface Entry {
  /** Digest of the password the proof was made with: a changed password logs in anew. */
  readonly password: string;
  proof: Promise<Proof>;
}

/**
 * Sessions by account. BMCs allow few sessions at once (often 8), so all clients of the same `http` share one per BMC
 * and account; the table hangs on the `http` itself, so that two worlds in one process never share.
 */
const tables = new WeakMap<Http, Map<string, Entry>>();

/** The proof for an account: one that exists, or a new login. Many callers at once share one login. */
export function proofFor(account: Account): Promise<Proof> {
  const table = tables.get(account.http) ?? new Map<string, Entry>();
  tables.set(account.http, table);
  const key = keyOf(account);
  const password = digestOf(account);
  const known = table.get(key);
  if (known !== undefined && known.password === password) return known.proof;
  const entry: Entry = { password, proof: logIn(account) };
  table.set(key, entry);
  entry.proof.catch(() => {
    if (table.get(key) === entry) table.delete(key);
  });
  return entry.proof;
}

const digests = new WeakMap<Account, string>();

/** Of the password; an account is asked for with every request and does not change. */
function digestOf(account: Account): string {
  const known = digests.get(account);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(account.password).digest('hex');
  digests.set(account, digest);
  return digest;
}

/** Forgets a proof that the BMC no longer takes, unless somebody has already got a newer one. */
export async function forget(account: Account, stale: Proof): Promise<void> {
  const table = tables.get(account.http);
  const entry = table?.get(keyOf(account));
  if (entry === undefined) return;
  const present = await entry.proof.catch(() => stale);
  if (present === stale && table?.get(keyOf(account)) === entry) table.delete(keyOf(account));
}

/** Headers that carry the proof. */
export function headersOf(account: Account, proof: Proof): Record<string, string> {
  if (proof.kind === 'token') return { 'x-auth-token': proof.token };
  const pair = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

/**
 * Creates a session (DSP0266, 13.3.4). A service without sessions answers 404, 405 or 501: then every request carries
 * the password.
 */
async function logIn(account: Account): Promise<Proof> {
  const what = `logging in at ${account.origin}`;
  const response = await exchange(what, account, {
    method: 'POST',
    url: `${account.origin}/redfish/v1/SessionService/Sessions`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ UserName: account.username, Password: account.password }),
  });
  const token = response.headers['x-auth-token'];
  if (response.status < 300 && token !== undefined && token !== '') return { kind: 'token', token };
  if (response.status < 300 || [404, 405, 501].includes(response.status)) return { kind: 'basic' };
  if (response.status === 401 || response.status === 403) throw wrongCredentials(what, account.username);
  throw sortAnswer(what, response);
}

/** One exchange with the BMC; a failure of the exchange itself is `BMCUnreachable`. */
export async function exchange(
  what: string,
  account: Account,
  request: Omit<HttpRequest, 'timeoutMs' | 'tls'>,
): Promise<HttpResponse> {
  try {
    return await account.http({ ...request, timeoutMs: account.timeoutMs, tls: { verify: account.verifyCertificate } });
  } catch (cause) {
    throw unreachable(what, cause);
  }
}

function keyOf(account: Account): string {
  return `${account.origin}|${account.username}|${account.verifyCertificate}`;
}
