import {
  type ComponentHealth,
  type DaemonSet,
  DaemonSetKind,
  DeploymentKind,
  type KubeObject,
  type Node,
  NodeKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type OsdplstStatus,
  StatefulSetKind,
} from '@keelson/api';
import { identityOf, type PodTrouble } from '@keelson/mosk';
import {
  input,
  type Plan,
  type Reader,
  type Reconciler,
  settled,
  settledFor,
  type StatusOf,
  waitingOn,
} from '@keelson/reconcile';
import { deploymentLabel, namespaces } from '../names.js';
import { type Checked, checkPrefix } from '../probes/check.js';
import type { LatestChecks } from '../probes/latest.js';
import { notHealthy, referenceTo, wordsWaitSeconds } from '../rollout/assessment.js';
import { type PodsOf, PodTroubles } from '../rollout/pods-of.js';
import { Damper } from './damper.js';
import { type Finding, findingOf } from './finding.js';

interface Component {
  readonly application: string;
  readonly component: string;
  readonly finding: Finding;
  readonly workload: KubeObject;
}

export interface HealthWorld {
  readonly object: OpenStackDeploymentStatus;
  readonly components: readonly Component[];
  /** What the APIs of the cloud say of themselves. */
  readonly checked: readonly Checked[];
  /** What keeps pods of the first unhealthy workload from running. */
  readonly trouble: PodTrouble | undefined;
  /** When something that is being damped is to be looked at again; seconds. */
  readonly recheckAfterSeconds: number | undefined;
}

const kinds = [DeploymentKind, StatefulSetKind, DaemonSetKind] as const;
/** Health is worked out anew after so long even when no event comes. */
const batchSeconds = 60;

/** Tells from the status of their workloads and from their APIs how healthy the applications of a cloud are. */
export function healthReconciler(
  sources: readonly LatestChecks[],
  podsOf: PodsOf,
): Reconciler<OpenStackDeploymentStatus, HealthWorld, never> {
  const damper = new Damper();
  const troubles = new PodTroubles(podsOf);
  return {
    name: 'openstack/health',
    kind: OpenStackDeploymentStatusKind,
    summary:
      'Tells from the status of their workloads and from their APIs how healthy the applications of a cloud are.',
    inputs: [
      ...kinds.map((kind) =>
        input<KubeObject>({
          kind,
          mapToOwn: cloudOf,
          relevant: (object) => findingOf(object, undefined),
          indices: { cloud: indexOf },
        }),
      ),
      input<Node>({ kind: NodeKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: OpenStackDeploymentStatusKind, mode: 'shared', verbs: ['status'], namespaces: [namespaces.cloud] },
    ],
    wokenBy: [
      {
        system: "the cloud's APIs and OVN's databases, when they were asked",
        subscribe: (wake) => {
          const stops = sources.map((latest) => latest.onNews((key) => wake(() => [key])));
          return () => stops.forEach((stop) => stop());
        },
      },
    ],
    concurrency: 1,
    resyncSeconds: batchSeconds,
    holds: 'last',
    observe: async (reader, object) => {
      const world = observe(reader, object, damper, sources);
      const [ill] = unhealthy(world);
      return ill === undefined ? world : { ...world, trouble: await troubles.of(reader, ill.workload) };
    },
    plan: planHealth,
    steps: {},
    status: healthStatus,
    coalesce: { withinSeconds: wordsWaitSeconds, isWording: isComingUp },
  };
}

function observe(
  reader: Reader,
  object: OpenStackDeploymentStatus,
  damper: Damper,
  sources: readonly LatestChecks[],
): HealthWorld {
  const { namespace = '', name } = object.metadata;
  const workloads = kinds.flatMap((kind): readonly KubeObject[] =>
    reader.byIndex<KubeObject>(kind, 'cloud', `${namespace}/${name}`),
  );
  const components = workloads.map((workload): Component => {
    const { application = workload.metadata.name, component = workload.metadata.name } = workload.metadata.labels ?? {};
    const before = object.status?.health?.[application]?.[component];
    const now = findingOf(workload, before?.OK_desiredNumberScheduled);
    const id = `${namespace}/${name}/${workload.kind}/${workload.metadata.name}`;
    return { application, component, workload, finding: damper.damped(id, now, before?.status, reader.now) };
  });
  const before = toldBefore(object);
  const asked = sources.flatMap(
    (latest) =>
      latest.of(object.metadata, reader.now) ?? before.filter(({ application }) => latest.isAbout(application)),
  );
  const checked = asked.map((check): Checked => {
    const { application, component } = check;
    const before = object.status?.health?.[application]?.[component];
    const id = `${namespace}/${name}/check/${application}/${component}`;
    return { ...check, finding: damper.damped(id, check.finding, before?.status, reader.now) };
  });
  return {
    object,
    components,
    checked,
    trouble: undefined,
    recheckAfterSeconds: damper.recheckAfterSeconds(reader.now),
  };
}

/** Until the APIs are asked for the first time after a start, what was told of them stands. */
function toldBefore({ status }: OpenStackDeploymentStatus): readonly Checked[] {
  return Object.entries(status?.health ?? {}).flatMap(([application, components]) =>
    Object.entries(components)
      .filter(([component]) => component.startsWith(checkPrefix))
      .map(([component, { status: finding, message }]) => ({
        application,
        component,
        finding,
        ...(message === undefined ? {} : { message }),
      })),
  );
}

/** Nothing is done for health; what is not healthy is named, and what is damped is looked at again in time. */
function planHealth(world: HealthWorld): Plan<never> {
  const { checked, trouble, recheckAfterSeconds } = world;
  const [ill] = unhealthy(world);
  if (ill !== undefined) {
    const message = `${identityOf(ill.workload)} is not healthy${trouble === undefined ? '' : `: ${trouble.message}`}`;
    const on = trouble?.on ?? referenceTo(ill.workload);
    return { steps: [], outcome: waitingOn(on, notHealthy, message, recheckAfterSeconds) };
  }
  const complaint = checked.find(({ finding }) => finding === 'Unhealthy');
  if (complaint !== undefined) {
    const { application, component, message = 'it does not answer as it should' } = complaint;
    const on = { kind: 'OpenStackAPI', name: application };
    const told = `${application} says by ${component}: ${message}`;
    return { steps: [], outcome: waitingOn(on, notHealthy, told, recheckAfterSeconds) };
  }
  return { steps: [], outcome: recheckAfterSeconds === undefined ? settled : settledFor(recheckAfterSeconds) };
}

function unhealthy({ components }: Pick<HealthWorld, 'components'>): readonly Component[] {
  return components.filter(({ finding }) => finding === 'Unhealthy');
}

function healthStatus({ object, components, checked }: HealthWorld): StatusOf<OpenStackDeploymentStatus> | undefined {
  if (components.length === 0 && object.status?.health === undefined) return undefined;
  const health: Record<string, Record<string, ComponentHealth>> = {};
  for (const { application, component, finding, workload } of components) {
    const before = object.status?.health?.[application]?.[component];
    health[application] = { ...health[application], [component]: componentHealth(finding, workload, before) };
  }
  for (const { application, component, finding, message } of checked)
    health[application] = {
      ...health[application],
      [component]: { status: finding, ...(finding === 'Ready' || message === undefined ? {} : { message }) },
    };
  const all = Object.values(health);
  const healthy = all.filter((application) => Object.values(application).every(({ status }) => status === 'Ready'));
  return { osdpl: { health: `${healthy.length}/${all.length}` }, health };
}

/** Whether components only come, and come up: none has left, is worse or says something else, and nobody waits for them. */
function isComingUp(shown: OsdplstStatus, next: OsdplstStatus): boolean {
  if (shown.progress?.reason === notHealthy) return false;
  return componentsOf(shown).every(([application, component, before]) => {
    const after = next.health?.[application]?.[component];
    if (after === undefined || after.message !== before.message) return false;
    return after.status === before.status || after.status === 'Ready';
  });
}

function componentsOf({ health = {} }: OsdplstStatus): readonly (readonly [string, string, ComponentHealth])[] {
  return Object.entries(health).flatMap(([application, components]) =>
    Object.entries(components).map(([component, health]) => [application, component, health] as const),
  );
}

/** Of a DaemonSet it is remembered on how many nodes it was when it was last Ready. */
function componentHealth(finding: Finding, workload: KubeObject, before: ComponentHealth | undefined): ComponentHealth {
  const scheduled =
    workload.kind !== 'DaemonSet'
      ? undefined
      : finding === 'Ready'
        ? desiredOf(workload)
        : before?.OK_desiredNumberScheduled;
  return {
    status: finding,
    generation: workload.metadata.generation ?? 1,
    ...(scheduled === undefined ? {} : { OK_desiredNumberScheduled: scheduled }),
  };
}

function desiredOf(workload: DaemonSet): number {
  return workload.status?.desiredNumberScheduled ?? 0;
}

function indexOf({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[deploymentLabel];
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`];
}

function cloudOf({ metadata }: KubeObject): readonly ObjectKey[] {
  const name = metadata.labels?.[deploymentLabel];
  return name === undefined ? [] : [{ namespace: metadata.namespace, name }];
}
