import { type Clock, type Http, messageOf } from '@keelson/std';
import type { Draft } from '../storage/stored.js';
import { type Verdict, verdictOf } from './review.js';
import type { Webhook } from './webhook.js';

export interface Asking {
  /** Absent: this server calls nobody. */
  readonly http: Http | undefined;
  readonly clock: Clock;
}

/** A webhook gave no answer that can be used: its failurePolicy decides what that means. */
export class WebhookFailed extends Error {
  constructor(name: string, why: string) {
    super(`failed calling webhook ${JSON.stringify(name)}: ${why}`);
    this.name = 'WebhookFailed';
  }
}

const maxAnswerBytes = 10 * 1024 * 1024;

/**
 * Sends an AdmissionReview and reads the answer.
 *
 * @throws WebhookFailed when it cannot be reached, is late or answers with anything but a review
 */
export async function askWebhook(asking: Asking, webhook: Webhook, request: Draft): Promise<Verdict> {
  const body = await post(asking, webhook, { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  try {
    return verdictOf(JSON.parse(body), String(request.uid), webhook.isMutating);
  } catch (error) {
    throw new WebhookFailed(
      webhook.name,
      `received invalid webhook response: ${error instanceof SyntaxError ? 'it is no JSON' : messageOf(error)}`,
    );
  }
}

async function post({ http, clock }: Asking, webhook: Webhook, review: Draft): Promise<string> {
  const { name, url, timeoutSeconds, authority } = webhook;
  const address = `${url}?timeout=${timeoutSeconds}s`;
  const failed = (why: string): WebhookFailed => new WebhookFailed(name, `failed to call webhook: ${why}`);
  if (http === undefined) throw failed('this server was started without the means to call webhooks');
  const abort = new AbortController();
  const answer = http({
    method: 'POST',
    url: address,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(review),
    timeoutMs: timeoutSeconds * 1000,
    signal: abort.signal,
    ...(authority === undefined ? {} : { tls: { ca: authority } }),
  });
  const late = new Promise<never>((_, reject) => {
    const timer = clock.schedule(timeoutSeconds * 1000, () => {
      abort.abort();
      reject(new Error('context deadline exceeded'));
    });
    const cancel = (): void => timer.cancel();
    answer.then(cancel, cancel);
  });
  const response = await Promise.race([answer, late]).catch((error: unknown) => {
    throw failed(
      `Post ${JSON.stringify(address)}: ${isTimeout(error) ? 'context deadline exceeded' : messageOf(error)}`,
    );
  });
  if (response.status < 200 || response.status > 299) throw failed(answeredBadly(response.status, response.body));
  if (response.body.length > maxAnswerBytes) throw failed('the answer is longer than 10 MiB');
  return Buffer.from(response.body).toString('utf8');
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'Timeout';
}

/** As client-go words an answer that is no Status. */
function answeredBadly(status: number, body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8').slice(0, 1024).trim();
  if (status === 404) return 'the server could not find the requested resource';
  if (status >= 500)
    return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return `the server rejected our request for an unknown reason (HTTP ${status})`;
}
