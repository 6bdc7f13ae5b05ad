export { type Agent, agentVersion, startAgent } from './agent.js';
export type { AgentConfig, AgentOptions } from './options.js';
export { heartbeatLeaseSeconds, heartbeatSeconds } from './heartbeat.js';
export type { Host, HostInfo } from './host.js';
export { isItemDone, itemHash, itemsInOrder, nextMove, phases, type NextMove } from './items.js';
export {
  type Address,
  type AgentMachine,
  AgentMachineKind,
  type AgentStatus,
  type StateItem,
  type StateItemStatus,
  agentFieldManager,
} from './machine.js';
export { type Bundle, type Bundles, type Refusal } from './launch/bundles.js';
export { type AgentProcess, type AgentWord, type LaunchOptions, type StartContext, launch } from './launch/launch.js';
export { type Updater, type WantedAgent } from './self-update.js';
export { type RunContext, type RunResult, type Runner, timeoutOf } from './runner.js';
export { fetchBundle, realBundles, type RealBundlesOptions, realUpdater } from './real/real-bundles.js';
export { realHost, type RealHostOptions } from './real/real-host.js';
export { realRunner, type RealRunnerOptions } from './real/real-runner.js';
export { claimsOf, type TokenClaims } from './token.js';
