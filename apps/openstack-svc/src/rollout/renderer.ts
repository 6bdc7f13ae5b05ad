import { SecretKind } from '@keelson/api';
import { isFailure } from '@keelson/std';
import type { Cloud, CredentialNeed } from '../cloud/cloud.js';
import { cloudOf, credentialsOf, enabledServices, type RenderInput } from '../cloud/render.js';
import type { CloudService, RenderedService, UpgradeStep } from '../cloud/service.js';
import { mergeSpec } from '../cloud/spec.js';
import { waitingForCeph } from '../conventions/ceph.js';
import { cephKeysName } from '../credentials/ceph-keys.js';
import { namespaces } from '../names.js';
import { releaseOf } from '../releases/releases.js';

/** A service of the cloud, rendered, with what applying needs to know of it. */
export interface PlannedService {
  readonly name: string;
  readonly needs: readonly string[];
  readonly upgrade: readonly UpgradeStep[];
  readonly pausedByUpgrade: boolean;
  readonly rendered: RenderedService;
}

export interface RenderRequest {
  readonly name: string;
  readonly namespace: string;
  /** As the operator wrote it. */
  readonly spec: object;
}

/** From a spec to objects. Pure; both throw Failure terminal naming the field that is wrong. */
export interface Renderer {
  credentials(request: RenderRequest): readonly CredentialNeed[];
  /** In an order in which each service comes after those that it needs. */
  render(
    request: RenderRequest &
      Required<Pick<RenderInput, 'nodes'>> &
      Pick<RenderInput, 'secrets' | 'sdn' | 'migration' | 'ceph' | 'readySeconds' | 'images'>,
  ): readonly PlannedService[];
}

/** Renders with the services of this repository. */
export const cloudRenderer: Renderer = {
  credentials: ({ name, namespace, spec }) => {
    const merged = mergeSpec(spec);
    return credentialsOf({ name, namespace, spec: merged, release: releaseOf(merged.openstack_version) });
  },
  render: (input) => {
    const cloud: Cloud = cloudOf(input);
    return enabledServices(cloud).map((service) => ({
      name: service.name,
      needs: service.needs,
      upgrade: service.upgrade,
      pausedByUpgrade: service.pausedByUpgrade === true,
      rendered: renderedOrWaiting(service, cloud),
    }));
  },
};

/** A service that cannot be rendered before the storage has spoken waits alone: the others do not need it. */
function renderedOrWaiting(service: CloudService, cloud: Cloud): RenderedService {
  try {
    return service.render(cloud);
  } catch (error) {
    if (!isFailure(error, 'transient') || error.reason !== waitingForCeph) throw error;
    const on = { kind: SecretKind.kind, namespace: namespaces.ceph, name: cephKeysName };
    return { service: service.name, files: [], stages: [], onDemand: [], lacks: { ...on, message: error.message } };
  }
}
