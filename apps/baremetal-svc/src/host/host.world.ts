import type { BareMetalHost, BareMetalHostProfile, HardwareDetails, Machine, ObjectKey } from '@keelson/api';
import type { MediaState, SystemState } from '@keelson/redfish';
import type { Failure } from '@keelson/std';
import type { InstallationUrls, InstallReport } from './host.installation.js';
import type { HostState } from './host.states.js';

/** Everything the plan of a host depends on. */
export interface HostWorld {
  readonly now: number;
  readonly host: BareMetalHost;
  readonly state: HostState;
  /** When the state was entered, in milliseconds since the epoch; now for a new host. */
  readonly since: number;
  readonly credentials: Credentials;
  readonly bmc: BmcView;
  /** The Machine that claimed the host, if it exists. */
  readonly machine: Machine | undefined;
  readonly profile: ProfileView;
  readonly installation: InstallationView;
  /** What HardwareData says now. */
  readonly recordedHardware: HardwareDetails | undefined;
}

/** The Secret with the BMC's account. The password itself is not here. */
export interface Credentials {
  readonly secretName: string | undefined;
  /** resourceVersion of the Secret; undefined when it does not exist or lacks a key. */
  readonly version: string | undefined;
  readonly missing: string | undefined;
  /** The Secret where it is not held yet: it could go before the host has been powered off. */
  readonly unheld: UnheldSecret | undefined;
}

export interface UnheldSecret {
  readonly key: ObjectKey;
  readonly resourceVersion: string | undefined;
  readonly finalizers: readonly string[];
}

/** What the BMC said when it was asked in this pass. */
export type BmcView =
  | { readonly type: 'notAsked' }
  | { readonly type: 'failed'; readonly failure: Failure; readonly since: number; readonly isRefusal: boolean }
  | {
      readonly type: 'answered';
      readonly system: SystemState;
      /** Only where the state needs them. */
      readonly media: { readonly cd: MediaState; readonly config: MediaState } | undefined;
      /** Complete, and only while inspecting. */
      readonly hardware: HardwareDetails | undefined;
      /** Since when BootProgress has its value, and whether it was seen to change. */
      readonly progress: { readonly since: number; readonly isAlive: boolean } | undefined;
      /** For how long the power has not been what it should be. */
      readonly powerWrongSeconds: number;
      /** Seconds since the server was told to start; Infinity when this process never did. */
      readonly startedSecondsAgo: number;
    };

export type ProfileView =
  | { readonly type: 'found'; readonly profile: BareMetalHostProfile }
  | { readonly type: 'missing'; readonly name: string | undefined; readonly namespace: string }
  | { readonly type: 'notNeeded' };

export interface InstallationView {
  readonly instanceId: string;
  /** Only while provisioning, once the project has its token key. */
  readonly urls: InstallationUrls | undefined;
  /** The installer's last word about this very installation. */
  readonly report: InstallReport | undefined;
  /** Objects that an installation needs and that are not there yet. */
  readonly missing: readonly { readonly kind: string; readonly name: string; readonly what: string }[];
}
