import type { SimulatedCloud } from './cloud.js';
import { type Doc, type Route, ok } from './exchange.js';
import type { StorageService } from './storage-services.js';

/** manila, API v2: its services, and shares that nobody has made. @param services what reports itself now */
export function shareRoutes(cloud: SimulatedCloud, services: readonly StorageService[]): readonly Route[] {
  const rows = services.map(({ binary, host, up, updatedAt }): Doc => ({
    id: `${binary}.${host}`,
    binary,
    host,
    zone: 'nova',
    status: 'enabled',
    state: up ? 'up' : 'down',
    updated_at: updatedAt,
  }));
  return [
    ['GET', '/v2/services', () => ok({ services: rows })],
    ['GET', '/v2/shares', () => ok({ shares: cloud.collection('shares').list(new URLSearchParams()) })],
  ];
}
