import type { Bus } from '@keelson/bus';
import type { AnyReconciler } from '@keelson/reconcile';
import type { Http } from '@keelson/std';
import { type Spans, noSpans } from '@keelson/service';
import type { Records } from '@keelson/store';
import { autoPauseReconciler } from './autopause/autopause.reconciler.js';
import { offerReconciler } from './cluster/cluster.reconciler.js';
import type { ReleaseConfig } from './config.js';
import { licenseReconciler } from './license/license.reconciler.js';
import { mccUpgradeReconciler } from './mccupgrade/mccupgrade.reconciler.js';
import { PastSteps } from './past/past-steps.js';
import { updatePlanReconciler } from './plan/plan.reconciler.js';
import { clusterReleaseUses, kaasReleaseUses } from './uses/uses.reconciler.js';
import { UpdateTraces } from './timeline/update-trace.js';
import { releaseIndexReconciler } from './releaseindex/releaseindex.reconciler.js';

/** What the reconcilers need beside the management API. */
export interface ReleasePorts {
  readonly config: ReleaseConfig;
  readonly bus: Bus;
  readonly records: Records;
  readonly http: Http;
  /** Where updates are told as traces; nowhere unless given. */
  readonly spans?: Spans;
}

/** Every reconciler of the service. */
export function releaseReconcilers(
  { config, bus, records, http, spans = noSpans }: ReleasePorts,
  past = new PastSteps(records),
): readonly AnyReconciler[] {
  return [
    offerReconciler(past),
    updatePlanReconciler(bus, past, new UpdateTraces(spans, past)),
    autoPauseReconciler(bus),
    mccUpgradeReconciler,
    licenseReconciler(config.licenseIssuerKey),
    clusterReleaseUses,
    kaasReleaseUses,
    releaseIndexReconciler(http, config.index),
  ];
}
