import { type KubeObject, type OpenStackDeployment, StorageClassKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { kindOf } from '@keelson/mosk';
import { isFailure } from '@keelson/std';
import { placeholderSecrets } from '../cloud/placeholder-secrets.js';
import { cloudOf, credentialsOf, enabledServices } from '../cloud/render.js';
import { claimsIn } from './claims.js';
import type { Standing, VolumesAsked } from './volumes.rules.js';

/** What a spec asks of volumes, beside what stands in the cluster with that API. */
export async function volumesAsked({ metadata, spec }: OpenStackDeployment, api: KubeApi): Promise<VolumesAsked> {
  const { name, namespace = '' } = metadata;
  const objects: Standing[] = [];
  for (const wanted of claimingIn({ name, namespace, spec })) {
    const key = { namespace: wanted.metadata.namespace ?? namespace, name: wanted.metadata.name };
    objects.push({ wanted, live: await api.get(kindOf(wanted), key) });
  }
  const classes = (await api.list(StorageClassKind)).items;
  const growing = classes.filter((each) => each.allowVolumeExpansion === true).map((each) => each.metadata.name);
  return { spec, objects, canGrow: (storageClass) => growing.includes(storageClass ?? '') };
}

/** Objects with volumes. What cannot be rendered has its own way of being told. */
function claimingIn(input: { readonly name: string; readonly namespace: string; readonly spec: object }): KubeObject[] {
  return quietly(() => {
    const bare = cloudOf({ ...input, secrets: placeholderSecrets([]) });
    const cloud = { ...bare, secrets: placeholderSecrets(credentialsOf(bare)) };
    const services = enabledServices(cloud).flatMap((service) =>
      quietly(() => service.render(cloud).stages.flatMap(({ objects }) => objects)),
    );
    return services.filter((object) => claimsIn(object).length > 0);
  });
}

function quietly(objects: () => readonly KubeObject[]): KubeObject[] {
  try {
    return [...objects()];
  } catch (error) {
    if (isFailure(error)) return [];
    throw error;
  }
}
