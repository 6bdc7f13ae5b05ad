import { existsSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { terminal } from '@keelson/std';
import type { ClusterNode } from '../machine/node.js';
import type { Mount } from './container-script.js';
import type { Container, PodTemplate, Volume } from './template.js';

/** Where a pod's volumes come from. */
export interface VolumeSource {
  readonly node: ClusterNode;
  /** Of this pod. */
  readonly directory: string;
  /** Where claims are kept from pod to pod. */
  readonly claims: string;
  readonly pod: string;
  readonly claimTemplates: readonly string[];
  secret(name: string): Readonly<Record<string, Buffer>> | undefined;
  configMap(name: string): Readonly<Record<string, Buffer>> | undefined;
}

/** Directories of the pod's volumes, by name; those of an optional Secret that is not there are empty. */
export async function prepareVolumes(
  { spec }: PodTemplate,
  source: VolumeSource,
): Promise<ReadonlyMap<string, string>> {
  const { fsGroup } = spec.securityContext;
  const directories = new Map<string, string>();
  for (const volume of spec.volumes) directories.set(volume.name, await prepared(volume, source, fsGroup));
  for (const name of source.claimTemplates)
    directories.set(name, await owned(join(source.claims, `${name}-${source.pod}`), fsGroup, 0o755));
  return directories;
}

async function prepared(volume: Volume, source: VolumeSource, fsGroup: number | undefined): Promise<string> {
  const own = join(source.directory, 'volumes', volume.name);
  const { secret, configMap, emptyDir, hostPath, persistentVolumeClaim: claim } = volume;
  if (secret !== undefined) return written(own, secret, source.secret(secret.secretName), secret.secretName, fsGroup);
  if (configMap !== undefined)
    return written(own, configMap, source.configMap(configMap.name), configMap.name, fsGroup);
  if (claim !== undefined) return owned(join(source.claims, claim.claimName), fsGroup, 0o755);
  if (emptyDir !== undefined) return owned(own, fsGroup, 0o777);
  if (hostPath === undefined)
    throw terminal(`the volume ${volume.name} is of an unknown sort`, { reason: 'BadVolume' });
  const path = join(source.node.directory, hostPath.path);
  if (hostPath.type === 'DirectoryOrCreate') await mkdir(path, { recursive: true });
  if (existsSync(path)) return path;
  throw terminal(`the node ${source.node.name} has no ${hostPath.path}`, { reason: 'NoHostPath' });
}

async function written(
  directory: string,
  { defaultMode, optional }: { defaultMode: number; optional?: boolean | undefined },
  data: Readonly<Record<string, Buffer>> | undefined,
  name: string,
  fsGroup: number | undefined,
): Promise<string> {
  if (data === undefined && optional !== true)
    throw terminal(`the pod mounts ${name}, which does not exist`, { reason: 'NoVolume' });
  await mkdir(directory, { recursive: true });
  for (const key of await readdir(directory)) if (data?.[key] === undefined) await rm(join(directory, key));
  for (const [key, content] of Object.entries(data ?? {})) {
    const file = join(directory, key);
    await writeFile(file, content);
    await chown(file, 0, fsGroup ?? 0);
    // With a group of its own a pod may read what its group owns.
    await chmod(file, fsGroup === undefined ? defaultMode : defaultMode | 0o040);
  }
  return directory;
}

async function owned(directory: string, fsGroup: number | undefined, mode: number): Promise<string> {
  if (!existsSync(directory)) {
    await mkdir(directory, { recursive: true });
    await chmod(directory, mode);
  }
  if (fsGroup !== undefined) {
    await chown(directory, 0, fsGroup);
    await chmod(directory, 0o2775);
  }
  return directory;
}

/** What a container sees of its pod's volumes. */
export function mountsOf(container: Container, directories: ReadonlyMap<string, string>): readonly Mount[] {
  return container.volumeMounts.flatMap(({ name, mountPath, subPath, readOnly = false, mountPropagation }) => {
    const directory = directories.get(name);
    if (directory === undefined)
      throw terminal(`the container mounts ${name}, which is no volume of its pod`, { reason: 'BadVolume' });
    const source = subPath === undefined ? directory : join(directory, subPath);
    if (subPath !== undefined && !existsSync(source))
      throw terminal(`${name} has no ${subPath}, which ${container.name} mounts`, { reason: 'NoVolume' });
    return [
      {
        source,
        target: mountPath,
        isFile: !statSync(source).isDirectory(),
        readOnly,
        propagation: mountPropagation ?? 'private',
      } as const,
    ];
  });
}
