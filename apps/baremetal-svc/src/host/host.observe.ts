import {
  annotations,
  type BareMetalHost,
  BareMetalHostProfileKind,
  finalizers,
  HardwareDataKind,
  type IpamHost,
  IpamHostKind,
  keyOf,
  keyText,
  type KubeObject,
  labels,
  type Machine,
  MachineKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import type { Bmcs } from '../bmc/bmcs.js';
import { askBmc } from './host.bmc.js';
import { installationUrls, instanceIdOf, reportOf, tokenSecret } from './host.installation.js';
import { hostStates, type HostState } from './host.states.js';
import type { Credentials, HostWorld, InstallationView, ProfileView, UnheldSecret } from './host.world.js';

export interface ObserveOptions {
  readonly bmcs: Bmcs;
  /** The service's own URL as BMCs see it. */
  readonly url: string;
}

/** Gathers everything a host's plan depends on; the BMC is asked last, and only what the state needs. */
export async function observeHost(options: ObserveOptions, reader: Reader, host: BareMetalHost): Promise<HostWorld> {
  const state = stateOf(host);
  const machine = machineOf(reader, host);
  const progress = host.status?.progress;
  const name = host.spec.bmc?.credentialsName ?? '';
  const secret = reader.get(SecretKind, { namespace: host.metadata.namespace, name });
  const { credentials, access } = accountIn(host, secret);
  return {
    now: reader.now,
    host,
    state,
    since: progress?.state === state ? Date.parse(progress.since) : reader.now,
    credentials,
    machine,
    profile: profileOf(reader, host, machine),
    installation: installationOf(options.url, reader, host, state),
    recordedHardware: reader.get(HardwareDataKind, keyOf(host))?.spec.hardware,
    bmc: await askBmc({ bmcs: options.bmcs, now: reader.now, host, state, credentials, access }),
  };
}

/** The state a host is in by its status. A new host is registering: a BMC that answers at once costs no write for that. */
export function stateOf(host: BareMetalHost): HostState {
  const state = host.status?.provisioning.state ?? '';
  if (state === 'match profile') return 'preparing';
  if (state === '') return 'registering';
  return state === 'ready' ? 'available' : state;
}

/** How hosts are called where BMCs are concerned. */
export function hostId(host: BareMetalHost): string {
  return keyText(keyOf(host));
}

interface AccountAndAccess {
  readonly credentials: Credentials;
  readonly access: { readonly username: string; readonly password: string } | undefined;
}

/** The account of a host's BMC, from the Secret that its spec names. */
export function accountIn(host: BareMetalHost, secret: Secret | undefined): AccountAndAccess {
  const name = host.spec.bmc?.credentialsName;
  const unheld = unheldOf(host, secret);
  const none = (missing: string): AccountAndAccess => ({
    credentials: { secretName: name, version: undefined, missing, unheld },
    access: undefined,
  });
  if (name === undefined || name === '') return none('spec.bmc.credentialsName names no Secret');
  if (secret === undefined)
    return none(`Secret ${name} does not exist; the BareMetalHostCredential makes it once it holds a password`);
  const username = decoded(secret.data, 'username');
  const password = decoded(secret.data, 'password');
  if (username === undefined || password === undefined) return none(`Secret ${name} lacks username or password`);
  return {
    credentials: { secretName: name, version: secret.metadata.resourceVersion, missing: undefined, unheld },
    access: { username, password },
  };
}

/** Nothing is held any more that is on its way out, nor by a host that is. */
function unheldOf(host: BareMetalHost, secret: Secret | undefined): UnheldSecret | undefined {
  if (secret === undefined || isLeaving(secret) || isLeaving(host) || isPaused(host) || isDetached(host))
    return undefined;
  const { resourceVersion, finalizers: present = [] } = secret.metadata;
  return present.includes(finalizers.hostSecret)
    ? undefined
    : { key: keyOf(secret), resourceVersion, finalizers: present };
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function decoded(data: Record<string, string> | undefined, key: string): string | undefined {
  const value = data?.[key];
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

function machineOf(reader: Reader, host: BareMetalHost): Machine | undefined {
  const consumer = host.spec.consumerRef;
  if (consumer?.name === undefined || (consumer.kind ?? 'Machine') !== 'Machine') return undefined;
  const machine = reader.get(MachineKind, {
    namespace: consumer.namespace ?? host.metadata.namespace,
    name: consumer.name,
  });
  return consumer.uid === undefined || machine?.metadata.uid === consumer.uid ? machine : undefined;
}

/** The profile the Machine names, else the default of the host's namespace. */
function profileOf(reader: Reader, host: BareMetalHost, machine: Machine | undefined): ProfileView {
  if (machine === undefined) return { type: 'notNeeded' };
  const named = machine.spec.providerSpec.value?.bareMetalHostProfile;
  const namespace = named?.namespace ?? machine.metadata.namespace ?? host.metadata.namespace ?? '';
  const profile =
    named === undefined
      ? reader
          .list(BareMetalHostProfileKind, namespace)
          .find((candidate) => candidate.metadata.labels?.[labels.defaultHostProfile] === 'true')
      : reader.get(BareMetalHostProfileKind, { namespace, name: named.name });
  return profile === undefined ? { type: 'missing', name: named?.name, namespace } : { type: 'found', profile };
}

function installationOf(url: string, reader: Reader, host: BareMetalHost, state: HostState): InstallationView {
  const instanceId = instanceIdOf(host);
  const key = reader.get(SecretKind, { namespace: host.metadata.namespace, name: tokenSecret.name })?.data?.[
    tokenSecret.key
  ];
  const report = reportOf(host);
  return {
    instanceId,
    urls:
      key === undefined || state !== 'provisioning'
        ? undefined
        : installationUrls(url, host, Buffer.from(key, 'base64')),
    report: report?.instanceId === instanceId ? report : undefined,
    missing: missingOf(reader, host),
  };
}

function missingOf(reader: Reader, host: BareMetalHost): InstallationView['missing'] {
  const { userData, metaData, networkData, consumerRef } = host.spec;
  const missing: { kind: string; name: string; what: string }[] = [];
  for (const [reference, what] of [
    [userData, 'user data'],
    [metaData, 'meta data'],
    [networkData, 'network data'],
  ] as const) {
    if (reference === undefined) continue;
    const secret = reader.get(SecretKind, {
      namespace: reference.namespace ?? host.metadata.namespace,
      name: reference.name,
    });
    if (secret === undefined) missing.push({ kind: 'Secret', name: reference.name, what });
  }
  if (consumerRef?.name === undefined || networkData !== undefined) return missing;
  const ipamHost = reader.get(IpamHostKind, {
    namespace: consumerRef.namespace ?? host.metadata.namespace,
    name: consumerRef.name,
  });
  if (!isNetworkAccepted(ipamHost))
    missing.push({ kind: 'IpamHost', name: consumerRef.name, what: 'accepted network' });
  return missing;
}

/** Whether a machine has a network that is to be installed. */
export function isNetworkAccepted(ipamHost: Pick<IpamHost, 'status'> | undefined): boolean {
  return ipamHost?.status?.netconfigFilesState?.startsWith('OK') === true && ipamHost.status.netconfigV2 !== undefined;
}

/** True when the operator has told Keelson to keep its hands off the host. */
export function isPaused(host: BareMetalHost): boolean {
  return host.metadata.annotations?.[annotations.hostPaused] !== undefined;
}

/** True when the host's BMC must not be asked, but its record may go. */
export function isDetached(host: BareMetalHost): boolean {
  return host.metadata.annotations?.[annotations.hostDetached] !== undefined;
}

/** Names of the annotations that ask for a reboot, and the one among them that is taken away when the server is off. */
export function rebootsOf(host: BareMetalHost): { readonly names: readonly string[]; readonly isHard: boolean } {
  const found = Object.entries(host.metadata.annotations ?? {}).filter(
    ([name]) => name === annotations.hostReboot || name.startsWith(`${annotations.hostReboot}/`),
  );
  return { names: found.map(([name]) => name), isHard: found.some(([, value]) => value.includes('"hard"')) };
}

/** True for states of `hostStates` that are at rest. */
export function isAtRest(state: HostState): boolean {
  return hostStates.states[state].rest === true;
}
