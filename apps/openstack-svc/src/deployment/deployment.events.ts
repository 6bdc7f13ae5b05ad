import type { Announcement } from '@keelson/reconcile';
import { withoutEffect } from '../admission/effectless.js';
import { optionsMap } from '../options/rockoon-config.js';
import type { DeploymentWorld } from './deployment.world.js';

/** What changes nothing: told once for each spec, as an API server without the webhook tells nobody, and for each set of options. */
export function deploymentEvents(world: DeploymentWorld): readonly Announcement[] {
  const { deployment, fingerprint, idleOptions } = world;
  if (deployment.spec.draft) return [];
  const ofSpec = deployment.status?.fingerprint === fingerprint ? [] : withoutEffect(deployment.spec);
  const ofOptions = hasNewOptions(world) ? idleOptions : [];
  return [...ofSpec, ...ofOptions].map((message) => ({ type: 'Warning', reason: 'WithoutEffect', message }));
}

function hasNewOptions({ deployment, watched }: DeploymentWorld): boolean {
  const told = deployment.status?.watched?.[optionsMap.name]?.['config_map']?.hash;
  return watched[optionsMap.name]?.['config_map']?.hash !== told;
}
