import type { KubeApi } from '@keelson/kube';
import type { Clock, Log, Random } from '@keelson/std';
import type { Host } from './host.js';
import type { Runner } from './runner.js';
import type { Updater, WantedAgent } from './self-update.js';

/** What the agent is told at installation: `/etc/keelson/agent.json`. */
export interface AgentConfig {
  /** URL of the management API. */
  readonly server: string;
  /** PEM; the system's trust store when absent. */
  readonly certificateAuthority?: string;
  /** Of the machine's own service account. */
  readonly token: string;
  readonly namespace: string;
  /** Name of the LCMMachine. */
  readonly machine: string;
  /** The agent of the release that the host is installed for: the launcher begins with it. */
  readonly agent?: WantedAgent | undefined;
}

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly api: KubeApi;
  readonly runner: Runner;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly saveToken: (token: string) => void | Promise<void>;
  /** Version that this process reports; that of this code when absent. */
  readonly version?: string;
  /** How the agent of another release takes this one's place; absent where it does not. */
  readonly updater?: Updater;
}
