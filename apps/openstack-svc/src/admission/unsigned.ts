import { isFailure } from '@keelson/std';
import { mergeSpec } from '../cloud/spec.js';

/**
 * What does not start once nova checks signatures: it makes no server of an image that has none, while glance takes such images.
 * The image of amphorae is an operator's, found by its tag, and Octavia tells no more than that a load balancer is in ERROR.
 * https://docs.mirantis.com/mos/latest/ref-arch/cloud-services/image.html
 */
export function unsignedImages(spec: object): readonly string[] {
  const { features } = mergedOrNothing(spec) ?? {};
  if (features?.glance.signature.enabled !== true) return [];
  if (!features.services.includes('load-balancer') || features.neutron.backend === 'tungstenfabric') return [];
  const trusted = features.glance.signature.certificate_validation
    ? ', by a certificate that is among default_trusted_certificate_ids of nova'
    : '';
  return [
    `spec.features.glance.signature: nova makes servers of signed images alone, so new load balancers and failovers end in ERROR unless the image tagged amphora is signed${trusted}`,
  ];
}

/** A spec that cannot be merged is refused for that, elsewhere. */
function mergedOrNothing(spec: object): ReturnType<typeof mergeSpec> | undefined {
  try {
    return mergeSpec(spec);
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}
