import { type Kind, type KubeObject, NodeOutageKind, type OpenStackDeployment } from '@keelson/api';
import { identityOf, kindOf } from '@keelson/mosk';
import type { StepTable } from '@keelson/reconcile';
import { deploymentFinalizer } from './removal.plan.js';

export type RemovalStep =
  | { readonly type: 'hold'; readonly deployment: OpenStackDeployment }
  | { readonly type: 'remove'; readonly object: KubeObject }
  | { readonly type: 'letGo'; readonly deployment: OpenStackDeployment };

export const removalSteps: StepTable<RemovalStep> = {
  hold: {
    describe: ({ deployment }) => `hold ${deployment.metadata.name} until what it has elsewhere is removed`,
    run: ({ deployment }, writer) => writer.addFinalizer(deployment, deploymentFinalizer),
  },
  remove: {
    describe: ({ object }) => `remove ${identityOf(object)}: its cloud is deleted`,
    run: async ({ object }, writer) => {
      const { uid } = object.metadata;
      const precondition = uid === undefined ? {} : { uid };
      await writer.delete(ofKind(object), object.metadata, { ...precondition, propagation: 'Background' });
    },
  },
  letGo: {
    describe: ({ deployment }) => `let ${deployment.metadata.name} go`,
    run: ({ deployment }, writer) => writer.removeFinalizer(deployment, deploymentFinalizer),
  },
};

function ofKind(object: KubeObject): Kind {
  return object.kind === NodeOutageKind.kind ? NodeOutageKind : kindOf(object);
}
