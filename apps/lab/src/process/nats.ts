import { readFile } from 'node:fs/promises';
import type { NatsAddress } from '@keelson/bus';
import type { LabConfig } from '../config.js';

/** How to reach NATS; undefined where the lab is to stand in for nobody. */
export async function natsAddress(config: LabConfig): Promise<NatsAddress | undefined> {
  const { KEELSON_LAB_NATS_URL: servers, KEELSON_LAB_NATS_SEED_FILE: seed, KEELSON_LAB_NATS_CA_FILE: ca } = config;
  if (servers === undefined) return undefined;
  return {
    servers,
    ...(seed === undefined ? {} : { credentials: { nkeySeed: (await readFile(seed, 'utf8')).trim() } }),
    ...(ca === undefined ? {} : { tls: { ca: await readFile(ca, 'utf8') } }),
  };
}
