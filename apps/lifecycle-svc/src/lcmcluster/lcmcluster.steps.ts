import { LCMClusterKind, type ObjectKey, keyText } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { type Turn, turnAnnotation, turnText } from './lcmcluster.turn.js';

export type LcmClusterStep = {
  readonly type: 'hand-turn';
  readonly key: ObjectKey;
  readonly resourceVersion: string;
  readonly turn: Turn;
};

export const lcmClusterSteps: StepTable<LcmClusterStep> = {
  'hand-turn': {
    describe: ({ key, turn }) =>
      `hand the turn to deploy in ${keyText(key)} to ${turn.machine}, which will ${turn.role}`,
    run: async ({ key, resourceVersion, turn }, writer) => {
      await writer.patch(LCMClusterKind, key, {
        metadata: { resourceVersion, annotations: { [turnAnnotation]: turnText(turn) } },
      });
    },
  },
};
