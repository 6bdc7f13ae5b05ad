import type { KubeObject } from '@keelson/api';
import type { Cloud, CredentialNeed } from './cloud.js';

/** One service of the cloud, one folder: everything that is particular to it, and nothing else knows. */
export interface CloudService {
  /** Its name in `features.services`: `identity`, `compute`, … */
  readonly name: string;
  /** The project: `keystone`, `nova`, … */
  readonly project: string;
  /** Names of services that must be applied before this one; those that are not enabled are ignored. */
  readonly needs: readonly string[];
  /** Credentials that must exist before `render` is called. */
  credentials(cloud: Pick<Cloud, 'name' | 'namespace' | 'spec' | 'release'>): readonly CredentialNeed[];
  /** Pure. @throws Failure terminal naming the field of the spec that cannot be rendered */
  render(cloud: Cloud): RenderedService;
  readonly probe?: ProbeDeclaration;
  /** In order. Services without a schema or a particular order have one step, `replace`. */
  readonly upgrade: readonly UpgradeStep[];
  /** Its CronJobs do not run while the cloud goes to another release. */
  readonly pausedByUpgrade?: boolean;
}

/** Something outside the cloud that a service cannot begin without. */
export interface Prerequisite {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** A sentence: who brings it. */
  readonly message: string;
}

export interface RenderedService {
  /** Name in `features.services`. */
  readonly service: string;
  readonly files: readonly ConfigFile[];
  /** Applied one after the other; the next begins when the one before is what its `until` says. */
  readonly stages: readonly Stage[];
  /** Before credentials of a cloud that runs change: the accounts of their successors, made with those that are in force. */
  readonly opening?: readonly Stage[];
  /** When every service is what it is to be: away with the accounts that a rotation has replaced. */
  readonly closing?: readonly Stage[];
  /** Jobs that only an upgrade or an operation runs, such as `keystone-db-sync-expand`, and files that such a Job alone reads. */
  readonly onDemand: readonly KubeObject[];
  /** What is not there yet and must be before the service is applied for the first time. */
  readonly lacks?: Prerequisite;
}

/** A configuration file as a container sees it. */
export interface ConfigFile {
  /** The Secret it is kept in, such as `keystone-etc`. Configuration carries credentials, so it is never in a ConfigMap. */
  readonly secret: string;
  /** Its key there. */
  readonly key: string;
  /** Where it is mounted, such as `/etc/keystone/keystone.conf`. */
  readonly path: string;
  readonly format: 'ini' | 'json' | 'yaml' | 'text';
  /** The value that `text` writes: sections and options of an INI file, the document of the others, the text itself. */
  readonly parsed: unknown;
  text(): string;
  /** Files that are wherever it is. */
  readonly companions?: readonly ConfigFile[];
}

export interface Stage {
  /** `configuration`, `accounts`, `schema`, `catalogue`, `workloads`, `bootstrap`, … */
  readonly name: string;
  readonly objects: readonly KubeObject[];
  /**
   * `applied`: written; `complete`: every Job succeeded; `ready`: every workload runs its newest generation and its pods
   * are ready.
   */
  readonly until: 'applied' | 'complete' | 'ready';
  readonly timeoutSeconds: number;
}

/** How a service is asked whether it works. */
export interface ProbeDeclaration {
  /** Host name inside the cluster, without the domain: `keystone-api`. */
  readonly host: string;
  readonly port: number;
  /** A document that needs no token. It proves that the process serves, not that its database does. */
  readonly path: string;
  /** Statuses that mean alive. The root of cinder, heat and barbican answers 300. */
  readonly accepts: readonly number[];
  /** Questions that need a token and show that database, bus and agents work. */
  readonly checks: readonly ApiCheck[];
}

export interface ApiCheck {
  readonly name: string;
  /** The service type in the catalogue, such as `compute`. */
  readonly type: string;
  /** Path after the endpoint; `{project_id}` stands for the project of the token. */
  readonly path: string;
  /**
   * `answers`: 200 is enough; `services`: rows with `state` and `updated_at` (nova, cinder, heat: a dead one reads `up` for up
   * to a minute, so the row must be newer than the last restart); `agents`: rows with `alive`; `statuses`: rows with `status` UP;
   * `hypervisors`: nova's, beside its services and the cluster's computes; `catalogue`: endpoints, beside the `services` that
   * are asked for before, and what Jobs were told to register.
   */
  readonly reads: 'answers' | 'services' | 'agents' | 'statuses' | 'hypervisors' | 'catalogue';
  /** The process in these rows that serves back ends (`host@backend`): each of those that are configured must be up. */
  readonly servesBackends?: 'cinder-volume' | 'manila-share';
}

/**
 * One step of moving a service to the next OpenStack release; those that `check` are run for all services before the first of
 * them begins, and their Jobs are there only as long as an upgrade is under way. `components` are values of the label `component` of Jobs
 * (`run`, `check`) or workloads (`replace`, `stop`) of the rendered service, on-demand ones included; a DaemonSet's are all of its sets,
 * and a `*` at the end stands for what the spec names.
 * Components that the cloud as rendered does not have are passed over.
 */
export interface UpgradeStep {
  /** `expand`, `migrate`, `replace`, `contract`, `online-migrations`, … */
  readonly name: string;
  readonly does: 'check' | 'run' | 'replace' | 'stop';
  readonly components: readonly string[];
  /** True from the first step on after which the older release can no longer serve. */
  readonly closesWayBack?: boolean;
}
