import { type OpenStackDeploymentStatus, OpenStackDeploymentStatusKind, type Secret, SecretKind } from '@keelson/api';
import { input, type Reconciler, settled } from '@keelson/reconcile';
import { secretNameOf } from '../cloud/cloud.js';
import { namespaces } from '../names.js';
import { publicTlsSecret } from '../render/network.js';
import { type Figures, figuresOf } from './figures.js';

/** Figures are read anew after so long even when nothing changes, so that they do not count as gone. */
const everySeconds = 60;

export type NoteFigures = (figures: Figures) => void;

/** Reads what metrics tell of a cloud from its status and its certificates. */
export function exporterReconciler(note: NoteFigures): Reconciler<OpenStackDeploymentStatus, undefined, never> {
  return {
    name: 'openstack/exporter',
    kind: OpenStackDeploymentStatusKind,
    summary: 'Reads what metrics tell of a cloud from its status and its certificates; it asks nothing of the cloud.',
    inputs: [
      input<Secret>({
        kind: SecretKind,
        selection: { namespaces: [namespaces.cloud] },
        mapToOwn: ({ metadata }, reader) =>
          metadata.name.startsWith(secretNameOf('')) || metadata.name === publicTlsSecret
            ? reader.list(OpenStackDeploymentStatusKind).map((cloud) => cloud.metadata)
            : [],
        relevant: ({ data }) => data?.['tls.crt'],
      }),
    ],
    outputs: [],
    concurrency: 1,
    resyncSeconds: everySeconds,
    observe: async (reader, object) => {
      note(figuresOf(object, reader.list(SecretKind, object.metadata.namespace)));
      return undefined;
    },
    plan: () => ({ steps: [], outcome: settled }),
    steps: {},
    status: () => undefined,
  };
}
