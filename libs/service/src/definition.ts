import type { KubeObject } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import type { AnyReconciler, ClusterMetrics } from '@keelson/reconcile';
import type { Clock, Http, Log, Random } from '@keelson/std';
import type { Records } from '@keelson/store';
import type { DynamicModule, Type } from '@nestjs/common';
import type { z } from 'zod';
import type { OperationsElsewhere } from './operations.js';
import type { ServiceGauge } from './metrics/service-gauges.js';
import type { Route } from './routes/route.js';
import type { Spans } from './trace/spans.js';

/**
 * A service, told apart from how it is run: alone (`runService`), beside the others in one process (`worlds/devhost`), or
 * under virtual time (`worlds/simulation`, which uses `create` only and never Nest).
 */
export interface ServiceDefinition<C> {
  /** Such as `baremetal-svc`; also its NATS user, PostgreSQL role and schema (dashes become underscores). */
  readonly name: string;
  /** The service's own settings, read once from the environment by `config.ts`; common ones are added by the library. */
  readonly config: z.ZodType<C>;
  create(context: ServiceContext<C>): Service;
}

/** The world as the service sees it. Everything outside comes in here. */
export interface ServiceContext<C> {
  readonly config: C;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly api: KubeApi;
  readonly bus: Bus;
  readonly records: Records;
  readonly http: Http;
  /** Traces of work that outlives a process. */
  readonly spans: Spans;
  /** Where reconcilers that run in other clusters count; nowhere unless given. */
  readonly clusterMetrics?: ClusterMetrics;
  /** Told what reconcilers do in other clusters that their state tables forbid; logged unless given. */
  readonly onFault?: (fault: string) => void;
  /** Opens the API of another cluster from the text of its kubeconfig. */
  readonly connect: (kubeconfig: string) => KubeApi;
  /** HTTP to the Services of another cluster by their internal names, from the text of its kubeconfig. */
  readonly connectServices: (kubeconfig: string) => Http;
}

/** What a service does in the clusters that are built here. */
export interface InClusters {
  /** On the API of each. */
  readonly reconcilers: readonly AnyReconciler[];
  /** Its account there with all its rights, as objects. */
  readonly account: readonly KubeObject[];
}

export interface Service {
  readonly reconcilers: readonly AnyReconciler[];
  /** Answers about kinds that it works on in other clusters than the management cluster. */
  readonly elsewhere?: OperationsElsewhere;
  /** What it does in other clusters than the management cluster. */
  readonly inClusters?: () => InClusters;
  /**
   * HTTP endpoints beyond the common ones, as plain functions: mounted on the service's own server by `runService`, and
   * answered in process by `routesHttp` in a world without Nest.
   */
  readonly routes?: readonly Route[];
  /** Shown at `/metrics` beside what reconcilers count. */
  readonly gauges?: readonly ServiceGauge[];
  /** HTTP and gRPC handlers that need Nest itself, as modules whose providers are given as values. */
  readonly modules?: readonly (Type | DynamicModule)[];
  /** The same handlers as plain functions for a world without Nest: path prefix to answer. */
  readonly http?: Http;
  /** Work that is no reconciler (subscriptions, renewals); resolves once running. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
}
