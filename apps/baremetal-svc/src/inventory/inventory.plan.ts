import {
  annotations,
  type BareMetalHost,
  BareMetalHostKind,
  type BareMetalHostInventory,
  finalizers,
  keyOf,
  type Reference,
} from '@keelson/api';
import { type Outcome, type Plan, blockedBy, settled, waitingOn } from '@keelson/reconcile';
import { equalJson, sha256Json } from '@keelson/std';
import type { InventoryWorld } from './inventory.observe.js';
import { passingSeconds } from './inventory.passing.js';
import type { InventoryStep } from './inventory.steps.js';

/** Holds an inventory until its host is gone. */
export const inventoryFinalizer = 'baremetalhostinventory.kaas.mirantis.com';

/** Hash of what was last handed to the host: a label that was taken away here is taken away there. */
const hashAnnotation = 'keelson.dev/inventory-hash';

/** One BareMetalHost of the same name and namespace for each inventory; direct edits of it are overwritten. */
export function planInventory(world: InventoryWorld): Plan<InventoryStep> {
  const { inventory, host } = world;
  if (inventory.metadata.deletionTimestamp !== undefined) return planRemoval(world);
  const hold: InventoryStep[] =
    inventory.metadata.finalizers?.includes(inventoryFinalizer) === true
      ? []
      : [{ type: 'hold', inventory, finalizer: inventoryFinalizer }];
  const contradiction = contradictionOf(world);
  if (contradiction !== undefined)
    return { steps: hold, outcome: blockedBy(contradiction.on, contradiction.reason, contradiction.message) };
  if (host?.metadata.deletionTimestamp !== undefined) {
    return {
      steps: hold,
      outcome: waitingOn(
        refOf('BareMetalHost', host),
        'HostDeleted',
        'The BareMetalHost was deleted directly; it is made anew once it is gone.',
      ),
    };
  }
  const secretName = world.credential?.spec.password.secret?.name;
  if (secretName === undefined) return { steps: hold, outcome: waitingForCredential(world) };
  const wanted = hostOf(inventory, secretName);
  const steps: InventoryStep[] =
    host !== undefined && isAsWanted(host, wanted) ? hold : [...hold, { type: 'applyHost', host: wanted }];
  return { steps, outcome: passing(world) ?? hostTrouble(host), why: 'The inventory has its BareMetalHost.' };
}

function planRemoval({ inventory, host, machine }: InventoryWorld): Plan<InventoryStep> {
  if (host === undefined)
    return {
      steps: [{ type: 'release', inventory, finalizer: inventoryFinalizer }],
      outcome: settled,
      why: 'The BareMetalHost is gone.',
    };
  if (machine !== undefined) {
    const message = `Machine ${machine.metadata.name} uses the host. Delete the Machine first; the inventory then goes by itself.`;
    return { steps: [], outcome: waitingOn(refOf('Machine', machine), 'HostInUse', message) };
  }
  const remove: InventoryStep[] =
    host.metadata.deletionTimestamp === undefined
      ? [{ type: 'removeHost', key: keyOf(host), uid: host.metadata.uid }]
      : [];
  return {
    steps: remove,
    outcome: waitingOn(
      refOf('BareMetalHost', host),
      'RemovingHost',
      'The server is powered off and its BareMetalHost removed.',
    ),
  };
}

/** Two inventories for one server: the younger is not followed. */
export function contradictionOf({
  elders,
}: InventoryWorld): { on: Reference; reason: string; message: string } | undefined {
  const { bootMac, bmc } = elders;
  if (bootMac !== undefined) {
    const message = `spec.bootMACAddress is already that of BareMetalHostInventory ${nameOf(bootMac)}. Correct the address here, or delete the one that is wrong.`;
    return { on: refOf('BareMetalHostInventory', bootMac), reason: 'DuplicateBootMAC', message };
  }
  if (bmc === undefined) return undefined;
  const message = `spec.bmc.address is already that of BareMetalHostInventory ${nameOf(bmc)}. Correct the address here, or delete the one that is wrong.`;
  return { on: refOf('BareMetalHostInventory', bmc), reason: 'DuplicateBMCAddress', message };
}

function nameOf({ metadata }: BareMetalHostInventory): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function waitingForCredential(world: InventoryWorld): Outcome {
  const { inventory, credential } = world;
  const name = inventory.spec.bmc.bmhCredentialsName;
  const on: Reference = {
    kind: 'BareMetalHostCredential',
    ...(inventory.metadata.namespace === undefined ? {} : { namespace: inventory.metadata.namespace }),
    name,
  };
  const message =
    credential === undefined
      ? `BareMetalHostCredential ${name} does not exist in this namespace. Create it, or name another in spec.bmc.bmhCredentialsName.`
      : `BareMetalHostCredential ${name} has no password yet.`;
  return credential === undefined
    ? waitingOn(on, 'CredentialNotFound', message)
    : waitingOn(on, 'CredentialIncomplete', message, passingSeconds(world) || undefined);
}

/** The host is on its way through a state that is not repeated unless it lasts. */
function passing(world: InventoryWorld): Outcome | undefined {
  const seconds = passingSeconds(world);
  return world.host === undefined || seconds === 0
    ? undefined
    : waitingOn(refOf('BareMetalHost', world.host), 'HostPassing', 'The host is on its way.', seconds);
}

/** What stops the host stops the inventory: so the chain of waiting can be walked from here. */
function hostTrouble(host: BareMetalHost | undefined): Outcome {
  const { errorType, errorMessage, progress } = host?.status ?? {};
  return host === undefined || errorType === undefined
    ? settled
    : waitingOn(refOf('BareMetalHost', host), progress?.reason ?? 'HostFailed', errorMessage ?? '');
}

/** The part of a BareMetalHost that comes from its inventory. */
function hostOf(inventory: BareMetalHostInventory, secretName: string): BareMetalHost {
  const { metadata, spec } = inventory;
  const { disableCertificateVerification, address, bmhCredentialsName } = spec.bmc;
  const verification = disableCertificateVerification === undefined ? {} : { disableCertificateVerification };
  const hostSpec: BareMetalHost['spec'] = {
    automatedCleaningMode: 'metadata',
    bmc: { address, credentialsName: secretName, ...verification },
    bootMACAddress: spec.bootMACAddress,
    bootMode: spec.bootMode,
    online: spec.online,
  };
  const inherited = { labels: { ...metadata.labels }, credentials: bmhCredentialsName, spec: hostSpec };
  return {
    apiVersion: `${BareMetalHostKind.group}/${BareMetalHostKind.version}`,
    kind: BareMetalHostKind.kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: inherited.labels,
      annotations: {
        [annotations.hostCredentials]: bmhCredentialsName,
        [hashAnnotation]: sha256Json(inherited).slice(0, 16),
      },
      finalizers: [finalizers.host],
    },
    spec: hostSpec,
  };
}

/** What of a BareMetalHost comes from its inventory, beside labels. */
export function handedDown({ metadata, spec }: BareMetalHost): unknown {
  const { bmc, bootMACAddress, bootMode, online } = spec;
  const given = [annotations.hostCredentials, hashAnnotation].map((name) => metadata.annotations?.[name]);
  return [bmc, bootMACAddress, bootMode, online, ...given];
}

function isAsWanted(host: BareMetalHost, wanted: BareMetalHost): boolean {
  const has = (
    shown: Readonly<Record<string, string>> | undefined,
    all: Readonly<Record<string, string>> | undefined,
  ): boolean => Object.entries(all ?? {}).every(([name, value]) => shown?.[name] === value);
  const { spec } = host;
  const part = { bmc: spec.bmc, bootMACAddress: spec.bootMACAddress, bootMode: spec.bootMode, online: spec.online };
  const { automatedCleaningMode: _mode, ...wantedPart } = wanted.spec;
  return (
    has(host.metadata.labels, wanted.metadata.labels) &&
    has(host.metadata.annotations, wanted.metadata.annotations) &&
    equalJson(part, wantedPart)
  );
}

export function refOf(
  kind: string,
  { metadata }: { readonly metadata: { readonly namespace?: string; readonly name: string } },
): Reference {
  return { kind, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: metadata.name };
}
