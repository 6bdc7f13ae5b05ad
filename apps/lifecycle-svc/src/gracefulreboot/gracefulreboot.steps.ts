import {
  type GracefulRebootRequest,
  GracefulRebootRequestKind,
  LCMMachineKind,
  type ObjectKey,
  annotations,
  finalizers,
  keyOf,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { rebootRequestAnnotation } from './gracefulreboot.plan.js';

export type RebootStep =
  | { readonly type: 'hold'; readonly request: GracefulRebootRequest }
  | { readonly type: 'mark'; readonly key: ObjectKey; /** Its uid. */ readonly request: string }
  | { readonly type: 'spare'; readonly key: ObjectKey }
  | { readonly type: 'delete'; readonly request: GracefulRebootRequest }
  | { readonly type: 'release'; readonly request: GracefulRebootRequest };

export const rebootSteps: StepTable<RebootStep> = {
  hold: {
    describe: ({ request }) => `put the finalizer on the request to restart ${request.metadata.name}`,
    run: ({ request }, writer) => writer.addFinalizer(request, finalizers.gracefulReboot),
  },
  mark: {
    describe: ({ key }) => `mark ${key.name} to be restarted`,
    run: async ({ key, request }, writer) => {
      await writer.patch(LCMMachineKind, key, {
        metadata: { annotations: { [annotations.lcmGracefulReboot]: 'true', [rebootRequestAnnotation]: request } },
      });
    },
  },
  spare: {
    describe: ({ key }) => `spare ${key.name} the restart`,
    run: async ({ key }, writer) => {
      await writer.patch(LCMMachineKind, key, { metadata: { annotations: { [annotations.lcmGracefulReboot]: null } } });
    },
  },
  delete: {
    describe: ({ request }) => `delete the request to restart ${request.metadata.name}: all is done`,
    run: ({ request }, writer) => writer.delete(GracefulRebootRequestKind, keyOf(request)),
  },
  release: {
    describe: ({ request }) => `take the finalizer off the request to restart ${request.metadata.name}`,
    run: ({ request }, writer) => writer.removeFinalizer(request, finalizers.gracefulReboot),
  },
};
