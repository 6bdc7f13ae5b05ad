import {
  type BareMetalHostInventory,
  BareMetalHostCredentialKind,
  BareMetalHostInventoryKind,
  BareMetalHostKind,
  keyOf,
  MachineKind,
  annotations,
  parseKey,
} from '@keelson/api';
import { baremetalNews } from '@keelson/contracts';
import { type Input, input, type Reconciler } from '@keelson/reconcile';
import { type InventoryWorld, macOf, observeInventory } from './inventory.observe.js';
import { handedDown, planInventory } from './inventory.plan.js';
import { inventoryStates } from './inventory.states.js';
import { inventoryEvents, inventoryStateOf, inventoryStatus, shownOf } from './inventory.status.js';
import { type InventoryStep, inventorySteps } from './inventory.steps.js';

/** Makes the BareMetalHost of each inventory and repeats its status. */
export function inventoryReconciler(): Reconciler<BareMetalHostInventory, InventoryWorld, InventoryStep> {
  return {
    name: 'baremetal/inventory',
    kind: BareMetalHostInventoryKind,
    summary: 'Makes the BareMetalHost of each BareMetalHostInventory and repeats its status.',
    inputs: inventoryInputs,
    outputs: [
      { kind: BareMetalHostInventoryKind, mode: 'exclusive', verbs: ['status', 'patch'] },
      { kind: BareMetalHostKind, mode: 'shared', verbs: ['apply', 'delete'] },
    ],
    concurrency: 16,
    resyncSeconds: 3600,
    machine: {
      table: inventoryStates,
      stateOf: inventoryStateOf,
      news: { adopted: baremetalNews.inventory.adopted, failed: baremetalNews.inventory.failed },
    },
    observe: async (reader, inventory) => observeInventory(reader, inventory),
    plan: planInventory,
    steps: inventorySteps,
    status: inventoryStatus,
    events: inventoryEvents,
  };
}

const inventoryInputs: readonly Input[] = [
  input({
    kind: BareMetalHostInventoryKind,
    // Whoever shares an address with one that changes may have become the first.
    mapToOwn: (inventory, reader) => [
      ...reader.byIndex(BareMetalHostInventoryKind, 'bootMac', macOf(inventory)).map(keyOf),
      ...reader.byIndex(BareMetalHostInventoryKind, 'bmc', inventory.spec.bmc.address).map(keyOf),
    ],
    relevant: (inventory) => [macOf(inventory), inventory.spec.bmc.address],
    indices: {
      bootMac: (inventory) => [macOf(inventory)],
      bmc: (inventory) => [inventory.spec.bmc.address],
      credential: ({ metadata, spec }) => [`${metadata.namespace ?? ''}/${spec.bmc.bmhCredentialsName}`],
    },
  }),
  input({
    kind: BareMetalHostKind,
    mapToOwn: (host) => [keyOf(host)],
    relevant: (host) => [host.metadata.labels, handedDown(host), host.spec.consumerRef, shownOf(host.status)],
  }),
  input({
    kind: BareMetalHostCredentialKind,
    mapToOwn: ({ metadata }, reader) =>
      reader
        .byIndex(BareMetalHostInventoryKind, 'credential', `${metadata.namespace ?? ''}/${metadata.name}`)
        .map(keyOf),
    relevant: ({ spec }) => spec.password.secret?.name,
  }),
  input({
    kind: MachineKind,
    mapToOwn: (machine) => {
      const host = machine.metadata.annotations?.[annotations.machineHost];
      return host === undefined ? [] : [parseKey(host)];
    },
    // Only that there is one counts.
    relevant: ({ metadata }) => metadata.annotations?.[annotations.machineHost],
  }),
];
