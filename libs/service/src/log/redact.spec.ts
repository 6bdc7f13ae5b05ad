import { describe, expect, it } from '@jest/globals';
import { withoutSecretFields, withoutSecrets } from './redact.js';

describe('what is hidden in logs', () => {
  it.each([
    [
      'a URL keeps its user',
      'connecting to postgres://svc:p%40ss@127.0.0.1:5432/keelson',
      'connecting to postgres://svc:[hidden]@127.0.0.1:5432/keelson',
    ],
    ['a bearer token', 'Authorization: Bearer abcdefgh12345', 'Authorization: Bearer [hidden]'],
    [
      'a service-account token',
      'token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln was refused',
      'token [hidden] was refused',
    ],
    ['a private key', 'key -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY----- end', 'key [hidden] end'],
    [
      'nothing else',
      'https://127.0.0.1:8443/redfish/v1 answered 503',
      'https://127.0.0.1:8443/redfish/v1 answered 503',
    ],
  ])('%s', (_what, text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
  });

  it('members by their name, at any depth', () => {
    expect(
      withoutSecretFields({
        host: 'a',
        password: 'x',
        bmc: { apiToken: 'y', users: [{ secret: 'z' }] },
        error: new Error('redis://u:p@h'),
      }),
    ).toEqual({
      host: 'a',
      password: '[hidden]',
      bmc: { apiToken: '[hidden]', users: [{ secret: '[hidden]' }] },
      error: 'redis://u:[hidden]@h',
    });
  });
});
