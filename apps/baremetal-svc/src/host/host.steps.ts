import {
  type BareMetalHost,
  BareMetalHostKind,
  finalizers,
  type HardwareDetails,
  HardwareDataKind,
  type ObjectKey,
  SecretKind,
  keyText,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { PowerAction } from '@keelson/redfish';
import type { Random } from '@keelson/std';
import type { Bmcs } from '../bmc/bmcs.js';
import { tokenSecret } from './host.installation.js';
import type { HostState } from './host.states.js';
import type { UnheldSecret } from './host.world.js';

/** What can be done with a host. `host` is its namespace/name. */
export type HostStep =
  | { readonly type: 'addFinalizer'; readonly object: BareMetalHost; readonly finalizer: string }
  | { readonly type: 'removeFinalizer'; readonly object: BareMetalHost; readonly finalizer: string }
  | { readonly type: 'holdSecret'; readonly secret: UnheldSecret }
  | { readonly type: 'power'; readonly host: string; readonly action: PowerAction }
  | { readonly type: 'insertMedia'; readonly host: string; readonly slot: 'Cd' | 'Config'; readonly url: string }
  | { readonly type: 'ejectMedia'; readonly host: string; readonly slot: 'Cd' | 'Config' }
  | {
      readonly type: 'setBoot';
      readonly host: string;
      readonly target: 'Cd' | 'None';
      readonly mode: 'UEFI' | 'Legacy';
    }
  | { readonly type: 'saveHardware'; readonly key: ObjectKey; readonly uid: string; readonly hardware: HardwareDetails }
  | { readonly type: 'makeTokenKey'; readonly namespace: string }
  | { readonly type: 'dropAnnotations'; readonly key: ObjectKey; readonly names: readonly string[] }
  /** The inspection begins anew; status keeps the time. */
  | { readonly type: 'restartInspection'; readonly host: string }
  /** The state moves; the status carries it. Always the last step. */
  | { readonly type: 'enter'; readonly host: string; readonly to: HostState };

export interface StepOptions {
  readonly bmcs: Bmcs;
  readonly random: Random;
  readonly now: () => number;
}

/** What each step does. Commands to BMCs are asked for here and verified by the next pass. */
export function hostSteps({ bmcs, random, now }: StepOptions): StepTable<HostStep> {
  return {
    addFinalizer: {
      describe: ({ object }) => `hold the record of ${object.metadata.name} until the server is off`,
      run: ({ object, finalizer }, writer) => writer.addFinalizer(object, finalizer),
    },
    removeFinalizer: {
      describe: ({ object }) => `let the record of ${object.metadata.name} go`,
      run: async ({ object, finalizer }, writer) => {
        await writer.removeFinalizer(object, finalizer);
        bmcs.forget(keyText({ namespace: object.metadata.namespace, name: object.metadata.name }));
      },
    },
    holdSecret: {
      describe: ({ secret }) => `hold Secret ${keyText(secret.key)} until no host needs it`,
      run: async ({ secret: { key, resourceVersion, finalizers: present } }, writer) => {
        const metadata = { resourceVersion, finalizers: [...present, finalizers.hostSecret] };
        await writer.patch(SecretKind, key, { metadata });
      },
    },
    power: {
      describe: ({ host, action }) => `${powerWords[action]} ${host}`,
      run: async ({ host, action }) => {
        const memory = bmcs.memory(host);
        if (action === 'On' || action === 'ForceRestart') memory.startedAt = now();
        if (action === 'ForceRestart' && memory.progress !== undefined)
          memory.progress = { ...memory.progress, since: now() };
        memory.answer = undefined;
        await bmcs.of(host).power(action);
      },
    },
    insertMedia: {
      describe: ({ host, slot }) =>
        `put the ${slot === 'Cd' ? 'image' : 'configuration'} into a virtual drive of ${host}`,
      run: ({ host, slot, url }) => bmcs.of(host).insertMedia(slot, url),
    },
    ejectMedia: {
      describe: ({ host, slot }) =>
        `empty the virtual drive of ${host} for the ${slot === 'Cd' ? 'image' : 'configuration'}`,
      run: ({ host, slot }) => bmcs.of(host).ejectMedia(slot),
    },
    setBoot: {
      describe: ({ host, target }) =>
        target === 'Cd' ? `let ${host} boot from its virtual CD once` : `take the boot override of ${host} away`,
      run: ({ host, target, mode }) => bmcs.of(host).setBootOverride(target, { enabled: 'Once', mode }),
    },
    saveHardware: {
      describe: ({ key }) => `record the hardware of ${keyText(key)}`,
      run: async ({ key, uid, hardware }, writer) => {
        const metadata = {
          ...metadataOf(key),
          ownerReferences: [{ apiVersion: 'metal3.io/v1alpha1', kind: 'BareMetalHost', name: key.name, uid }],
        };
        await writer.apply(
          HardwareDataKind,
          { apiVersion: 'metal3.io/v1alpha1', kind: 'HardwareData', metadata, spec: { hardware } },
          { force: true },
        );
      },
    },
    makeTokenKey: {
      describe: ({ namespace }) => `make the key of host tokens in ${namespace}`,
      run: async ({ namespace }, writer) => {
        const key = Buffer.from(Array.from({ length: 32 }, () => Math.floor(random.next() * 256)));
        const data = { [tokenSecret.key]: key.toString('base64') };
        await writer.create(SecretKind, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: tokenSecret.name, namespace },
          type: 'Opaque',
          data,
        });
      },
    },
    dropAnnotations: {
      describe: ({ key, names }) => `take ${names.join(', ')} off ${keyText(key)}`,
      run: async ({ key, names }, writer) => {
        await writer.patch(BareMetalHostKind, key, {
          metadata: { annotations: Object.fromEntries(names.map((name) => [name, null])) },
        });
      },
    },
    restartInspection: { describe: ({ host }) => `inspect ${host} anew`, run: async () => {} },
    enter: { describe: ({ host, to }) => `${host} becomes ${to}`, run: async () => {} },
  };
}

const powerWords: Record<PowerAction, string> = {
  On: 'power on',
  ForceOff: 'power off',
  GracefulShutdown: 'shut down',
  ForceRestart: 'reset',
};

function metadataOf(key: ObjectKey): { name: string; namespace?: string } {
  return key.namespace === undefined ? { name: key.name } : { name: key.name, namespace: key.namespace };
}
