import type { Bundles } from '@keelson/agent';
import { type Random, uuid } from '@keelson/std';
import type { Stage } from './server.states.js';

/** Everything of a server that survives the death of the lab's process. Plain data; saved as it is. */
export interface ServerState {
  readonly id: string;
  stage: Stage;
  /** Milliseconds since the epoch. */
  since: number;
  /** Of the present power cycle; a new one with each start. */
  bootId: string;
  bootedAt: number;
  boot: BootOverride;
  media: Record<MediaName, string | undefined>;
  /** The BMC tells of hardware only what a self test has found. */
  inventoried: boolean;
  disk: Disk;
  /** Raised with every change the BMC shows: its entity tag. */
  version: number;
}

export type MediaName = 'Cd' | 'ConfigCd';

export interface BootOverride {
  target: 'None' | 'Cd' | 'Hdd' | 'Pxe';
  enabled: 'Disabled' | 'Once' | 'Continuous';
  mode: 'UEFI' | 'Legacy';
}

export interface Disk {
  /** Instance id of the installation that began to write last, whether it ended or not. */
  writtenFor: string | undefined;
  system: InstalledSystem | undefined;
}

/** What an installation left on the disk. */
export interface InstalledSystem {
  readonly instanceId: string;
  readonly image: string;
  readonly hostname: string;
  readonly internalIP: string | undefined;
  /** The text of `/etc/keelson/agent.json`; it holds the machine's token, as a real disk does. */
  agentJson: string | undefined;
  /** What the launcher of its agent remembers; absent before its first change. */
  agentBundles?: Bundles | undefined;
  /** Version of the item that last brought its packages. */
  packages?: string | undefined;
  /** The boot in which packages were renewed that work only after the next one. */
  rebootWantedIn?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly installedAt: number;
}

/** A server as delivered: off, empty, never tested. */
export function newServer(id: string, now: number, random: Random): ServerState {
  return {
    id,
    stage: 'off',
    since: now,
    bootId: uuid(random),
    bootedAt: now,
    boot: { target: 'None', enabled: 'Disabled', mode: 'UEFI' },
    media: { Cd: undefined, ConfigCd: undefined },
    inventoried: false,
    disk: { writtenFor: undefined, system: undefined },
    version: 1,
  };
}
