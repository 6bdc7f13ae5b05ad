import {
  CronJobKind,
  type Job,
  JobKind,
  type KubeObject,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaimKind,
  PersistentVolumeKind,
  type Secret,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { AdminCredential, Farewell, Parting } from '@keelson/mosk';
import { type Announcement, input, type Reader, type Writer } from '@keelson/reconcile';
import { adminCredentialIn } from '../credentials/admin.js';
import { serviceRemoval } from '../services/block-storage/service-removal.js';
import { cloudNamespaces, namespaces } from '../names.js';
import type { PodsOn } from '../outage/outage.observe.js';
import { operate, type OperationStep } from '../operations/operation.js';
import { type LocalVolume, localVolumesOn } from './local-volumes.js';
import type { HypervisorsOf } from './nodelock.observe.js';
import { volumeServicesParting, type VolumeServicesParting } from './volume-services.js';
import { type Release, volumesParting } from './volumes.parting.js';

/** What is done for a node that is gone: its data is given up, Cinder forgets it, then the rest of the cloud does. */
export type Errand = Release | OperationStep | { readonly type: 'forget'; readonly credential: AdminCredential };

/** What seeing a node off asks beside its cluster's objects. */
export interface FarewellPorts {
  readonly hypervisorsOf: HypervisorsOf;
  readonly podsOn: PodsOn;
}

/** A node that is gone leaves the cloud's own memory too, and members of its sets that were there begin elsewhere. */
export function farewellOver({ hypervisorsOf, podsOn }: FarewellPorts): Farewell<OpenStackDeployment, Errand> {
  /** Since when nodes have been seen to be gone; milliseconds since the epoch. A new process begins to count anew. */
  let goneSince: ReadonlyMap<string, number> = new Map();
  return {
    inputs: [
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, selection: ours, mapToOwn: () => [] }),
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: () => [] }),
      input<StatefulSet>({ kind: StatefulSetKind, mapToOwn: () => [] }),
      input<Job>({ kind: JobKind, mapToOwn: ofServiceRemoval, relevant: ({ status }) => status?.conditions }),
      input<KubeObject>({ kind: CronJobKind, mapToOwn: ofServiceRemoval, relevant: ({ metadata }) => metadata.uid }),
      input<PersistentVolumeClaim>({ kind: PersistentVolumeClaimKind, selection: ours, mapToOwn: () => [] }),
      input<PersistentVolume>({ kind: PersistentVolumeKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: JobKind, mode: 'shared', verbs: ['create', 'delete'], namespaces: [namespaces.cloud] },
      { kind: PersistentVolumeClaimKind, mode: 'shared', verbs: ['delete'], namespaces: cloudNamespaces },
      { kind: PersistentVolumeKind, mode: 'shared', verbs: ['delete'] },
    ],
    partingsOf: (reader, { metadata }, gone) => {
      goneSince = new Map(gone.map(({ spec: { nodeName } }) => [nodeName, goneSince.get(nodeName) ?? reader.now]));
      const isServed = reader.get(OpenStackDeploymentStatusKind, metadata)?.status?.services?.['compute'] !== undefined;
      const credential = isServed ? adminCredentialIn(reader) : undefined;
      const rest = credential === undefined ? [] : [{ type: 'forget', credential } as const];
      return Promise.all(
        gone.map(async (lock): Promise<Parting<Errand>> => {
          const goneForMs = reader.now - (goneSince.get(lock.spec.nodeName) ?? reader.now);
          const node = lock.spec.nodeName;
          const volumes = await volumesOf(reader, lock, goneForMs, podsOn);
          if (credential === undefined) return { node, rest, ...volumes };
          return {
            node,
            rest,
            ...withServices(volumes, await volumeServicesParting(reader, node, hypervisorsOf(credential))),
          };
        }),
      );
    },
    describe,
    run: (node, errand, writer) => {
      if (errand.type === 'forget') return hypervisorsOf(errand.credential).removeHost(node);
      return errand.type === 'operate' ? operate(errand, writer) : release(errand.local, writer);
    },
    announce,
  };
}

const ours = { namespaces: cloudNamespaces };

/** Nobody's data is in the rows of Cinder: they go whatever the volumes of Kubernetes wait for. */
function withServices(
  { first, waits, tells }: ReturnType<typeof volumesParting>,
  { make, wait }: VolumeServicesParting,
): Omit<Parting<Errand>, 'node' | 'rest'> {
  const what = 'take its volume services out of Cinder';
  const errands: readonly Errand[] = make === undefined ? first : [...first, { type: 'operate', ...make, what }];
  const held = waits ?? wait;
  return { first: errands, tells, ...(held === undefined ? {} : { waits: held }) };
}

function describe(node: string, errand: Errand): string {
  switch (errand.type) {
    case 'forget':
      return `take ${node}, which is gone, out of nova, neutron, placement and Masakari`;
    case 'operate':
      return `run Job ${errand.job.metadata.name} for ${node}, which is gone: ${errand.what}`;
    case 'release':
      return `delete ${namesOf(errand.local)}, whose data was on ${node}, which is gone`;
  }
}

async function volumesOf(
  reader: Reader,
  { spec: { nodeName: node }, status }: NodeWorkloadLock,
  goneForMs: number,
  podsOn: PodsOn,
): Promise<ReturnType<typeof volumesParting>> {
  const volumes = localVolumesOn(reader, node);
  const isMaintained = reader.list(NodeMaintenanceRequestKind).some(({ spec }) => spec.nodeName === node);
  return volumesParting({
    node,
    // That its deletion was asked for is withdrawn with the Node; what was granted stays.
    isReleased: status?.state === 'inactive' && !isMaintained,
    goneForMs,
    volumes,
    setsWithPods: volumes.length === 0 ? new Set() : await setsOn(node, podsOn),
  });
}

async function setsOn(node: string, podsOn: PodsOn): Promise<ReadonlySet<string>> {
  const owners = (await podsOn(node)).flatMap(({ metadata: { namespace = '', ownerReferences = [] } }) =>
    ownerReferences.filter(({ kind }) => kind === 'StatefulSet').map(({ name }) => `${namespace}/${name}`),
  );
  return new Set(owners);
}

async function release({ claim, volume }: LocalVolume, writer: Writer): Promise<void> {
  if (claim?.isEnding === false) await writer.delete(PersistentVolumeClaimKind, claim, { uid: claim.uid });
  if (volume?.isEnding === false) await writer.delete(PersistentVolumeKind, volume, { uid: volume.uid });
}

function announce(node: string, errand: Errand): Announcement | undefined {
  if (errand.type === 'operate') return undefined;
  return errand.type === 'forget'
    ? {
        type: 'Normal',
        reason: 'NodeForgotten',
        message: `${node}, which is gone, was taken out of nova, neutron, placement and Masakari`,
      }
    : {
        type: 'Warning',
        reason: 'LocalVolumeDeleted',
        message: `deleted ${namesOf(errand.local)}: its data was on ${node}, which is gone, and the other members of ${errand.local.set?.metadata.name ?? ''} have it`,
      };
}

function namesOf({ name, claim, volume }: LocalVolume): string {
  return [
    ...(claim === undefined ? [] : [`the PersistentVolumeClaim ${name}`]),
    ...(volume === undefined ? [] : [`the PersistentVolume ${volume.name}`]),
  ].join(' and ');
}

function ofServiceRemoval({ metadata }: KubeObject, reader: Reader): readonly ObjectKey[] {
  if (!metadata.name.startsWith(serviceRemoval)) return [];
  return reader.list(OpenStackDeploymentKind).map((cloud) => cloud.metadata);
}
