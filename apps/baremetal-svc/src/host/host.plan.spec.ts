import { describe, expect, it } from '@jest/globals';
import type { BareMetalHost } from '@keelson/api';
import { terminal, transient } from '@keelson/std';
import { aHost, aHostWorld, answered, now } from './host.fixtures.js';
import { planHost } from './host.plan.js';
import type { HostWorld } from './host.world.js';

/** A plan in one line: its steps, what it waits for, what is wrong. */
const told = (world: HostWorld): string => {
  const { steps, outcome, error } = planHost(world);
  const words = steps.map((step) =>
    'to' in step
      ? `enter ${step.to}`
      : 'action' in step
        ? `power ${step.action}`
        : 'slot' in step
          ? `${step.type} ${step.slot}`
          : 'target' in step
            ? `boot ${step.target}`
            : step.type,
  );
  return [
    ...words,
    'reason' in outcome ? `(${outcome.reason})` : `(${outcome.type})`,
    ...(error === undefined ? [] : [`!${error.type}`]),
  ].join(' ');
};

const image = { image: { url: 'https://images/ubuntu.iso' } };
const cd = { inserted: true, image: 'https://svc/image.iso' };
const config = { inserted: true, image: 'https://svc/cidata.iso' };
const empty = { inserted: false, image: undefined };
const once = { target: 'Cd', enabled: 'Once', mode: 'UEFI' } as const;
const deleted = (host: BareMetalHost): BareMetalHost => ({
  ...host,
  metadata: { ...host.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' },
});
const refused: HostWorld['bmc'] = {
  type: 'failed',
  since: now,
  isRefusal: true,
  failure: terminal('refused', { reason: 'BMCAuthenticationFailed' }),
};
const silent = (seconds: number): HostWorld['bmc'] => ({
  type: 'failed',
  since: now - seconds * 1000,
  isRefusal: false,
  failure: transient('no answer', { reason: 'BMCUnreachable' }),
});
const account = { secretName: 'srv-01-bmc-password', version: '7', missing: undefined, unheld: undefined };
const unheld: HostWorld['credentials'] = {
  ...account,
  unheld: { key: { namespace: 'demo', name: 'srv-01-bmc-password' }, resourceVersion: '7', finalizers: [] },
};
const gone: HostWorld['credentials'] = { ...account, version: undefined, missing: 'Secret does not exist' };
const failed = {
  provisioningFailCount: 2,
  errorMessage: 'x',
  operationHistory: { deprovision: { end: '2026-01-01T11:59:30Z' } },
};

describe('the plan of a host', () => {
  it.each<[string, HostWorld, string]>([
    ['new, without a BMC', aHostWorld('registering', { spec: { bmc: undefined } }), 'enter unmanaged (progressing)'],
    ['registering', aHostWorld('registering'), 'enter inspecting (Inspecting)'],
    [
      'registering, its Secret not held',
      aHostWorld('registering', { credentials: unheld }),
      'holdSecret (progressing)',
    ],
    [
      'provisioned before Secrets were held',
      aHostWorld('provisioned', { credentials: unheld }),
      'holdSecret (progressing)',
    ],
    [
      'registering, refused',
      aHostWorld('registering', { bmc: refused }),
      '(BMCAuthenticationFailed) !registration error',
    ],
    ['registering, silent', aHostWorld('registering', { bmc: silent(1) }), '(BMCUnreachable) !registration error'],
    [
      'registering, no Secret',
      aHostWorld('registering', {
        credentials: gone,
      }),
      '(CredentialsMissing) !registration error',
    ],
    [
      'registering, no inspection',
      aHostWorld('registering', { spec: { inspectionMode: 'disabled' } }),
      'enter preparing (Preparing)',
    ],
    ['inspecting, off', aHostWorld('inspecting'), 'power On (Inspecting)'],
    ['inspecting, in its self test', aHostWorld('inspecting', { bmc: answered({ power: 'On' }) }), '(Inspecting)'],
    [
      'inspecting, known',
      aHostWorld('inspecting', { bmc: answered({ power: 'On' }, { hardware: { nics: [] } }) }),
      'saveHardware enter preparing (Preparing)',
    ],
    [
      'inspecting for too long',
      aHostWorld('inspecting', { since: now - 1_300_000, bmc: answered({ power: 'On' }) }),
      'power ForceOff restartInspection (InspectionTimedOut) !inspection error',
    ],
    ['preparing, on', aHostWorld('preparing', { bmc: answered({ power: 'On' }) }), 'power ForceOff (Preparing)'],
    [
      'preparing, with media',
      aHostWorld('preparing', { bmc: answered({ boot: once }, { media: { cd, config } }) }),
      'ejectMedia Config ejectMedia Cd boot None (Preparing)',
    ],
    ['preparing, done', aHostWorld('preparing'), 'enter available (progressing)'],
    ['available', aHostWorld('available'), '(settled)'],
    [
      'available, somebody powered it on',
      aHostWorld('available', { bmc: answered({ power: 'On' }) }),
      'power ForceOff (progressing)',
    ],
    ['available, wanted', aHostWorld('available', { spec: image }), 'enter provisioning (Installing)'],
    [
      'available, wanted, no profile',
      aHostWorld('available', { spec: image, profile: { type: 'missing', name: 'p', namespace: 'demo' } }),
      '(ProfileNotFound) !provisioning error',
    ],
    [
      'available, wanted, no user data',
      aHostWorld('available', {
        spec: image,
        installation: {
          ...aHostWorld('available').installation,
          missing: [{ kind: 'Secret', name: 's', what: 'user data' }],
        },
      }),
      '(SecretMissing)',
    ],
    [
      'available, failed a moment ago',
      aHostWorld('available', { spec: image, status: failed }),
      '(ProvisioningFailed) !provisioning error',
    ],
    [
      'available, failed too often',
      aHostWorld('available', { spec: image, status: { ...failed, provisioningFailCount: 5 } }),
      '(ProvisioningFailed) !provisioning error',
    ],
    ['provisioning, begun', aHostWorld('provisioning', { spec: image }), 'insertMedia Cd boot Cd (Installing)'],
    [
      'provisioning, somebody powered it on',
      aHostWorld('provisioning', { spec: image, bmc: answered({ power: 'On' }) }),
      'power ForceOff (Installing)',
    ],
    [
      'provisioning, image in and verified',
      aHostWorld('provisioning', { spec: image, bmc: answered({ boot: once }, { media: { cd, config: empty } }) }),
      'insertMedia Config (Installing)',
    ],
    [
      'provisioning, armed',
      aHostWorld('provisioning', { spec: image, bmc: answered({ boot: once }, { media: { cd, config } }) }),
      'power On (Installing)',
    ],
    [
      'provisioning, at work',
      aHostWorld('provisioning', { spec: image, bmc: answered({ power: 'On' }, { media: { cd, config } }) }),
      '(Installing)',
    ],
    [
      'provisioning, lost its power',
      aHostWorld('provisioning', { spec: image, bmc: answered({}, { media: { cd, config } }) }),
      'enter deprovisioning (Deprovisioning) !provisioning error',
    ],
    [
      'provisioning, just started',
      aHostWorld('provisioning', { spec: image, bmc: answered({}, { media: { cd, config }, startedSecondsAgo: 5 }) }),
      '(Installing)',
    ],
    [
      'provisioning for too long',
      aHostWorld('provisioning', {
        spec: image,
        since: now - 2_800_000,
        bmc: answered({ power: 'On' }, { media: { cd, config } }),
      }),
      'enter deprovisioning (Deprovisioning) !provisioning error',
    ],
    [
      'provisioning, installed',
      aHostWorld('provisioning', {
        spec: image,
        installation: { ...aHostWorld('available').installation, report: { instanceId: 'i-1', phase: 'installed' } },
        bmc: answered({ power: 'On' }, { media: { cd, config } }),
      }),
      'ejectMedia Config ejectMedia Cd enter provisioned (progressing)',
    ],
    ['provisioning, image withdrawn', aHostWorld('provisioning'), 'enter deprovisioning (Deprovisioning)'],
    [
      'provisioned',
      aHostWorld('provisioned', {
        spec: image,
        status: { provisioning: { ID: '', state: 'provisioned', image: image.image } },
        bmc: answered({ power: 'On' }),
      }),
      '(settled)',
    ],
    [
      'provisioned, should be off',
      aHostWorld('provisioned', {
        spec: { ...image, online: false },
        status: { provisioning: { ID: '', state: 'provisioned', image: image.image } },
        bmc: answered({ power: 'On' }),
      }),
      'power GracefulShutdown (PowerChanging)',
    ],
    [
      'provisioned, silent for a moment',
      aHostWorld('provisioned', {
        spec: image,
        status: { provisioning: { ID: '', state: 'provisioned', image: image.image } },
        bmc: silent(3),
      }),
      '(BMCSilent)',
    ],
    [
      'provisioned, silent',
      aHostWorld('provisioned', {
        spec: image,
        status: { provisioning: { ID: '', state: 'provisioned', image: image.image } },
        bmc: silent(60),
      }),
      '(BMCUnreachable) !provisioned registration error',
    ],
    [
      'provisioned, image gone',
      aHostWorld('provisioned', { bmc: answered({ power: 'On' }) }),
      'enter deprovisioning (Deprovisioning)',
    ],
    [
      'provisioned, another image',
      aHostWorld('provisioned', {
        spec: { image: { url: 'https://images/other.iso' } },
        status: { provisioning: { ID: '', state: 'provisioned', image: image.image } },
        bmc: answered({ power: 'On' }),
      }),
      'enter deprovisioning (Deprovisioning)',
    ],
    [
      'provisioned, its image forgotten',
      aHostWorld('provisioned', { spec: image, bmc: answered({ power: 'On' }) }),
      '(settled)',
    ],
    [
      'deprovisioning, on',
      aHostWorld('deprovisioning', { bmc: answered({ power: 'On' }) }),
      'power ForceOff (Deprovisioning)',
    ],
    [
      'deleted',
      aHostWorld('available', { host: deleted(aHost('available')) }),
      'enter powering off before delete (PoweringOff)',
    ],
    [
      'deleted, never reached',
      aHostWorld('powering off before delete', {
        host: deleted(aHost('powering off before delete', {}, { goodCredentials: undefined })),
        bmc: silent(60),
      }),
      'enter deleting (progressing)',
    ],
    [
      'deleted, silent',
      aHostWorld('powering off before delete', { host: deleted(aHost('powering off before delete')), bmc: silent(60) }),
      '(BMCUnreachable) !registration error',
    ],
    [
      'deleted, silent for too long',
      aHostWorld('powering off before delete', {
        since: now - 300_000,
        host: deleted(aHost('powering off before delete')),
        bmc: silent(60),
      }),
      'enter deleting (progressing)',
    ],
    [
      'deleted, its Secret gone',
      aHostWorld('powering off before delete', {
        host: deleted(aHost('powering off before delete')),
        credentials: gone,
        bmc: { type: 'notAsked' },
      }),
      '(CredentialsMissing) !registration error',
    ],
    [
      'deleted, its Secret gone for too long',
      aHostWorld('powering off before delete', {
        since: now - 300_000,
        host: deleted(aHost('powering off before delete')),
        credentials: gone,
        bmc: { type: 'notAsked' },
      }),
      'enter deleting (progressing)',
    ],
    [
      'deleted, on',
      aHostWorld('powering off before delete', {
        host: deleted(aHost('powering off before delete')),
        bmc: answered({ power: 'On' }),
      }),
      'power ForceOff (PoweringOff)',
    ],
    ['deleting', aHostWorld('deleting', { host: deleted(aHost('deleting')) }), 'removeFinalizer (settled)'],
  ])('%s', (_name, world, expected) => expect(told(world)).toBe(expected));
});
