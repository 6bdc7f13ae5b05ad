import {
  ConfigMapKind,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type Pod,
  PodKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { watchedPods } from '../names.js';
import { type WriteStep, cloudsBeside, memoryMap, memoryMapWrites, writeSteps } from '../keepers/memory-map.js';
import { galeraEvents } from './galera.events.js';
import { planGalera } from './galera.plan.js';
import { bootstrapAnnotation, type GaleraWorld } from './galera.world.js';
import { positionOf } from './positions.js';

/** What pods read at `/etc/mysql-state`. */
export const stateName = 'mariadb-mariadb-state';
const setName = 'mariadb-server';

/** Brings the database back when all its members are down: the one with the newest data begins, the others join it. */
export function galeraReconciler(): Reconciler<OpenStackDeployment, GaleraWorld, WriteStep> {
  return {
    name: 'openstack/galera',
    kind: OpenStackDeploymentKind,
    summary: 'Brings the database back when all its members are down: the one with the newest data begins.',
    inputs: [
      input<StatefulSet>({
        kind: StatefulSetKind,
        mapToOwn: (set, reader) => (set.metadata.name === setName ? cloudsBeside(set, reader) : []),
        relevant: ({ spec, status }) => [spec?.replicas, status?.readyReplicas],
      }),
      input<Pod>({
        kind: PodKind,
        selection: watchedPods,
        mapToOwn: cloudsBeside,
        relevant: ({ status }) => status?.['containerStatuses'],
      }),
      memoryMap(stateName),
    ],
    outputs: [memoryMapWrites(stateName)],
    concurrency: 1,
    holds: 'first',
    resyncSeconds: 300,
    observe: async (reader, deployment) => observe(reader, deployment),
    plan: planGalera,
    steps: writeSteps(stateName),
    status: () => undefined,
    events: galeraEvents,
  };
}

function observe(reader: Reader, { metadata }: OpenStackDeployment): GaleraWorld {
  const { namespace = '' } = metadata;
  const set = reader.get(StatefulSetKind, { namespace, name: setName });
  const data = reader.get(ConfigMapKind, { namespace, name: stateName })?.data ?? {};
  const downSince = data['down_since'];
  const since = downSince === undefined ? reader.now : Date.parse(downSince);
  const members = Array.from({ length: set?.spec?.replicas ?? 0 }, (_, index) => `${setName}-${index}`);
  return {
    now: reader.now,
    namespace,
    members: members.map((name) => {
      const pod = reader.get(PodKind, { namespace, name });
      return { name, position: pod === undefined ? undefined : positionOf(pod, since) };
    }),
    ready: set?.status?.readyReplicas ?? 0,
    hasStatus: set?.status?.observedGeneration !== undefined,
    data,
    asked: metadata.annotations?.[bootstrapAnnotation],
  };
}
