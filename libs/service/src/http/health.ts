import { jsonResponse, type Route } from '../routes/route.js';

/** What a service still lacks, in a few words each; empty when it is ready. */
export type Lacks = () => Promise<readonly string[]>;

/** `/healthz`: the process answers. `/readyz`: all it needs is there, or what is not. Both open, as probes have no token. */
export function healthRoutes(service: string, lacks: Lacks): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      auth: 'open',
      handler: async () => jsonResponse(200, { service, status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      auth: 'open',
      handler: async () => {
        const missing = await lacks();
        return missing.length === 0
          ? jsonResponse(200, { service, status: 'ready' })
          : jsonResponse(503, { service, status: 'not ready', lacks: missing });
      },
    },
  ];
}
