import { type IPaddr, IPaddrKind, keyText, type ObjectKey } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { claimAnnotation } from './ipaddr.plan.js';

export type IpaddrStep =
  | { readonly type: 'hold'; readonly address: IPaddr; readonly finalizer: string }
  | { readonly type: 'release'; readonly address: IPaddr; readonly finalizer: string }
  | { readonly type: 'claim'; readonly key: ObjectKey; readonly address: string };

export const ipaddrSteps: StepTable<IpaddrStep> = {
  hold: {
    describe: ({ address }) => `hold IPaddr ${address.metadata.name} while it is in use`,
    run: ({ address, finalizer }, writer) => writer.addFinalizer(address, finalizer),
  },
  release: {
    describe: ({ address }) => `free the address of IPaddr ${address.metadata.name}`,
    run: ({ address, finalizer }, writer) => writer.removeFinalizer(address, finalizer),
  },
  claim: {
    describe: ({ key, address }) => `claim ${address} for IPaddr ${keyText(key)}`,
    run: async ({ key, address }, writer) => {
      await writer.patch(IPaddrKind, key, {
        metadata: { annotations: { [claimAnnotation]: 'true' } },
        spec: { wantedAddress: address },
      });
    },
  },
};
