import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { Api } from '../cloud/api.js';
import { until } from '../machine/waiting.js';
import { marks } from './guest.js';
import { consoleSays, network, server } from './server.js';
import type { Step } from './step.js';

const VolumeSchema = z.object({ volume: z.object({ id: z.string(), status: z.string() }) });
const gibibyteInSectors = 2_097_152;

export const blockStorage: Step = {
  name: 'cinder',
  needs: [network.name],
  async run({ rollout }) {
    const pods = await rollout.apply('block-storage');
    return `${pods.length} pods ready`;
  },
};

export const volume: Step = {
  name: 'volume attached, seen by its guest',
  needs: [blockStorage.name, server.name],
  async run({ api, found }) {
    const cloud = api();
    const body = { volume: { name: 'data', size: 1 } };
    const project = await projectOf(cloud);
    const made = await cloud.call(VolumeSchema, 'POST', 'volumev3', '/volumes', body);
    const { id } = made.volume;
    await volumeBecomes(cloud, id, 'available');
    const line = await attach(cloud, found.get('server') ?? '', id);
    found.set('volume', id);
    return `a volume of 1 GiB in project ${project} is in use; the console says ${line}`;
  },
};

/** Attaches the volume. @returns what its guest says of it on the console */
export async function attach(cloud: Api, guest: string, id: string): Promise<string> {
  await cloud.send('POST', 'compute', `/servers/${guest}/os-volume_attachments`, {
    volumeAttachment: { volumeId: id },
  });
  await volumeBecomes(cloud, id, 'in-use');
  const [line = ''] = await consoleSays(cloud, guest, [`${marks.disk} ${gibibyteInSectors}`], 120_000);
  return line;
}

export async function detach(cloud: Api, guest: string, id: string): Promise<void> {
  await cloud.send('DELETE', 'compute', `/servers/${guest}/os-volume_attachments/${id}`);
  await volumeBecomes(cloud, id, 'available');
}

async function projectOf(cloud: Api): Promise<string> {
  const { projects } = await cloud.call(
    z.object({ projects: z.array(z.object({ name: z.string() })) }),
    'GET',
    'identity',
    '/auth/projects',
  );
  return projects[0]?.name ?? '';
}

async function volumeBecomes(cloud: Api, id: string, wanted: string): Promise<void> {
  await until({ what: `the volume being ${wanted}`, withinMs: 180_000, everyMs: 1000 }, async () => {
    const { volume: now } = await cloud.call(VolumeSchema, 'GET', 'volumev3', `/volumes/${id}`);
    if (now.status.startsWith('error')) throw terminal(`the volume is in ${now.status}`);
    return now.status === wanted ? true : undefined;
  });
}

/** Says where the deployment's back end has its share: a directory that every node has in common stands for an NFS server. */
export function makeShare(directory: string): void {
  const node = join(directory, 'nodes/ctl-1/var/lib/cinder');
  mkdirSync(node, { recursive: true });
  writeFileSync(join(node, 'nfs_shares'), 'localhost:/dev/share\n');
}
