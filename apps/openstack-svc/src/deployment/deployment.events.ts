import type { Announcement } from '@keelson/reconcile';
import { withoutEffect } from '../admission/effectless.js';
import type { DeploymentWorld } from './deployment.world.js';

/** What of a spec changes nothing: told once for each spec, as an API server without the webhook tells nobody. */
export function deploymentEvents({ deployment, fingerprint }: DeploymentWorld): readonly Announcement[] {
  if (deployment.spec.draft || deployment.status?.fingerprint === fingerprint) return [];
  return withoutEffect(deployment.spec).map((message) => ({ type: 'Warning', reason: 'WithoutEffect', message }));
}
