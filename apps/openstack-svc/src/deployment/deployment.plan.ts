import { type OpenStackDeployment, OpenStackDeploymentKind, OpenStackDeploymentStatusKind } from '@keelson/api';
import { blockedBy, type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { misplaced } from '../admission/admission.rules.js';
import { namespaces } from '../names.js';
import { volumesStay } from '../volumes/volumes.rules.js';
import type { DeploymentStep } from './deployment.steps.js';
import type { DeploymentWorld } from './deployment.world.js';

/** What an OpenStackDeployment needs before and beside the objects of its services. */
export function planDeployment(world: DeploymentWorld): Plan<DeploymentStep> {
  const { deployment, elder, failure } = world;
  const { name, namespace = '', deletionTimestamp } = deployment.metadata;
  const self = { kind: OpenStackDeploymentKind.kind, namespace, name };
  if (deletionTimestamp !== undefined) return { steps: [], outcome: leaving(deployment) };
  if (deployment.spec.draft) return { steps: [], outcome: settled };
  if (elder !== undefined)
    return {
      steps: [],
      outcome: blockedBy(
        { kind: elder.kind, namespace: elder.metadata.namespace ?? '', name: elder.metadata.name },
        'AnotherDeployment',
        `A cluster carries one cloud, and this one has ${elder.metadata.namespace ?? ''}/${elder.metadata.name}: delete one of the two.`,
      ),
    };
  if (namespace !== namespaces.cloud)
    return { steps: [], outcome: blockedBy(self, 'Misplaced', `Nothing is done for it: ${misplaced(namespace)}.`) };
  if (failure !== undefined)
    return { steps: [], outcome: blockedBy(self, failure.reason ?? 'NotRendered', failure.message) };
  const steps = stepsOf(world, namespace);
  return { steps, outcome: steps.length > 0 ? progressing() : outcomeOf(world) };
}

/** What is left to be done is told by whoever holds it. */
function leaving({ metadata: { namespace = '', name, finalizers = [] } }: OpenStackDeployment): Outcome {
  const message = `${name} is deleted when these finalizers are off it: ${finalizers.join(', ')}.`;
  return waitingOn({ kind: OpenStackDeploymentKind.kind, namespace, name }, 'Deleting', message);
}

function stepsOf(world: DeploymentWorld, namespace: string): readonly DeploymentStep[] {
  const { deployment, missingNamespaces, missing, due, stale, progress, now, handOvers, withdrawn } = world;
  return [
    ...missingNamespaces.map((name) => ({ type: 'makeNamespace', name }) as const),
    ...missing.map((one) => ({ type: 'generate', ...one, namespace, now }) as const),
    ...due.map(({ need, rotation }) => ({ type: 'prepareRotation', need, namespace, rotation, now }) as const),
    ...stale.map((one) => ({ type: 'renew', ...one, namespace, rotation: 0, now }) as const),
    ...(progress === undefined ? [{ type: 'makeStatus', deployment } as const] : []),
    ...(isTakenUp(world) ? handOvers : []).map((secret) => ({ type: 'publish', secret }) as const),
    ...(isTakenUp(world) ? withdrawn : []).map((key) => ({ type: 'withdraw', key }) as const),
  ];
}

/** What others are given follows what the services become: not before their apply has taken the spec up, nor where it refuses it whole. */
function isTakenUp({ progress, fingerprint }: DeploymentWorld): boolean {
  const { osdpl, progress: told } = progress?.status ?? {};
  return osdpl?.fingerprint === fingerprint && told?.reason !== volumesStay;
}

function outcomeOf({ deployment, progress, fingerprint }: DeploymentWorld): Outcome {
  const { name, namespace = '' } = deployment.metadata;
  const osdpl = progress?.status?.osdpl;
  const isCurrent = osdpl?.fingerprint === fingerprint;
  const { waitingOn: held, reason, message } = progress?.status?.progress ?? {};
  if (isCurrent && osdpl.state === 'APPLIED' && reason === undefined) return settled;
  // What the apply waits for may be this very object: an annotation of it, or its spec.
  const isSelf = held?.kind === OpenStackDeploymentKind.kind && held.name === name;
  const on = { kind: isSelf ? held.kind : OpenStackDeploymentStatusKind.kind, namespace, name };
  const standing = osdpl?.state === 'FAILED' ? 'Failed' : 'Applying';
  return waitingOn(on, reason ?? standing, message ?? 'The services of the cloud are applied.');
}
