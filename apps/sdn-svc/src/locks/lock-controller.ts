import { type Node, type TFOperator, TFOperatorKind } from '@keelson/api';
import type { LockController } from '@keelson/mosk';
import { nodeLabels, type NodeRole } from '../names.js';

const roles = ['config', 'control', 'webUI', 'database', 'analytics', 'vRouter'] as const satisfies readonly NodeRole[];

/** The parts a node has in OpenSDN, by its labels. */
export function rolesOf(node: Pick<Node, 'metadata'> | undefined): readonly NodeRole[] {
  return roles.filter((role) => node?.metadata.labels?.[nodeLabels[role]] === 'enabled');
}

/** Who holds the locks of OpenSDN. */
export const lockController: LockController<TFOperator> = {
  root: 'sdn',
  kind: TFOperatorKind,
  controllerName: 'tungstenfabric',
  title: 'OpenSDN',
  prefix: 'tf-',
  hasPart: (node) => rolesOf(node).length > 0,
};
