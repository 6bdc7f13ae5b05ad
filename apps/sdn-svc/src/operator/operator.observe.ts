import {
  ConfigMapKind,
  CronJobKind,
  type DaemonSet,
  DaemonSetKind,
  JobKind,
  type KubeObject,
  type Node,
  NodeDisableNotificationKind,
  NodeKind,
  PersistentVolumeClaimKind,
  type Pod,
  PodKind,
  PodDisruptionBudgetKind,
  type Reference,
  type Secret,
  SecretKind,
  ServiceKind,
  type StatefulSet,
  StatefulSetKind,
  type TFOperator,
  tfPartKinds,
  wantsDaemon,
} from '@keelson/api';
import {
  type Applied,
  type FindRelease,
  identityOf,
  isNodeReady,
  podTrouble,
  type PodTrouble,
  prepared,
  type ReleaseReader,
  textIn,
  unreadiness,
} from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { exchangeNamespace, neededRoles, nodeLabels, operatorLabel, ostDataSecret, tfDataSecret } from '../names.js';
import { lacksAuthority } from '../opensdn/authentication.js';
import { effectless } from '../opensdn/effectless.js';
import type { OpenSdn, OpenStackAccess, SdnNode } from '../opensdn/opensdn.js';
import type { ReleaseImages } from '../opensdn/release-images.js';
import { renderOpenSdn } from '../opensdn/render.js';
import { tunnelTrouble } from '../opensdn/tunnels.js';
import { belongingsOf } from './operator.belongings.js';
import { classHindrance } from './operator.classes.js';
import { releaseOf } from './operator.release.js';
import { generatedSecret, handOverOf } from './operator.secrets.js';
import { rolloutIn } from './operator.rollout.js';
import type { Hindrance, OperatorWorld, WorldService } from './operator.world.js';

/** Kinds of objects that OpenSDN is made of. Claims outlive it: the dumps are on them. */
export const renderedKinds = [
  ConfigMapKind,
  SecretKind,
  ServiceKind,
  PodDisruptionBudgetKind,
  StatefulSetKind,
  DaemonSetKind,
  JobKind,
  CronJobKind,
  PersistentVolumeClaimKind,
  ...tfPartKinds,
] as const;

export interface OperatorPorts {
  /** Cluster release of the MOSK cluster, `<cluster>+<mosk>`; undefined while unknown. */
  readonly release: () => string | undefined;
  readonly findRelease: FindRelease;
}

/** What is remembered from one look to the next. */
export interface OperatorMemory {
  readonly applied: Applied;
  readonly releases: ReleaseReader<ReleaseImages>;
}

/** Reads OpenSDN and what it is made from. */
export async function observeOperator(
  reader: Reader,
  operator: TFOperator,
  { applied, releases }: OperatorMemory,
  { release }: OperatorPorts,
): Promise<OperatorWorld> {
  const { name, namespace = '', deletionTimestamp } = operator.metadata;
  const tfData = reader.get(SecretKind, { namespace: exchangeNamespace, name: tfDataSecret });
  const password = textIn(reader.get(SecretKind, { namespace, name: generatedSecret }), 'password');
  const nodes = nodesIn(reader);
  const live = liveObjects(reader, name);
  const isLeaving = deletionTimestamp !== undefined;
  const lacks = lackOf(tfData, nodes, operator) ?? classHindrance(reader, operator, live);
  const told = reader.get(SecretKind, { namespace: exchangeNamespace, name: ostDataSecret });
  const wanted = handOverOf(operator);
  const base: OperatorWorld = {
    now: reader.now,
    operator,
    isLeaving,
    lacks,
    trouble: tunnelHindrance(tfData),
    hasGenerated: password !== undefined,
    services: [],
    rollout: undefined,
    troubles: new Map(),
    warnings: [],
    orphans: isLeaving ? [...live.values()].filter(isPassing) : [],
    belongings: isLeaving ? belongingsOf(reader, operator) : [],
    handOver: equalJson(told?.data, wanted.data) ? undefined : wanted,
    handedOver: told,
    release: operator.status?.release,
    toKeep: undefined,
    unread: undefined,
  };
  if (isLeaving || lacks !== undefined || password === undefined || tfData === undefined) return base;
  const said = await releaseOf(reader, operator, release(), releases);
  if ('refused' in said) return { ...base, ...said.refused };
  const sdn: OpenSdn = {
    name,
    namespace,
    spec: operator.spec,
    access: decoded(tfData),
    brokerPassword: password,
    nodes,
    membersBefore: membersIn(live),
    images: said.images,
  };
  const rendered = renderOpenSdn(sdn);
  const gone = absentNodes(reader);
  const services = rendered.map(({ service, objects }): WorldService => ({
    name: service,
    items: objects.map((object) => {
      const wantedObject = preparedFor(operator, object);
      const found = live.get(identityOf(wantedObject));
      const absent = found === undefined ? 0 : gone.filter((node) => isWantedOn(node, found)).length;
      return { wanted: wantedObject, live: found, isCurrent: applied.isCurrent(wantedObject, found), absent };
    }),
  }));
  const known = new Set(services.flatMap(({ items }) => items.map(({ wanted: object }) => identityOf(object))));
  const orphans = [...live].filter(([id]) => !known.has(id)).map(([, object]) => object);
  return {
    ...base,
    services,
    rollout: rolloutIn(services),
    troubles: troublesOf(reader, services),
    warnings: effectless(sdn, rendered),
    orphans: orphans.filter(isPassing),
    release: said.release,
    toKeep: said.toKeep,
    unread: said.unread,
  };
}

function tunnelHindrance(tfData: Secret | undefined): Hindrance | undefined {
  const message = tfData === undefined ? undefined : tunnelTrouble(decoded(tfData));
  if (message === undefined) return undefined;
  const on: Reference = { kind: SecretKind.kind, namespace: exchangeNamespace, name: tfDataSecret };
  return { on, reason: 'BadTunnelInterface', message };
}

function troublesOf(reader: Reader, services: readonly WorldService[]): OperatorWorld['troubles'] {
  const isReady = (name: string): boolean | undefined => {
    const node = reader.get(NodeKind, { name });
    return node === undefined ? undefined : isNodeReady(node);
  };
  const troubles = new Map<string, PodTrouble>();
  for (const { live } of services.flatMap(({ items }) => items)) {
    if (live === undefined || unreadiness(live) === undefined) continue;
    const pods = reader.list(PodKind, live.metadata.namespace).filter((pod) => isOf(live, pod));
    const trouble = podTrouble(pods, isReady);
    if (trouble !== undefined) troubles.set(identityOf(live), trouble);
  }
  return troubles;
}

/** Dead, or out of use as an operator says: what is missed there is no fault of OpenSDN's. */
function absentNodes(reader: Reader): readonly Node[] {
  const disabled = new Set(reader.list(NodeDisableNotificationKind).map(({ spec }) => spec.nodeName));
  return reader.list(NodeKind).filter((node) => !isNodeReady(node) || disabled.has(node.metadata.name));
}

function isWantedOn(node: Node, live: KubeObject): boolean {
  if (live.kind !== DaemonSetKind.kind) return false;
  const { spec }: DaemonSet = live;
  return wantsDaemon(node, spec?.template?.spec ?? {});
}

/** By the labels that all of a workload has in common with its pods. */
function isOf({ metadata }: KubeObject, pod: Pod): boolean {
  return ['application', 'component'].every((label) => pod.metadata.labels?.[label] === metadata.labels?.[label]);
}

function lackOf(
  tfData: Secret | undefined,
  nodes: readonly SdnNode[],
  { metadata }: TFOperator,
): OperatorWorld['lacks'] {
  const on: Reference = { kind: SecretKind.kind, namespace: exchangeNamespace, name: tfDataSecret };
  if (tfData === undefined) {
    const message = `OpenStack has not handed over ${tfDataSecret} yet: an OpenStackDeployment with the backend tungstenfabric does.`;
    return { on, reason: 'NoOpenStackData', message };
  }
  if (lacksAuthority(decoded(tfData))) {
    const message = `OpenStack has handed over in ${tfDataSecret} that Keystone speaks HTTPS, and not which authority signs its certificate (auth_certificate_authority): openstack-svc adds it when it looks at the OpenStackDeployment again.`;
    return { on, reason: 'NoOpenStackData', message };
  }
  const role = neededRoles.find((needed) => !nodes.some(({ labels }) => labels[nodeLabels[needed]] === 'enabled'));
  if (role === undefined) return undefined;
  const label = `${nodeLabels[role]}=enabled`;
  return {
    on: { kind: NodeKind.kind, name: label },
    reason: 'NoNodes',
    message: `No node has the label ${label}: ${metadata.name} needs three for its control plane and every compute for vRouters.`,
  };
}

function nodesIn(reader: Reader): readonly SdnNode[] {
  return reader
    .list(NodeKind)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      labels: metadata.labels ?? {},
      address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function liveObjects(reader: Reader, operator: string): ReadonlyMap<string, KubeObject> {
  const found = renderedKinds.flatMap((kind) => reader.byIndex<KubeObject>(kind, 'operator', operator));
  return new Map(found.map((object) => [identityOf(object), object]));
}

/** Claims stay for operators to delete: dumps are on them. */
function isPassing({ kind }: KubeObject): boolean {
  return kind !== PersistentVolumeClaimKind.kind;
}

function membersIn(live: ReadonlyMap<string, KubeObject>): number {
  const counts = [...live.values()]
    .filter((object): object is StatefulSet => object.kind === StatefulSetKind.kind)
    .map(({ spec }) => spec?.replicas ?? 0);
  return Math.max(0, ...counts);
}

function decoded({ data = {} }: Secret): OpenStackAccess {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function preparedFor({ apiVersion, kind, metadata }: TFOperator, object: KubeObject): KubeObject {
  const { name, namespace = '', uid = '' } = metadata;
  const whole = prepared(object, {
    labels: { [operatorLabel]: name },
    namespace,
    owner: { apiVersion, kind, name, uid },
  });
  if (object.kind !== PersistentVolumeClaimKind.kind) return whole;
  const { ownerReferences: _, ...kept } = whole.metadata;
  return { ...whole, metadata: kept };
}
