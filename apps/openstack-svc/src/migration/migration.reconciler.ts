import { type ConfigMap, ConfigMapKind, type OpenStackDeployment, OpenStackDeploymentKind } from '@keelson/api';
import { heldByMigration, type MigrationHold, migrationHoldIn, migrationStateName } from '@keelson/mosk';
import { input, type Reconciler, settled } from '@keelson/reconcile';
import { cloudsBeside } from '../keepers/memory-map.js';
import { cloudNamespaces } from '../names.js';

interface MigrationWorld {
  readonly hold: MigrationHold | undefined;
}

/** Tells what holds the migration of a cloud's networks, which sdn-svc leads: nothing is done for it here. */
export function migrationHoldReconciler(): Reconciler<OpenStackDeployment, MigrationWorld, never> {
  return {
    name: 'openstack/migration',
    kind: OpenStackDeploymentKind,
    summary: "Tells what holds the migration of a cloud's networks, which sdn-svc leads.",
    inputs: [
      input<ConfigMap>({
        kind: ConfigMapKind,
        selection: { namespaces: cloudNamespaces },
        mapToOwn: (map, reader) => (map.metadata.name === migrationStateName ? cloudsBeside(map, reader) : []),
        relevant: migrationHoldIn,
      }),
    ],
    outputs: [],
    concurrency: 1,
    holds: 'last',
    resyncSeconds: 600,
    observe: async (reader, { metadata: { namespace = '' } }) => ({
      hold: migrationHoldIn(reader.get(ConfigMapKind, { namespace, name: migrationStateName })),
    }),
    plan: ({ hold }) => ({ steps: [], outcome: hold === undefined ? settled : heldByMigration(hold) }),
    steps: {},
    status: () => undefined,
  };
}
