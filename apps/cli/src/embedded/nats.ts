import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  declaredGrants,
  ensureStreams,
  natsServerConfig,
  provisionerName,
  provisionerPermissions,
  servicePermissions,
  standInGrant,
} from '@keelson/bus';
import type { Component } from './supervision/component.js';
import type { Credentials } from './credentials/credentials.js';
import type { Layout } from './layout.js';
import { ensureNatsServer } from './nats-server.js';
import { writePrivate } from './credentials/secrets.js';

/** NATS with JetStream and TLS on loopback, and one user for each service that may do what its declarations say. */
export function natsComponent(layout: Layout, port: number, credentials: Credentials): Component {
  const home = join(layout.home, 'nats');
  const configFile = join(home, 'nats.conf');
  const certificate = credentials.certificate('nats');
  const provisioner = credentials.nats(provisionerName);
  return {
    name: 'nats',
    title: 'NATS',
    after: [],
    command: ensureNatsServer(layout, () => undefined),
    args: ['-c', configFile],
    env: {},
    stopSignal: 'SIGTERM',
    stopGraceMs: 10_000,
    prepare: async () => {
      mkdirSync(home, { recursive: true, mode: 0o700 });
      const users = [
        { nkey: provisioner.natsKey, permissions: provisionerPermissions() },
        ...[...declaredGrants(), standInGrant('lab')].map((grant) => ({
          nkey: credentials.nats(grant.service).natsKey,
          permissions: servicePermissions(grant),
        })),
      ];
      writePrivate(
        configFile,
        natsServerConfig({
          port,
          storeDir: join(home, 'jetstream'),
          tls: { certFile: certificate.cert, keyFile: certificate.key },
          users,
        }),
      );
    },
    probe: () => probe(port),
    provision: async () => {
      const nkeySeed = readFileSync(provisioner.natsSeedFile, 'utf8');
      await ensureStreams({
        servers: `127.0.0.1:${port}`,
        credentials: { nkeySeed },
        tls: { ca: credentials.authority.certPem },
      });
    },
  };
}

/** A nats-server greets every connection with its INFO line, in clear, before TLS. */
function probe(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    const done = (missing: string | undefined): void => {
      socket.destroy();
      resolve(missing);
    };
    socket.once('data', (greeting) =>
      done(greeting.toString('latin1').startsWith('INFO') ? undefined : 'something else answers on its port'),
    );
    socket.once('timeout', () => done('does not greet'));
    socket.once('error', () => done('does not listen yet'));
  });
}
