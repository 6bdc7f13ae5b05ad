import {
  type ObjectKey,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PersistentVolumeClaimKind,
  PersistentVolumeKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { cloudNamespaces } from '../names.js';

/** On claims whose volume is made where the first pod is to run: its node. */
const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
const hostnameLabel = 'kubernetes.io/hostname';

/** An object as it must be for it to be deleted: one of another uid is another. */
export interface Doomed extends ObjectKey {
  readonly uid: string;
  readonly isEnding: boolean;
}

/** Data on the disks of one node: a claim of the cloud, its volume, or what is left of the two. */
export interface LocalVolume {
  /** `openstack/mysql-data-mariadb-server-1`. */
  readonly name: string;
  readonly claim: Doomed | undefined;
  readonly volume: Doomed | undefined;
  /** Whose member it belongs to; the others have the data too. Undefined where this is the only copy. */
  readonly set: StatefulSet | undefined;
}

type Requirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

/** Volumes of the cloud that no other node can reach; claims that are to have one there, too. */
export function localVolumesOn(reader: Reader, node: string): readonly LocalVolume[] {
  const claims = cloudNamespaces.flatMap((namespace) => reader.list(PersistentVolumeClaimKind, namespace));
  const bound = reader.list(PersistentVolumeKind).flatMap((volume): readonly LocalVolume[] => {
    const { namespace = '', name = '', uid } = volume.spec?.claimRef ?? {};
    const claim = claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const own = claim?.metadata.uid === uid ? claim : undefined;
    if (!cloudNamespaces.includes(namespace) || !isOn(node, volume, own)) return [];
    return [localVolume(reader, { namespace, name }, own, volume)];
  });
  const unbound = claims
    .filter(({ metadata, spec }) => spec?.volumeName === undefined && selectedNode({ metadata }) === node)
    .map((claim) => localVolume(reader, claim.metadata, claim, undefined));
  return [...bound, ...unbound];
}

function localVolume(
  reader: Reader,
  { namespace = '', name }: ObjectKey,
  claim: PersistentVolumeClaim | undefined,
  volume: PersistentVolume | undefined,
): LocalVolume {
  return {
    name: `${namespace}/${name}`,
    claim: claim === undefined ? undefined : doomed(claim),
    volume: volume === undefined ? undefined : doomed(volume),
    set: reader.list(StatefulSetKind, namespace).find((set) => isMemberOf(set, name) && (set.spec?.replicas ?? 1) > 1),
  };
}

function doomed({ metadata }: PersistentVolumeClaim | PersistentVolume): Doomed {
  const { namespace, name, uid = '', deletionTimestamp } = metadata;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    isEnding: deletionTimestamp !== undefined,
  };
}

/** Claims of a set are called `<template>-<set>-<number>`. */
function isMemberOf({ metadata, spec }: StatefulSet, claim: string): boolean {
  return (spec?.volumeClaimTemplates ?? []).some(({ metadata: { name: template } }) => {
    const prefix = `${template}-${metadata.name}-`;
    return claim.startsWith(prefix) && /^\d+$/u.test(claim.slice(prefix.length));
  });
}

/**
 * Whether the data is on the disks of the node and nowhere else. That a claim has chosen a node says that only of volumes
 * that are a directory or a device of theirs: one of Ceph has chosen too.
 */
function isOn(node: string, { spec }: PersistentVolume, claim: PersistentVolumeClaim | undefined): boolean {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const isPinned = ({ key, operator, values = [] }: Requirement, by: string): boolean =>
    key === by && operator === 'In' && values.length === 1 && values[0] === node;
  if (terms.length > 0)
    return terms.every(
      ({ matchExpressions = [], matchFields = [] }) =>
        matchExpressions.some((one) => isPinned(one, hostnameLabel)) ||
        matchFields.some((one) => isPinned(one, 'metadata.name')),
    );
  const isOfNode = spec?.local !== undefined || spec?.hostPath !== undefined;
  return isOfNode && claim !== undefined && selectedNode(claim) === node;
}

function selectedNode({ metadata }: Pick<PersistentVolumeClaim, 'metadata'>): string | undefined {
  return metadata.annotations?.[selectedNodeAnnotation];
}
