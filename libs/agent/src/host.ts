import type { Address } from './machine.js';

/** The host as the agent finds it: really (`realHost`) or simulated. */
export interface Host {
  info(): HostInfo;
  /** Calls back when `details` may have changed by themselves; gives back how to end it. */
  onChange?(listener: () => void): () => void;
  /** Asks the operating system to restart; the agent will not live to see the end of it. */
  reboot(): Promise<void>;
}

export interface HostInfo {
  readonly addresses: readonly Address[];
  /** When the kernel started, milliseconds since the epoch: how the agent knows that a reboot has happened. */
  readonly bootedAt: number;
  /** Written to `status.hostInfo` as it is; keep it still, every change is a write. */
  readonly details: Readonly<Record<string, unknown>>;
}
