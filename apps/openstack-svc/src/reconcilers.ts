import {
  type ClusterRelease,
  ClusterReleaseKind,
  clusterSideKinds,
  openstackKinds,
  TFOperatorKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import {
  attachReconciler,
  Attachments,
  type AttachPorts,
  type ClusterSide,
  findReleaseIn,
  serviceRights,
} from '@keelson/mosk';
import { type AnyReconciler, type ExtraRights, input } from '@keelson/reconcile';
import { type AdmissionEndpoint, admissionRights, registerAdmission } from './admission/admission.registration.js';
import { stacklightNamespace } from './balancer/stacklight.js';
import { cloudPortsOver } from './cloud-ports.js';
import { mosk } from './mosk.js';
import { namespaces } from './names.js';
import { CloudFigures } from './exporter/gauges.js';
import { podsOver } from './outage/pods.js';
import { askPowerOver, powerOver } from './outage/power.js';
import { podsOfOver } from './rollout/pods-of.js';
import type { Renderer } from './rollout/renderer.js';

export interface Openstack {
  /** On the management API. Those on the API of each MOSK cluster are in `mosk.ts`. */
  readonly reconcilers: readonly AnyReconciler[];
  readonly attachments: Attachments;
  readonly figures: CloudFigures;
}

export interface OpenstackPorts extends Omit<AttachPorts, 'side'> {
  readonly renderer: Renderer;
  /** The management API, for what is asked of it and not cached. */
  readonly api: Pick<KubeApi, 'list'>;
  /** Where API servers of clusters reach this service; absent where they cannot. */
  readonly admission?: AdmissionEndpoint | undefined;
}

/** How OpenSDN is, which an update of the cloud brings along. */
const sdnRights: ExtraRights = {
  rules: [{ apiGroups: [TFOperatorKind.group], resources: [TFOperatorKind.plural], verbs: ['list'] }],
};

/** What a MOSK cluster must know, and what is done there beside the reconcilers. */
export const inClusters: Pick<ClusterSide, 'service' | 'kinds' | 'rights'> = {
  service: 'openstack-svc',
  kinds: [...openstackKinds, ...clusterSideKinds.filter(({ kind }) => kind !== 'HelmBundle')],
  rights: [admissionRights, serviceRights(namespaces.cloud, stacklightNamespace), sdnRights],
};

/** Every reconciler of the service on the management API. */
export function openstackReconcilers(ports: OpenstackPorts): Openstack {
  const { renderer, admission, bus, clock } = ports;
  const figures = new CloudFigures(clock);
  const attachments = new Attachments({
    ...ports,
    side: {
      ...inClusters,
      // Read when an update is asked for, and when the cluster is of another release.
      reads: [input<ClusterRelease>({ kind: ClusterReleaseKind, mapToOwn: () => [] })],
      prepare: (api, cluster) => registerAdmission(api, cluster, admission),
      reconcilers: ({ cluster, api, http, release, identity }) => {
        return mosk({
          renderer,
          release,
          findRelease: findReleaseIn(ports.api),
          host: identity,
          podsOn: podsOver(api),
          podsOf: podsOfOver(api),
          powerOf: powerOver(askPowerOver(bus, cluster), clock),
          noteFigures: (one) => figures.note(cluster, one),
          ...cloudPortsOver(http),
        });
      },
    },
  });
  return { reconcilers: [attachReconciler(attachments)], attachments, figures };
}
