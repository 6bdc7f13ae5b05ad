import type { AnyReconciler } from '@keelson/reconcile';
import type { Clock, Random } from '@keelson/std';
import type { Bmcs } from './bmc/bmcs.js';
import type { BaremetalConfig } from './config.js';
import { accountReconciler } from './account/account.reconciler.js';
import { credentialReconciler } from './credential/credential.reconciler.js';
import { hostReconciler } from './host/host.reconciler.js';
import { inventoryReconciler } from './inventory/inventory.reconciler.js';
import { ipaddrReconciler } from './ipaddr/ipaddr.reconciler.js';
import { ipamHostReconciler } from './ipam-host/ipam-host.reconciler.js';
import { l2TemplateReconciler } from './l2-template/l2-template.reconciler.js';
import { machineNetworkReconciler } from './machine-network/machine-network.reconciler.js';
import { subnetReconciler } from './subnet/subnet.reconciler.js';

/** What the reconcilers of this service need beside the API. */
export interface BaremetalContext {
  readonly config: BaremetalConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly bmcs: Bmcs;
}

/** Every reconciler of the service. */
export function baremetalReconcilers(context: BaremetalContext): readonly AnyReconciler[] {
  const { config, clock, random, bmcs } = context;
  return [
    credentialReconciler(),
    inventoryReconciler(),
    accountReconciler(),
    hostReconciler({ bmcs, random, now: () => clock.now(), url: config.url }),
    subnetReconciler(),
    l2TemplateReconciler(),
    machineNetworkReconciler(),
    ipamHostReconciler(),
    ipaddrReconciler(),
  ];
}
