import type { Announcement } from '@keelson/reconcile';
import { withoutEffect } from '../admission/effectless.js';
import { unsignedImages } from '../admission/unsigned.js';
import { optionsMap } from '../options/rockoon-config.js';
import type { DeploymentWorld } from './deployment.world.js';

/** What changes nothing, and what will not start: told once for each spec, as an API server without the webhook tells nobody, and for each set of options. */
export function deploymentEvents(world: DeploymentWorld): readonly Announcement[] {
  const { deployment, fingerprint, idleOptions } = world;
  if (deployment.spec.draft) return [];
  const isNew = deployment.status?.fingerprint !== fingerprint;
  const ofSpec = isNew ? withoutEffect(deployment.spec) : [];
  const unsigned = isNew ? unsignedImages(deployment.spec) : [];
  const ofOptions = hasNewOptions(world) ? idleOptions : [];
  return [...warnings('WithoutEffect', [...ofSpec, ...ofOptions]), ...warnings('UnsignedImages', unsigned)];
}

function warnings(reason: string, messages: readonly string[]): readonly Announcement[] {
  return messages.map((message) => ({ type: 'Warning', reason, message }));
}

function hasNewOptions({ deployment, watched }: DeploymentWorld): boolean {
  const told = deployment.status?.watched?.[optionsMap.name]?.['config_map']?.hash;
  return watched[optionsMap.name]?.['config_map']?.hash !== told;
}
