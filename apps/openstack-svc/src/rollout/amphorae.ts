import { ConfigMapKind, type OpenStackDeployment, SecretKind } from '@keelson/api';
import { type Outcome, type Reader, settled, waitingOn } from '@keelson/reconcile';
import {
  amphoraRotationIn,
  amphoraRotationName,
  type AmphoraStage,
  amphoraStages,
  isAmphoraRotationDue,
  isUnderWay,
  renderedStage,
} from '../cloud/amphora-rotation.js';
import { type CredentialNeed, secretNameOf } from '../cloud/cloud.js';
import { amphoraAuthority } from '../services/load-balancer/authorities.js';
import type { Assessment } from './assessment.js';
import type { AmphoraeInWork, RolloutWorld } from './rollout.world.js';

const service = 'load-balancer';

/** The stage that a cloud's controllers of amphorae are rendered for. */
export function amphoraStageIn(reader: Reader, namespace: string): AmphoraStage | undefined {
  return renderedStage(amphoraRotationIn(reader.get(ConfigMapKind, { namespace, name: amphoraRotationName })));
}

/** What is told of a rotation of the authorities of amphorae; undefined while none is under way or due. */
export function amphoraeInWork(
  reader: Reader,
  deployment: OpenStackDeployment,
  needs: readonly CredentialNeed[],
): AmphoraeInWork | undefined {
  const { namespace = '' } = deployment.metadata;
  if (!needs.some(({ name }) => name === amphoraAuthority.name)) return undefined;
  const rotation = amphoraRotationIn(reader.get(ConfigMapKind, { namespace, name: amphoraRotationName }));
  if (isUnderWay(rotation)) {
    const { stage, total, left, trouble } = rotation;
    const at = `${amphoraStages.indexOf(stage) + 1}/${amphoraStages.length}`;
    const count = stage === 'replacing' ? `, ${total - left} of ${total} load balancers are done` : '';
    return { task: `rotation for amphorae: ${stage} (${at})${count}`, trouble };
  }
  const authority = reader.get(SecretKind, { namespace, name: secretNameOf(amphoraAuthority.name) });
  return isAmphoraRotationDue(deployment, authority, rotation)
    ? { task: 'rotation for amphorae: begins', trouble: undefined }
    : undefined;
}

/** The service stays applied, and tells what goes on in it. */
export function withAmphorae({ amphorae }: RolloutWorld, services: readonly Assessment[]): readonly Assessment[] {
  if (amphorae === undefined) return services;
  const { task, trouble } = amphorae;
  return services.map((each) => {
    if (each.name !== service || each.state !== 'APPLIED') return each;
    return { ...each, task, trouble: each.trouble ?? (trouble && `${service}: ${trouble}`) };
  });
}

/** Whether what a service is applied for is this rotation. */
export function isOfAmphorae({ amphorae }: RolloutWorld, { name }: Pick<Assessment, 'name'>): boolean {
  return amphorae !== undefined && name === service;
}

/** Who leads it moves on by itself: nothing of the apply is left to do. */
export function amphoraeOutcome({ amphorae, object }: RolloutWorld): Outcome {
  if (amphorae === undefined) return settled;
  const on = { kind: ConfigMapKind.kind, namespace: object.metadata.namespace ?? '', name: amphoraRotationName };
  const message = `${service}: ${amphorae.trouble ?? amphorae.task}`;
  return waitingOn(on, 'RotatingAmphorae', message, 60);
}
