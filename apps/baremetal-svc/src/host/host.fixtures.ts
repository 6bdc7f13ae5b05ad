import type { BareMetalHost, BareMetalHostStatus } from '@keelson/api';
import type { SystemState } from '@keelson/redfish';
import type { PlanResult } from '@keelson/reconcile';
import { planHost } from './host.plan.js';
import type { HostState } from './host.states.js';
import type { HostStep } from './host.steps.js';
import type { BmcView, HostWorld } from './host.world.js';

export const now = Date.UTC(2026, 0, 1, 12);

/** A world for specs of plans: a host in a state whose BMC answers; parts of it replaced. */
export function aHostWorld(
  state: HostState,
  more: Partial<HostWorld> & {
    readonly spec?: Partial<BareMetalHost['spec']>;
    readonly status?: Partial<BareMetalHostStatus>;
  } = {},
): HostWorld {
  const { spec, status, ...world } = more;
  return {
    now,
    state,
    since: now - 10_000,
    host: aHost(state, spec, status),
    credentials: { secretName: 'srv-01-bmc-password', version: '7', missing: undefined, unheld: undefined },
    bmc: answered(),
    machine: undefined,
    profile: { type: 'notNeeded' },
    installation: {
      instanceId: 'i-1',
      report: undefined,
      missing: [],
      urls: {
        image: 'https://svc/image.iso',
        configuration: 'https://svc/cidata.iso',
        callback: 'https://svc/callbacks/demo/srv-01',
      },
    },
    recordedHardware: undefined,
    ...world,
  };
}

export function aHost(
  state: HostState,
  spec: Partial<BareMetalHost['spec']> = {},
  status: Partial<BareMetalHostStatus> = {},
): BareMetalHost {
  return {
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHost',
    metadata: { name: 'srv-01', namespace: 'demo', uid: 'u-1', finalizers: ['baremetalhost.metal3.io'] },
    spec: {
      automatedCleaningMode: 'metadata',
      bootMode: 'UEFI',
      online: true,
      bootMACAddress: '52:54:00:00:00:01',
      bmc: { address: 'redfish://bmc/redfish/v1/Systems/srv-01', credentialsName: 'srv-01-bmc-password' },
      ...spec,
    },
    status: {
      errorCount: 0,
      errorMessage: '',
      operationalStatus: 'OK',
      poweredOn: false,
      provisioningFailCount: 0,
      provisioning: { ID: 'id', state },
      goodCredentials: { credentials: { name: 'srv-01-bmc-password' } },
      ...status,
    },
  };
}

export function answered(
  system: Partial<SystemState> = {},
  more: Partial<Extract<BmcView, { type: 'answered' }>> = {},
): BmcView {
  const empty = { inserted: false, image: undefined };
  return {
    type: 'answered',
    system: {
      path: '/redfish/v1/Systems/srv-01',
      power: 'Off',
      manufacturer: undefined,
      model: undefined,
      serialNumber: undefined,
      uuid: 'id',
      hostName: undefined,
      biosVersion: undefined,
      memoryMebibytes: undefined,
      processorCount: undefined,
      health: 'OK',
      bootProgress: undefined,
      boot: { target: 'None', enabled: 'Disabled', mode: 'UEFI' },
      ...system,
    },
    media: { cd: empty, config: empty },
    hardware: undefined,
    progress: undefined,
    powerWrongSeconds: 0,
    startedSecondsAgo: Infinity,
    ...more,
  };
}

/** How it goes when every step goes well. */
export function allDone(world: HostWorld): PlanResult<HostStep> {
  const plan = planHost(world);
  return { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now };
}
