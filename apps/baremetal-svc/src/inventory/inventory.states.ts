import type { StateTable } from '@keelson/reconcile';

export type InventoryState = 'pending' | 'adopted' | 'failed' | 'removing';

const heartbeat = { sign: 'looks of baremetal-svc', everySeconds: 300 };

/** The life of an inventory: how far its host has come is the host's own story. */
export const inventoryStates: StateTable<InventoryState> = {
  kind: 'BareMetalHostInventory',
  initial: 'pending',
  states: {
    pending: {
      meaning: 'It has no BareMetalHost yet, or no longer: its credential is missing, or the host is made anew.',
      to: ['adopted', 'failed', 'removing'],
      deadlineSeconds: 600,
      onDeadline: 'It goes on waiting; the reason stands in the status.',
      heartbeat,
      waitsFor: 'the BareMetalHostCredential',
      abort: 'Delete the BareMetalHostInventory.',
    },
    adopted: {
      meaning: 'It has its BareMetalHost and repeats its status.',
      to: ['pending', 'failed', 'removing'],
      rest: true,
    },
    failed: {
      meaning: 'It contradicts another inventory or cannot be followed; the spec must change.',
      to: ['pending', 'adopted', 'removing'],
      rest: true,
    },
    removing: {
      meaning: 'Its BareMetalHost is being removed.',
      to: [],
      deletable: true,
      deadlineSeconds: 3600,
      onDeadline: 'It goes on waiting for the Machine or the BareMetalHost it names.',
      heartbeat,
      waitsFor: 'the Machine that uses the host, then the BareMetalHost',
      abort: 'Deletion cannot be taken back; make the inventory anew.',
    },
  },
};
