import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemHttp } from './system-http.js';

describe('HTTP through a proxy', () => {
  const tunnels: string[] = [];
  let origin: Server;
  let proxy: Server;
  const listening = (server: Server): Promise<string> =>
    new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    );

  beforeEach(() => {
    tunnels.length = 0;
    origin = createServer((_request, response) => response.end('the index'));
    proxy = createServer().on('connect', ({ url = '' }, socket) => {
      tunnels.push(url);
      const [host, port] = url.split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => undefined);
    });
  });
  afterEach(() => {
    for (const server of [origin, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('goes through a tunnel of the proxy, and past it without one', async () => {
    const [url, through] = await Promise.all([listening(origin), listening(proxy)]);
    const ask = { method: 'GET', url, timeoutMs: 5_000 } as const;
    const bodies = [await systemHttp({ ...ask, proxy: through }), await systemHttp(ask)].map(({ body }) =>
      Buffer.from(body).toString(),
    );
    expect([bodies, tunnels]).toEqual([['the index', 'the index'], [new URL(url).host]]);
  });

  it('fails as unreachable when the proxy is away', async () => {
    const url = await listening(origin);
    const ask = systemHttp({ method: 'GET', url, timeoutMs: 5_000, proxy: 'http://127.0.0.1:9' });
    await expect(ask).rejects.toMatchObject({ sort: 'transient', reason: 'Unreachable' });
  });
});
