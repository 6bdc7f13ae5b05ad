import type { ChartOfRelease } from '@keelson/mosk';
import { z } from 'zod';
import { namespaces } from '../names.js';
import type { OpenStackRelease } from './release.js';

const TagsSchema = z.record(z.string(), z.string().min(1));
const ImagesSchema = z.object({
  images: z.object({
    /** Of images that no release of OpenStack changes, by name. */
    tags: TagsSchema.optional(),
    /** By release of OpenStack: the tag of all its images, and of those that have another by name. */
    openstack: z
      .record(z.string(), z.object({ tag: z.string().min(1).optional(), tags: TagsSchema.optional() }))
      .optional(),
  }),
});

/** Tags of images that a Cluster release brings for every release of OpenStack that it knows. */
export type ReleaseImages = z.infer<typeof ImagesSchema>;

/** They are values of the controller's chart, as they would be where Helm installs it. */
export const imagesOfRelease: ChartOfRelease<ReleaseImages> = {
  chart: 'openstack-operator',
  schema: ImagesSchema,
  map: { namespace: namespaces.cloud, name: 'openstack-release-images' },
};

/** A release of OpenStack with the images of a Cluster release; those that it does not name stay. */
export function withImages(release: OpenStackRelease, images: ReleaseImages | undefined): OpenStackRelease {
  if (images === undefined) return release;
  const { tags, openstack } = images.images;
  const own = openstack?.[release.name];
  return {
    ...release,
    defaultTag: own?.tag ?? release.defaultTag,
    imageTags: { ...release.imageTags, ...tags, ...own?.tags },
  };
}
