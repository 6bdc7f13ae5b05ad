import type { HttpResponse } from '@keelson/std';

const utf8 = new TextEncoder();

/** An answer with a JSON body. */
export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const text = utf8.encode(JSON.stringify(body));
  return {
    status,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      'odata-version': '4.0',
      'content-length': String(text.length),
      ...headers,
    },
    body: text,
  };
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'odata-version': '4.0', 'content-length': '0', ...headers }, body: new Uint8Array() };
}

/** An error as Redfish words it (DSP0266, 8.6); `id` is a message of the Base registry. */
export function refusal(
  status: number,
  id: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const info = {
    '@odata.type': '#Message.v1_1_2.Message',
    MessageId: `Base.1.18.${id}`,
    Message: message,
    Severity: 'Critical',
  };
  return answer(status, { error: { code: `Base.1.18.${id}`, message, '@Message.ExtendedInfo': [info] } }, headers);
}

export const noSuchResource = (path: string): HttpResponse =>
  refusal(404, 'ResourceMissingAtURI', `The resource at the URI ${path} was not found.`);

export const notAllowed = (method: string, path: string): HttpResponse =>
  refusal(405, 'OperationNotAllowed', `The HTTP method ${method} is not allowed on ${path}.`);

export const badValue = (value: unknown, property: string): HttpResponse =>
  refusal(
    400,
    'PropertyValueNotInList',
    `The value ${JSON.stringify(value)} for the property ${property} is not in the list of acceptable values.`,
  );
