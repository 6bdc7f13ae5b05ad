import type { KubeApi } from '@keelson/kube';
import type { AnyReconciler } from '@keelson/reconcile';
import { terminal } from '@keelson/std';
import type { Operations } from '../operations.js';

/** The reconcile kit's manager, as far as a host needs it. */
export interface Manager extends Operations {
  start(): Promise<void>;
  stop(): Promise<void>;
  lacks(): string | undefined;
}

/** Not there yet: the kit's manager takes this place as soon as it lands. */
export function createManager(_options: { readonly service: string; readonly reconcilers: readonly AnyReconciler[]; readonly api: KubeApi }): Manager {
  throw terminal('the reconcile kit has no manager yet');
}
