import { SecretKind } from '@keelson/api';
import { type Failure, isFailure } from '@keelson/std';
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
  /** What of the spec it cannot be rendered from. */
  readonly failure?: Failure | undefined;
}

export interface RenderRequest {
  readonly name: string;
  readonly namespace: string;
  /** As the operator wrote it. */
  readonly spec: object;
}

/**
 * From a spec to objects. Pure; both throw Failure terminal naming the field that is wrong, where it is not one service alone that
 * cannot be rendered.
 */
export interface Renderer {
  credentials(request: RenderRequest): readonly CredentialNeed[];
  /** In an order in which each service comes after those that it needs. */
  render(
    request: RenderRequest &
      Required<Pick<RenderInput, 'nodes'>> &
      Pick<
        RenderInput,
        'secrets' | 'sdn' | 'migration' | 'amphorae' | 'ceph' | 'awaitsCeph' | 'inFiles' | 'readySeconds' | 'images'
      >,
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
      ...renderedAlone(service, cloud),
    }));
  },
};

/** A service that cannot be rendered, or not before the storage has spoken, stands alone: others are rendered all the same. */
function renderedAlone(service: CloudService, cloud: Cloud): Pick<PlannedService, 'rendered' | 'failure'> {
  const nothing = { service: service.name, files: [], stages: [], onDemand: [] };
  try {
    return { rendered: service.render(cloud) };
  } catch (error) {
    if (isFailure(error, 'terminal')) return { rendered: nothing, failure: error };
    if (!isFailure(error, 'transient') || error.reason !== waitingForCeph) throw error;
    const on = { kind: SecretKind.kind, namespace: namespaces.ceph, name: cephKeysName };
    return { rendered: { ...nothing, lacks: { ...on, message: error.message } } };
  }
}
