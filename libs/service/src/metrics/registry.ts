import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Route } from '../routes/route.js';

/** Metrics of one service: a registry of its own, so that several can share a process. */
export function serviceRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `/metrics` in Prometheus' text form. */
export function metricsRoute(registry: Registry): Route {
  return {
    method: 'GET',
    path: '/metrics',
    auth: 'token',
    handler: async () => ({
      status: 200,
      headers: { 'content-type': registry.contentType },
      body: await registry.metrics(),
    }),
  };
}
