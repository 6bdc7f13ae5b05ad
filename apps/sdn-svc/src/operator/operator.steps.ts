import {
  ClusterWorkloadLockKind,
  type ConfigMap,
  ConfigMapKind,
  keyText,
  type Kind,
  type KubeObject,
  NodeWorkloadLockKind,
  type Reference,
  type Secret,
  SecretKind,
  type TFOperator,
} from '@keelson/api';
import { type Applied, appliedKinds, applyObjects, identityOf } from '@keelson/mosk';
import type { StepTable } from '@keelson/reconcile';
import { isFailure, terminal } from '@keelson/std';
import { operatorFinalizer } from './operator.plan.js';
import { newGenerated } from './operator.secrets.js';

export type OperatorStep =
  | { readonly type: 'addFinalizer'; readonly operator: TFOperator }
  | { readonly type: 'removeFinalizer'; readonly operator: TFOperator }
  | { readonly type: 'generate'; readonly operator: TFOperator }
  | { readonly type: 'keepImages'; readonly map: ConfigMap }
  | { readonly type: 'apply'; readonly service: string; readonly objects: readonly KubeObject[] }
  | { readonly type: 'handOver'; readonly secret: Secret }
  | { readonly type: 'prune'; readonly objects: readonly Reference[] };

export function operatorSteps(applied: Applied): StepTable<OperatorStep> {
  return {
    addFinalizer: {
      describe: ({ operator }) => `hold ${operator.metadata.name} until what it made is removed`,
      run: ({ operator }, writer) => writer.addFinalizer(operator, operatorFinalizer),
    },
    removeFinalizer: {
      describe: ({ operator }) => `let ${operator.metadata.name} go`,
      run: ({ operator }, writer) => writer.removeFinalizer(operator, operatorFinalizer),
    },
    generate: {
      describe: () => 'generate the password of the message broker',
      // What is there stays: it is made once.
      run: async ({ operator }, writer) => {
        try {
          await writer.create(SecretKind, newGenerated(operator));
        } catch (error) {
          if (!isFailure(error, 'conflict')) throw error;
        }
      },
    },
    keepImages: {
      describe: ({ map: { data } }) => `write down the images of ${data?.['release'] ?? 'the release'}`,
      run: async ({ map }, writer) => {
        await writer.apply(ConfigMapKind, map, { force: true });
      },
    },
    apply: {
      describe: ({ service, objects }) => `${service}: apply ${objects.map(identityOf).join(', ')}`,
      run: ({ objects }, writer) => applyObjects(objects, writer, applied),
    },
    handOver: {
      describe: ({ secret }) => `tell OpenStack in the Secret ${secret.metadata.name} where the API is`,
      run: async ({ secret }, writer) => {
        await writer.apply(SecretKind, secret, { force: true });
      },
    },
    prune: {
      describe: ({ objects }) => `remove ${objects.map(({ kind, ...key }) => `${kind} ${keyText(key)}`).join(', ')}`,
      run: async ({ objects }, writer) => {
        for (const object of objects) await writer.delete(kindNamed(object), object, { propagation: 'Background' });
      },
    },
  };
}

function kindNamed({ kind: name }: Reference): Kind {
  const kind = [...appliedKinds, NodeWorkloadLockKind, ClusterWorkloadLockKind].find((known) => known.kind === name);
  if (kind === undefined) throw terminal(`${name} is not applied by this service`, { reason: 'UnknownKind' });
  return kind;
}
