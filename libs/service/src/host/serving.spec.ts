import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from '@keelson/std';
import type { RunningServer } from '../http/server.js';
import { type Serving, serve } from './serving.js';

const host = '127.0.0.1';

/** A bare listener: what opens a port here is not what is tested. */
function listen(port: number): Promise<RunningServer> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const close = (): Promise<void> => new Promise((done) => server.close(() => done()));
      resolve({ port: typeof address === 'object' && address !== null ? address.port : port, close });
    });
  });
}

describe('the ports of a service that stands by', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function beside(isReady: () => boolean): Promise<{ old: [RunningServer, RunningServer]; young: Serving }> {
    const old: [RunningServer, RunningServer] = [await listen(0), await listen(0)];
    ends.push(...old.map((server) => () => server.close()));
    const young = await serve({
      host,
      http: { number: old[0].port, open: () => listen(old[0].port) },
      grpc: { number: old[1].port, open: () => listen(old[1].port) },
      standby: () => listen(0),
      isReady: async () => isReady(),
      clock: systemClock,
    });
    ends.push(
      () => young.http.close(),
      () => young.grpc.close(),
    );
    return { old, young };
  }

  it('are taken when the other has given both up and it is ready itself, not before', async () => {
    let isReady = false;
    const { old, young } = await beside(() => isReady);
    const told: string[] = [];
    const leads = young.hasPorts.then((has) => told.push(`has them: ${has}`));
    const [http, grpc] = old;
    for (const [what, act] of [
      ['ready', async () => void (isReady = true)],
      ['http free', () => http.close()],
      ['grpc free', () => grpc.close()],
    ] as const) {
      await sleep(systemClock, 120);
      told.push(what);
      await act();
    }
    await leads;
    expect(told).toEqual(['ready', 'http free', 'grpc free', 'has them: true']);
    await expect(listen(http.port)).rejects.toThrow('EADDRINUSE');
  });

  it('are not waited for any more when it ends', async () => {
    const { young } = await beside(() => true);
    await young.http.close();
    await young.grpc.close();
    expect(await young.hasPorts).toBe(false);
  });
});
