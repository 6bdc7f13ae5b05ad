import { describe, expect, it } from '@jest/globals';
import { catalogue, consumers, updateOwners } from '@keelson/contracts';
import { declaredGrants, provisionerPermissions, servicePermissions } from './grants.js';
import { natsServerConfig } from './server-config.js';

const grant = {
  service: 'lifecycle-svc',
  publishes: ['lifecycle.cluster.ready'],
  consumes: [{ stream: 'BAREMETAL', durable: 'lifecycle-host-available' }],
  requests: ['baremetal.host.why'],
  responds: ['lifecycle.cluster.why'],
};

describe('permissions', () => {
  it('of a service are its own news, consumers, answers and inbox', () => {
    expect(servicePermissions(grant)).toEqual({
      publish: [
        '$JS.API.INFO',
        'lifecycle.cluster.ready',
        'baremetal.host.why',
        '$JS.API.STREAM.INFO.BAREMETAL',
        '$JS.API.CONSUMER.INFO.BAREMETAL.lifecycle-host-available',
        '$JS.API.CONSUMER.MSG.NEXT.BAREMETAL.lifecycle-host-available',
        '$JS.ACK.BAREMETAL.lifecycle-host-available.>',
        'deadletter.lifecycle-host-available',
      ],
      subscribe: ['_INBOX.lifecycle-svc.>', 'lifecycle.cluster.why'],
      answersWithinSeconds: 120,
    });
  });

  it('declared for all services let each speak only for itself, and serve every consumer', () => {
    const grants = declaredGrants();
    const foreign = grants.flatMap(({ service, publishes, responds }) =>
      [...publishes, ...responds].filter((subject) => !subject.startsWith(`${service.replace('-svc', '')}.`)),
    );
    expect(foreign).toEqual([]);
    expect(grants.map(({ service }) => service)).toEqual(catalogue.map(({ service }) => service));
    expect(grants.flatMap(({ consumes }) => consumes.map(({ durable }) => durable)).sort()).toEqual(
      consumers.map(({ durable }) => durable).sort(),
    );
    expect(
      grants.flatMap(({ publishes }) => publishes).filter((subject) => subject.includes('>') || subject.includes('*')),
    ).toEqual([]);
  });
});

describe('orders', () => {
  it('are given by those that declare them and by nobody else', () => {
    const order = updateOwners.kubernetes.requests.update.subject;
    const givers = declaredGrants().filter(({ requests }) => requests.includes(order));
    expect(givers.map(({ service }) => service)).toEqual(['release-svc']);
    expect(declaredGrants().find(({ responds }) => responds.includes(order))?.service).toBe('lifecycle-svc');
  });
});

describe('the configuration of nats-server', () => {
  it('is as written', () => {
    const text = natsServerConfig({
      port: 14222,
      storeDir: '/data/jet "stream"',
      tls: { certFile: '/tls.crt', keyFile: '/tls.key' },
      users: [
        {
          user: 'lifecycle-svc',
          password: 'p"w',
          permissions: servicePermissions({ ...grant, consumes: [], requests: [] }),
        },
        { nkey: 'UABC', permissions: provisionerPermissions() },
      ],
    });
    expect(text.split('\n')).toEqual([
      'server_name: "keelson"',
      'listen: "127.0.0.1:14222"',
      'max_payload: 1048576',
      'max_connections: 1024',
      'write_deadline: "10s"',
      'lame_duck_duration: "30s"',
      'lame_duck_grace_period: "5s"',
      'jetstream {',
      '  store_dir: "/data/jet \\"stream\\""',
      '  max_memory_store: 67108864',
      '  max_file_store: 4294967296',
      '}',
      'tls {',
      '  cert_file: "/tls.crt"',
      '  key_file: "/tls.key"',
      '  timeout: 5',
      '}',
      'authorization {',
      '  timeout: 5',
      '  users: [',
      '    {',
      '      user: "lifecycle-svc"',
      '      password: "p\\"w"',
      '      permissions {',
      '        publish: {',
      '          allow: [',
      '            "$JS.API.INFO"',
      '            "lifecycle.cluster.ready"',
      '          ]',
      '        }',
      '        subscribe: {',
      '          allow: [',
      '            "_INBOX.lifecycle-svc.>"',
      '            "lifecycle.cluster.why"',
      '          ]',
      '        }',
      '        allow_responses: { max: 1, expires: "120s" }',
      '      }',
      '    }',
      '    {',
      '      nkey: "UABC"',
      '      permissions {',
      '        publish: {',
      '          allow: [',
      '            "$JS.API.>"',
      '          ]',
      '        }',
      '        subscribe: {',
      '          allow: [',
      '            "_INBOX.provisioner.>"',
      '          ]',
      '        }',
      '      }',
      '    }',
      '  ]',
      '}',
      '',
    ]);
  });

  it('holds no line breaks from values', () => {
    expect(() => natsServerConfig({ port: 1, storeDir: '/x\n}', users: [] })).toThrow('control character');
  });
});
