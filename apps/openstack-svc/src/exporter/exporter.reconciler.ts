import { type OpenStackDeploymentStatus, OpenStackDeploymentStatusKind, type Secret, SecretKind } from '@keelson/api';
import { input, type Reconciler, settled } from '@keelson/reconcile';
import { secretNameOf } from '../cloud/cloud.js';
import { namespaces } from '../names.js';
import type { LatestChecks } from '../probes/latest.js';
import { publicTlsSecret } from '../render/network.js';
import { type Figures, figuresOf } from './figures.js';

/** Figures are read anew after so long even when nothing changes, so that they do not count as gone. */
const everySeconds = 60;

export type NoteFigures = (figures: Figures) => void;

/**
 * Reads what metrics tell of a cloud from its status and its certificates.
 *
 * @param latest what the APIs of clouds last said
 */
export function exporterReconciler(
  note: NoteFigures,
  latest: LatestChecks,
): Reconciler<OpenStackDeploymentStatus, undefined, never> {
  return {
    name: 'openstack/exporter',
    kind: OpenStackDeploymentStatusKind,
    summary:
      'Reads what metrics tell of a cloud from its status, its certificates and what its APIs were asked for its health.',
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
    wokenBy: [
      {
        system: "the cloud's APIs, when they were asked",
        subscribe: (wake) => latest.onNews((key) => wake(() => [key])),
      },
    ],
    concurrency: 1,
    resyncSeconds: everySeconds,
    observe: async (reader, object) => {
      const { metadata } = object;
      note(figuresOf(object, reader.list(SecretKind, metadata.namespace), latest.of(metadata, reader.now)));
      return undefined;
    },
    plan: () => ({ steps: [], outcome: settled }),
    steps: {},
    status: () => undefined,
  };
}
