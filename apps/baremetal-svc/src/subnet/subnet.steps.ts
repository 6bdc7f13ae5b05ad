import type { Subnet } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';

export type SubnetStep =
  | { readonly type: 'hold'; readonly subnet: Subnet; readonly finalizer: string }
  | { readonly type: 'release'; readonly subnet: Subnet; readonly finalizer: string };

export const subnetSteps: StepTable<SubnetStep> = {
  hold: {
    describe: ({ subnet }) => `hold Subnet ${subnet.metadata.name} while it is in use`,
    run: ({ subnet, finalizer }, writer) => writer.addFinalizer(subnet, finalizer),
  },
  release: {
    describe: ({ subnet }) => `let Subnet ${subnet.metadata.name} go`,
    run: ({ subnet, finalizer }, writer) => writer.removeFinalizer(subnet, finalizer),
  },
};
