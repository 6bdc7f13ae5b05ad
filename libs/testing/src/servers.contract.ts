import { describe, expect, it } from '@jest/globals';
import { createAuthority, issueCertificate, systemClock } from '@keelson/std';
import pg from 'pg';
import { lackOfNats, startNats } from './nats.js';
import { lackOfPostgres, startPostgres } from './postgres.js';

const when = (lack: string | undefined): typeof describe.skip => (lack === undefined ? describe : describe.skip);

async function ask(url: string, ca?: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, ...(ca === undefined ? {} : { ssl: { ca } }) });
  await client.connect();
  try {
    return (await client.query('select 1 + 1 as two')).rows;
  } finally {
    await client.end();
  }
}

when(lackOfPostgres())('a throwaway PostgreSQL', () => {
  it('answers, also after a crash, and is gone after stop', async () => {
    const postgres = await startPostgres();
    try {
      expect(await ask(postgres.adminUrl)).toEqual([{ two: 2 }]);
      await postgres.restart('immediate');
      expect(await ask(postgres.adminUrl)).toEqual([{ two: 2 }]);
    } finally {
      await postgres.stop();
    }
    await expect(ask(postgres.adminUrl)).rejects.toThrow('ECONNREFUSED');
  });

  it('serves TLS only when given a certificate', async () => {
    const notBefore = systemClock.now() - 3_600_000;
    const authority = createAuthority({ commonName: 'test CA', notBefore, days: 2 });
    const tls = issueCertificate(authority, {
      commonName: 'postgres',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      notBefore,
      days: 2,
    });
    const postgres = await startPostgres({ tls });
    try {
      expect(await ask(postgres.adminUrl, authority.certPem)).toEqual([{ two: 2 }]);
      await expect(ask(postgres.adminUrl)).rejects.toThrow('no encryption');
    } finally {
      await postgres.stop();
    }
  });
});

when(lackOfNats())('a throwaway nats-server', () => {
  it('starts again on its port', async () => {
    const nats = await startNats();
    const before = nats.server;
    await nats.restart('SIGKILL');
    expect(nats.server).toBe(before);
    await nats.stop();
  });
});
