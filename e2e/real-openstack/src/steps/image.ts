import { stat } from 'node:fs/promises';
import { terminal } from '@keelson/std';
import { z } from 'zod';
import { identity } from './foundation.js';
import { guestImage } from './guest.js';
import type { Step } from './step.js';

const ImageSchema = z.object({ id: z.string(), status: z.string(), size: z.number().nullable() });

export const image: Step = {
  name: 'image in glance',
  needs: [identity.name],
  async run({ cluster, rollout, api, found }) {
    const file = await guestImage(cluster.part.trees['bookworm'] ?? '');
    await rollout.apply('image');
    const cloud = api();
    const properties = { name: 'guest', disk_format: 'qcow2', container_format: 'bare', visibility: 'public' };
    const { id } = await cloud.call(ImageSchema, 'POST', 'image', '/v2/images', properties);
    await cloud.upload(id, file);
    const { status, size } = await cloud.call(ImageSchema, 'GET', 'image', `/v2/images/${id}`);
    const wanted = (await stat(file)).size;
    if (status !== 'active' || size !== wanted)
      throw terminal(`the image is ${status} with ${size} of ${wanted} bytes after its upload`, { reason: 'BadImage' });
    found.set('image', id);
    return `an image of ${(wanted / 1e6).toFixed(1)} MB is active`;
  },
};
