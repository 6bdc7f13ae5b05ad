import {
  ClusterWorkloadLockKind,
  ConfigMapKind,
  type KubeObject,
  NodeWorkloadLockKind,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import { isLockOf, lockNameOf } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { lockController } from '../locks/lock-controller.js';
import { imagesOfRelease } from '../opensdn/release-images.js';

/**
 * What goes with a TFOperator beside what is rendered from it. Its locks are dropped by `sdn/locks` while it is leaving: had it gone
 * before, nobody would look after them, and they would hold the cluster for ever. Locks of nodes are those of any other one as well.
 */
export function belongingsOf(reader: Reader, { metadata }: TFOperator): readonly KubeObject[] {
  const others = reader
    .list(TFOperatorKind)
    .filter((other) => other.metadata.uid !== metadata.uid && other.metadata.deletionTimestamp === undefined);
  const ofCluster = reader.get(ClusterWorkloadLockKind, { name: lockNameOf(lockController, metadata.name) });
  const ofNodes = reader.list(NodeWorkloadLockKind).filter((lock) => isLockOf(lockController, lock));
  const images = reader.get(ConfigMapKind, imagesOfRelease.map);
  return [
    ...(ofCluster === undefined ? [] : [ofCluster]),
    ...(others.length > 0 ? [] : [...ofNodes, ...(images === undefined ? [] : [images])]),
  ];
}
