import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { environmentOf, readSettings } from './settings.js';

const definition = { name: 'baremetal-svc', config: z.object({ KEELSON_BAREMETAL_URL: z.url() }) };

const complete = {
  KEELSON_KUBECONFIG: '/k',
  KEELSON_NATS_URL: 'tls://127.0.0.1:4222',
  KEELSON_NATS_SEED_FILE: '/n',
  KEELSON_POSTGRES_URL_FILE: '/p',
  KEELSON_CA_FILE: '/ca',
  KEELSON_HTTP_PORT: '1',
  KEELSON_GRPC_PORT: '2',
  KEELSON_TLS_CERT_FILE: '/c',
  KEELSON_TLS_KEY_FILE: '/y',
  KEELSON_API_TOKEN_FILE: '/t',
  KEELSON_BAREMETAL_URL: 'https://svc:1',
};

describe('settings', () => {
  it('have defaults for what need not be said', () => {
    const { common, own } = readSettings(definition, complete);
    expect({
      host: common.KEELSON_HOST,
      level: common.KEELSON_LOG_LEVEL,
      elects: common.KEELSON_LEADER_ELECTION,
      own,
    }).toEqual({
      host: '127.0.0.1',
      level: 'info',
      elects: false,
      own: { KEELSON_BAREMETAL_URL: 'https://svc:1' },
    });
  });

  it('of one service override those of the process', () => {
    const environment = {
      KEELSON_HTTP_PORT: '1',
      BAREMETAL_SVC__KEELSON_HTTP_PORT: '7',
      LIFECYCLE_SVC__KEELSON_HTTP_PORT: '8',
    };
    expect(environmentOf('baremetal-svc', environment)['KEELSON_HTTP_PORT']).toBe('7');
  });

  it('that are wrong are all named at once, without their values', () => {
    const wrong = { ...complete, KEELSON_HTTP_PORT: 'sesame', KEELSON_NATS_URL: '', KEELSON_BAREMETAL_URL: 'nowhere' };
    expect(() => readSettings(definition, wrong)).toThrow(
      /^(?!.*(sesame|nowhere)).*KEELSON_NATS_URL.*KEELSON_HTTP_PORT.*KEELSON_BAREMETAL_URL/s,
    );
  });
});
