import {
  type BareMetalHost,
  type BareMetalHostCredential,
  BareMetalHostCredentialKind,
  type BareMetalHostInventory,
  BareMetalHostInventoryKind,
  BareMetalHostKind,
  keyOf,
  keyText,
  type Machine,
  MachineKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';

export interface InventoryWorld {
  readonly now: number;
  readonly inventory: BareMetalHostInventory;
  readonly host: BareMetalHost | undefined;
  readonly credential: BareMetalHostCredential | undefined;
  /** The Machine that uses the host. */
  readonly machine: Machine | undefined;
  /** Inventories made before this one that claim the same. */
  readonly elders: {
    readonly bootMac: BareMetalHostInventory | undefined;
    readonly bmc: BareMetalHostInventory | undefined;
  };
}

export function observeInventory(reader: Reader, inventory: BareMetalHostInventory): InventoryWorld {
  const host = reader.get(BareMetalHostKind, keyOf(inventory));
  const consumer = host?.spec.consumerRef;
  const elder = (index: string, value: string): BareMetalHostInventory | undefined =>
    reader
      .byIndex(BareMetalHostInventoryKind, index, value)
      .find((other) => keyText(keyOf(other)) !== keyText(keyOf(inventory)) && isElder(other, inventory));
  return {
    now: reader.now,
    inventory,
    host,
    credential: reader.get(BareMetalHostCredentialKind, {
      namespace: inventory.metadata.namespace,
      name: inventory.spec.bmc.bmhCredentialsName,
    }),
    machine:
      consumer?.name === undefined
        ? undefined
        : reader.get(MachineKind, {
            namespace: consumer.namespace ?? inventory.metadata.namespace,
            name: consumer.name,
          }),
    elders: { bootMac: elder('bootMac', macOf(inventory)), bmc: elder('bmc', inventory.spec.bmc.address) },
  };
}

export function macOf(inventory: BareMetalHostInventory): string {
  return inventory.spec.bootMACAddress.toLowerCase();
}

/** Who was there first keeps what it has. */
function isElder(a: BareMetalHostInventory, b: BareMetalHostInventory): boolean {
  return orderOf(a) < orderOf(b);
}

function orderOf({ metadata }: BareMetalHostInventory): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;
}
