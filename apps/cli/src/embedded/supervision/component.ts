import type { ProcessIdentity } from './processes.js';

/** One process of the installation, as the supervisor runs it. */
export interface Component {
  readonly name: string;
  /** As told to people: `Kubernetes API`. */
  readonly title: string;
  /** Names of the components that must have been ready once before this one begins. */
  readonly after: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Run as this user instead of our own. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stopSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
  /** Of its programs, where it can be replaced by another. */
  readonly version?: string;
  /** Work before each start: files, folders. Must be repeatable. */
  prepare?(): Promise<void>;
  /** undefined when it serves; otherwise what is missing, in a few words. */
  probe(): Promise<string | undefined>;
  /** The same while it stands by beside the one it will replace. */
  probeBeside?(): Promise<string | undefined>;
  /** Work after it became ready, after every start: roles, streams, definitions. Must be repeatable. */
  provision?(): Promise<void>;
}

/** A Deployment of the management API whose process the supervisor runs. */
export interface Workload {
  readonly deployment: string;
  /** Names of its containers: the services that the process hosts. */
  readonly services: readonly string[];
  /** Name of the component that runs it. */
  readonly component: string;
  /**
   * The component of a version.
   *
   * @param beside it starts beside another of its kind, and takes its place when that has ended
   */
  componentOf(version: string, root: string, beside: boolean): Promise<Component>;
}

export type ComponentState = 'waiting' | 'starting' | 'provisioning' | 'ready' | 'restarting' | 'stopped';

/** What the supervisor writes for `up` and `status` to read. */
export interface SupervisorState {
  readonly supervisor: ProcessIdentity;
  readonly options: EmbeddedOptions;
  /** What was compiled when it started: another one means that its parts are of older sources. */
  readonly build: string;
  readonly components: readonly ComponentStatus[];
}

export interface ComponentStatus {
  readonly name: string;
  readonly title: string;
  readonly version?: string;
  /** It stands by beside the one it will replace. */
  readonly beside?: true;
  readonly state: ComponentState;
  readonly process?: ProcessIdentity;
  readonly restarts: number;
  /** What is missing or went wrong, for people. */
  readonly message?: string;
  /** Milliseconds since the epoch of the last change of state. */
  readonly since: number;
}

/** What `up` was told; kept so that a second `up` continues the same way. */
export interface EmbeddedOptions {
  /** Each service in its own process. */
  readonly processes: boolean;
  /** Simulated servers. */
  readonly servers: number;
  readonly seed: string;
  /** How much faster than life the lab runs. */
  readonly labSpeed: number;
  /** The kubeconfig of an administrator of the Kubernetes API to run on, an absolute path; the embedded one without it. */
  readonly kubeconfig?: string;
}
