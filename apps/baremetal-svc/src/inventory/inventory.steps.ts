import {
  type BareMetalHost,
  type BareMetalHostInventory,
  BareMetalHostKind,
  keyText,
  type ObjectKey,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';

export type InventoryStep =
  | { readonly type: 'hold'; readonly inventory: BareMetalHostInventory; readonly finalizer: string }
  | { readonly type: 'release'; readonly inventory: BareMetalHostInventory; readonly finalizer: string }
  | { readonly type: 'applyHost'; readonly host: BareMetalHost }
  | { readonly type: 'removeHost'; readonly key: ObjectKey; readonly uid: string | undefined };

export const inventorySteps: StepTable<InventoryStep> = {
  hold: {
    describe: ({ inventory }) => `hold ${inventory.metadata.name} until its host is gone`,
    run: ({ inventory, finalizer }, writer) => writer.addFinalizer(inventory, finalizer),
  },
  release: {
    describe: ({ inventory }) => `let ${inventory.metadata.name} go`,
    run: ({ inventory, finalizer }, writer) => writer.removeFinalizer(inventory, finalizer),
  },
  applyHost: {
    describe: ({ host }) => `bring BareMetalHost ${host.metadata.name} to what its inventory says`,
    run: async ({ host }, writer) => {
      await writer.apply(BareMetalHostKind, host, { force: true });
    },
  },
  removeHost: {
    describe: ({ key }) => `remove BareMetalHost ${keyText(key)}`,
    run: ({ key, uid }, writer) => writer.delete(BareMetalHostKind, key, uid === undefined ? {} : { uid }),
  },
};
