import {
  type Failure,
  type FailureOptions,
  type HttpResponse,
  conflict,
  messageOf,
  terminal,
  transient,
} from '@keelson/std';
import { type Resource, isResource, resourcesAt, textAt } from './resource.js';

/** The exchange itself failed: nothing is known of what the BMC did with it. */
export function unreachable(what: string, cause: unknown): Failure {
  return transient(`${what}: the BMC did not answer: ${messageOf(cause)}`, { cause, reason: 'BMCUnreachable' });
}

export function badAnswer(what: string, detail: string, cause?: unknown): Failure {
  return transient(`${what}: the BMC's answer cannot be read: ${detail}`, { cause, reason: 'BMCBadAnswer' });
}

export function unsupported(what: string, detail: string): Failure {
  return terminal(`${what}: ${detail}`, { reason: 'BMCUnsupported' });
}

export function wrongCredentials(what: string, username: string): Failure {
  return terminal(
    `${what}: the BMC refuses user ${username}; put the right user name and password into the BareMetalHostCredential`,
    {
      reason: 'BMCAuthenticationFailed',
    },
  );
}

/** Sorts an answer of 400 and more. 401 and 403 are sorted by the session, which knows whether to log in again. */
export function sortAnswer(what: string, response: HttpResponse): Failure {
  const said = `${what}: the BMC answered ${response.status}${saying(response)}`;
  const { status } = response;
  if (status === 429 || status >= 500)
    return status === 501 ? unsupported(what, `not implemented${saying(response)}`) : transient(said, busy(response));
  if (status === 404 || status === 405)
    return unsupported(what, `the BMC has no such thing (${status})${saying(response)}`);
  if (status === 409 || status === 423) return transient(said, busy(response));
  if (status === 412) return conflict(said, { reason: 'BMCChanged' });
  return terminal(said, { reason: 'BMCRefused' });
}

function busy(response: HttpResponse): FailureOptions {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0
    ? { reason: 'BMCBusy', retryAfterSeconds: seconds }
    : { reason: 'BMCBusy' };
}

/** The text of a Redfish error: `error.@Message.ExtendedInfo[].Message` (DSP0266, 8.6), else `error.message`. */
function saying(response: HttpResponse): string {
  const body = jsonOf(response);
  const error = body === undefined ? undefined : body['error'];
  if (!isResource(error)) return '';
  const extended = resourcesAt(error, '@Message.ExtendedInfo').map((info) => textAt(info, 'Message'));
  const text = extended.find((message) => message !== undefined) ?? textAt(error, 'message');
  return text === undefined ? '' : `: ${text.slice(0, 300)}`;
}

/** Made once: a decoder costs more than most answers take to read. */
const utf8 = new TextDecoder();

/** The body as an object, or undefined when it is none. */
export function jsonOf(response: HttpResponse): Resource | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(response.body));
    return isResource(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
