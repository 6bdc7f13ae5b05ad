import type { AnyReconciler } from '@keelson/reconcile';
import type { Clock, Http, Random } from '@keelson/std';
import type { BaremetalConfig } from './config.js';

/** What the reconcilers of this service need beside the API. */
export interface BaremetalContext {
  readonly config: BaremetalConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** To BMCs. */
  readonly http: Http;
}

/** Every reconciler of the service. */
export function baremetalReconcilers(_context: BaremetalContext): readonly AnyReconciler[] {
  return [];
}
