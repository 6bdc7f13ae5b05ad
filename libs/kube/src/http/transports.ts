import { createHash } from 'node:crypto';
import type { Trust } from './access.js';
import { http1Transport } from './http1.js';
import { http2Transport } from './http2.js';
import type { Transport } from './transport.js';

const open = new Map<string, Transport>();

/** The transport to a server, one for all clients that trust it in the same way and show the same certificate. */
export function transportTo(origin: string, trust: Trust): Transport {
  const id = createHash('sha256')
    .update(JSON.stringify([origin, trust]))
    .digest('hex');
  const known = open.get(id);
  if (known !== undefined) return known;
  const transport = origin.startsWith('https:') ? http2Transport(origin, trust) : http1Transport(origin, trust);
  open.set(id, transport);
  return transport;
}
