import { type OpenStackDeploymentSecret, OpenStackDeploymentSecretKind } from '@keelson/api';
import { type Reconciler, settled } from '@keelson/reconcile';
import { sha256Json } from '@keelson/std';

/** Tells which hidden part of a spec was taken up; what reads it is `withHiddenSpec`. */
export function hiddenSpecReconciler(): Reconciler<OpenStackDeploymentSecret, string, never> {
  return {
    name: 'openstack/hidden-spec',
    kind: OpenStackDeploymentSecretKind,
    summary: 'Tells which hidden part of a spec was taken up.',
    inputs: [],
    outputs: [{ kind: OpenStackDeploymentSecretKind, mode: 'shared', verbs: ['status'] }],
    concurrency: 1,
    resyncSeconds: 3600,
    observe: async (_, { spec }) => sha256Json(spec).slice(0, 16),
    plan: () => ({ steps: [], outcome: settled }),
    steps: {},
    status: (hash) => ({ hash }),
  };
}
