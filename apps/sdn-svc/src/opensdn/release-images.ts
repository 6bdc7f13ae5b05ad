import type { ChartOfRelease } from '@keelson/mosk';
import { z } from 'zod';
import { sdnNamespace } from '../names.js';

const TagsSchema = z.record(z.string(), z.string().min(1));
const ImagesSchema = z.object({
  images: z.object({
    /** Of images that no version of OpenSDN changes, by name. */
    tags: TagsSchema.optional(),
    /** By version of OpenSDN: the tag of all its images, and of those that have another by name. */
    opensdn: z
      .record(z.string(), z.object({ tag: z.string().min(1).optional(), tags: TagsSchema.optional() }))
      .optional(),
  }),
});

/** Tags of images that a Cluster release brings for every version of OpenSDN that it knows. */
export type ReleaseImages = z.infer<typeof ImagesSchema>;

/** They are values of the operator's chart, as they would be where Helm installs it. */
export const imagesOfRelease: ChartOfRelease<ReleaseImages> = {
  chart: 'tungstenfabric-operator',
  schema: ImagesSchema,
  map: { namespace: sdnNamespace, name: 'tf-release-images' },
  labels: { application: 'opensdn', component: 'release-images' },
};
