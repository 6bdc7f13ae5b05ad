import type { AgentConfig } from '@keelson/agent';
import type { KubeApi } from '@keelson/kube';
import type { Clock, Http, Log, Random } from '@keelson/std';
import type { ClusterWorld } from '../clusters/cluster-world.js';
import type { Faults } from '../faults/faults.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Pace, Timings } from './pace.js';

/** What every part of the data centre shares. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly pace: Pace;
  readonly timings: Timings;
  readonly faults: Faults;
  readonly ledger: Ledger;
  /** How hosts reach services: media and call-backs. */
  readonly http: Http;
  /** How an agent reaches the management API, each with its own identity. */
  readonly kube: (config: AgentConfig) => KubeApi;
  readonly clusters: ClusterWorld;
  /** Notes that a server's state must be saved; `saveServerNow` resolves once it and all that was noted before is. */
  readonly noteServer: (id: string) => void;
  readonly saveServerNow: (id: string) => Promise<void>;
}
