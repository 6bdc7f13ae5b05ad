import type { HelmBundle, ObjectKey } from '@keelson/api';
import { keyText } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { Charts } from './charts.js';
import { finalizer } from './helmbundle.names.js';
import { type Installed, keyOfBundle } from './installed.js';
import type { Installation, ReleasesInClusters } from './release-in-cluster.js';
import type { Tries } from './tries.js';

export type HelmBundleStep =
  | { readonly type: 'hold'; readonly bundle: HelmBundle }
  | ({ readonly type: 'install' } & Installation)
  | { readonly type: 'uninstall'; readonly cluster: ObjectKey; readonly release: Installed }
  | { readonly type: 'release'; readonly bundle: HelmBundle };

export interface HelmBundleStepPorts {
  readonly releases: ReleasesInClusters;
  readonly charts: Charts;
  readonly tries: Tries;
}

export function helmBundleSteps({ releases, charts, tries }: HelmBundleStepPorts): StepTable<HelmBundleStep> {
  return {
    hold: {
      describe: ({ bundle }) => `put the finalizer on bundle ${bundle.metadata.name}`,
      run: ({ bundle }, writer) => writer.addFinalizer(bundle, finalizer),
    },
    install: {
      describe: ({ cluster, release, request }) =>
        `install release ${release.name} from chart ${request.chart} ${request.version ?? ''} in cluster ${keyText(cluster)}`,
      run: ({ bundle, release, hash, ...rest }) =>
        tries.keep(keyOfBundle(bundle), { name: release.name, hash }, () =>
          releases.install({ bundle, release, hash, ...rest }, charts),
        ),
    },
    uninstall: {
      describe: ({ cluster, release }) => `remove release ${release.name} from cluster ${keyText(cluster)}`,
      run: ({ cluster, release }) => releases.uninstall(cluster, release),
    },
    release: {
      describe: ({ bundle }) => `take the finalizer off bundle ${bundle.metadata.name}`,
      run: ({ bundle }, writer) => writer.removeFinalizer(bundle, finalizer),
    },
  };
}
