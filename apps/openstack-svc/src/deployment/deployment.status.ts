import type { OpenStackDeployment } from '@keelson/api';
import type { PlanResult, StatusOf } from '@keelson/reconcile';
import { controllerVersion } from '../names.js';
import { untouchedVersion } from '../rollout/upgrade.js';
import type { DeploymentState } from './deployment.states.js';
import type { DeploymentStep } from './deployment.steps.js';
import type { DeploymentWorld } from './deployment.world.js';

/** What is told in the status; rotations are the operator's part of it. */
export function deploymentStatus(
  world: DeploymentWorld,
  result: PlanResult<DeploymentStep>,
): StatusOf<OpenStackDeployment> {
  const { fingerprint, watched, progress, deployment } = world;
  const untouched = progress && untouchedVersion(progress, deployment.spec.openstack_version);
  return {
    state: stateOf(world, result),
    version: controllerVersion,
    fingerprint,
    ...(untouched === undefined ? {} : { openstack_version: untouched }),
    ...(Object.keys(watched).length === 0 ? {} : { watched }),
  };
}

function stateOf(
  { deployment, progress, fingerprint }: DeploymentWorld,
  { outcome }: PlanResult<DeploymentStep>,
): DeploymentState {
  if (deployment.metadata.deletionTimestamp !== undefined) return 'DELETING';
  if (deployment.spec.draft) return 'DRAFT';
  if (outcome.type === 'blocked') return 'FAILED';
  const osdpl = progress?.status?.osdpl;
  if (osdpl?.fingerprint !== fingerprint || osdpl.state === undefined || outcome.type === 'progressing')
    return 'APPLYING';
  return osdpl.state;
}
