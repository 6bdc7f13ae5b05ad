import type { ProvisioningState } from '@keelson/api';
import type { StateTable } from '@keelson/reconcile';

/** States that are written; `match profile` and `ready` are legacy and only read, and a host without one is registering. */
export type HostState = Exclude<ProvisioningState, '' | 'match profile' | 'ready'>;

const bmc = 'the BMC';
const everyAnswer = { sign: 'answers of the BMC', everySeconds: 300 };
const byDeletion = 'Delete the BareMetalHostInventory. Nothing on the server is lost.';

/**
 * The life of a host. Source: metal3-io/baremetal-operator, docs/BaremetalHost_ProvisioningState.dot. Deletion leads from
 * everywhere to `powering off before delete`.
 */
export const hostStates: StateTable<HostState> = {
  kind: 'BareMetalHost',
  initial: 'registering',
  states: {
    unmanaged: {
      meaning: 'No BMC is named; nothing is done with the server.',
      to: ['registering', 'powering off before delete'],
      rest: true,
    },
    registering: {
      meaning: 'The BMC is asked for the first time with the given account.',
      to: ['inspecting', 'preparing', 'externally provisioned', 'unmanaged', 'powering off before delete'],
      deadlineSeconds: 1800,
      onDeadline: 'It is tried on, more seldom, and the reason stands in the status.',
      heartbeat: { sign: 'attempts to reach the BMC', everySeconds: 600 },
      waitsFor: bmc,
      abort: byDeletion,
    },
    inspecting: {
      meaning: 'The server is on until its self test has found the hardware.',
      to: ['preparing', 'registering', 'powering off before delete'],
      deadlineSeconds: 1800,
      onDeadline: 'The server is powered off and inspected anew.',
      heartbeat: everyAnswer,
      waitsFor: bmc,
      abort: byDeletion,
    },
    preparing: {
      meaning: 'The server is powered off and its virtual drives are emptied, so that nobody boots by accident.',
      to: ['available', 'registering', 'powering off before delete'],
      deadlineSeconds: 1800,
      onDeadline: 'It is tried on, and the reason stands in the status.',
      heartbeat: everyAnswer,
      waitsFor: bmc,
      abort: byDeletion,
    },
    available: {
      meaning: 'Off and free: a Machine may take it.',
      to: ['provisioning', 'preparing', 'inspecting', 'externally provisioned', 'powering off before delete'],
      rest: true,
    },
    provisioning: {
      meaning:
        'The operating system is being installed: the server boots the image, the configuration drive tells it who it is.',
      to: ['provisioned', 'deprovisioning', 'powering off before delete'],
      deadlineSeconds: 3600,
      onDeadline: 'The installation is given up: the server is powered off and emptied, then tried again.',
      heartbeat: { sign: 'reports of the installer and answers of the BMC', everySeconds: 600 },
      waitsFor: 'the installer on the server',
      abort: 'Delete the Machine. What was on the disk is lost once writing has begun.',
    },
    provisioned: {
      meaning: 'The operating system is installed and has called home.',
      to: ['deprovisioning', 'powering off before delete'],
      rest: true,
    },
    'externally provisioned': {
      meaning: 'Something else installed the server; only its power is managed.',
      to: ['inspecting', 'preparing', 'powering off before delete'],
      rest: true,
    },
    deprovisioning: {
      meaning: 'The server is powered off and forgets its installation.',
      to: ['available', 'powering off before delete'],
      deadlineSeconds: 1800,
      onDeadline:
        'It is tried on, and the reason stands in the status: a server that may still run is never called available.',
      heartbeat: everyAnswer,
      waitsFor: bmc,
      abort: 'Delete the Machine and the BareMetalHostInventory. The installed system is lost.',
    },
    'powering off before delete': {
      meaning: 'The server is powered off before its record goes.',
      to: ['deleting'],
      deadlineSeconds: 300,
      onDeadline: 'The record is removed all the same; an Event says that the server may still be on.',
      heartbeat: everyAnswer,
      waitsFor: bmc,
      abort: 'Deletion cannot be taken back; make the inventory anew.',
    },
    deleting: {
      meaning: 'The record goes.',
      to: [],
      deletable: true,
      deadlineSeconds: 300,
      onDeadline: 'Removing the finalizer is tried again.',
      heartbeat: { sign: 'writes to the API', everySeconds: 60 },
      waitsFor: 'the Kubernetes API',
      abort: 'Deletion cannot be taken back; make the inventory anew.',
    },
  },
};
