import { type ObjectKey, type Secret, SecretKind, secretPriorityAnnotation } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { isFailure, rfc3339, terminal } from '@keelson/std';
import { amphoraRotationName } from '../cloud/amphora-rotation.js';
import { backupOf, upcomingCredential } from '../credentials/generate.js';
import { type WriteStep, writeSteps } from '../keepers/memory-map.js';
import { rotatedAtAnnotation, rotationAnnotation } from '../names.js';
import { amphoraAuthority, controllerCertificate } from '../services/load-balancer/authorities.js';
import type { AmphoraApi } from './amphora-api.js';

export type AmphoraStep =
  | WriteStep
  | { readonly type: 'prepare'; readonly namespace: string; readonly now: number; readonly id: number }
  | { readonly type: 'failOver'; readonly id: string; readonly name: string }
  | {
      readonly type: 'switch';
      readonly name: string;
      readonly active: Secret;
      readonly next: Secret;
      readonly id: number;
      readonly now: number;
    }
  | { readonly type: 'drop'; readonly key: ObjectKey };

export function amphoraSteps(api: () => AmphoraApi | undefined): StepTable<AmphoraStep> {
  return {
    ...writeSteps(amphoraRotationName),
    prepare: {
      describe: ({ id }) => `generate the authorities of amphorae and of their clients that rotation ${id} brings`,
      run: async ({ namespace, now, id }, writer) => {
        for (const need of [amphoraAuthority, controllerCertificate]) {
          try {
            await writer.create(SecretKind, upcomingCredential(need, namespace, now, id));
          } catch (error) {
            // What is there stays: somebody may trust it already.
            if (!isFailure(error, 'conflict')) throw error;
          }
        }
      },
    },
    failOver: {
      describe: ({ id, name }) => `fail the load balancer ${name} (${id}) over: it gets amphorae of the new authority`,
      run: async ({ id }) => {
        const octavia = api();
        if (octavia === undefined) throw terminal('Octavia was not asked before', { reason: 'NotObserved' });
        await octavia.failOver(id);
      },
    },
    switch: {
      describe: ({ name }) => `put the new certificate ${name} into force; the old one stays as its backup`,
      run: async ({ name, active, next, id, now }, writer) => {
        if (active.data?.['tls.crt'] === next.data?.['tls.crt']) return;
        await writer.apply(SecretKind, backupOf(name, active), { force: true });
        const annotations = {
          [secretPriorityAnnotation]: 'active',
          [rotationAnnotation]: String(id),
          [rotatedAtAnnotation]: rfc3339(now),
        };
        await writer.patch(SecretKind, active.metadata, { metadata: { annotations }, data: next.data });
      },
    },
    drop: {
      describe: ({ key }) => `remove the Secret ${key.name}, which is in force now`,
      run: async ({ key }, writer) => {
        await writer.delete(SecretKind, key);
      },
    },
  };
}
