import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Http, messageOf } from '@keelson/std';
import type { StateItem } from '../machine.js';
import type { RunContext, RunResult } from '../runner.js';

/**
 * Fetches `params.url` into `folder` and checks `params.sha256`. A file that is already there with the right digest is
 * not fetched again. Without a digest nothing is fetched: what runs as root must be known.
 */
export async function download(item: StateItem, context: RunContext, http: Http, folder: string): Promise<RunResult> {
  const { url, sha256 } = item.params ?? {};
  if (url === undefined || sha256 === undefined)
    return { exitCode: 2, message: `item ${item.name} needs the params url and sha256` };
  const target = join(folder, fileNameOf(item, url));
  if ((await digestOf(target)) === sha256.toLowerCase())
    return { exitCode: 0, message: `${target} is there already`, result: target };
  try {
    const response = await http({ method: 'GET', url, timeoutMs: context.timeoutMs, signal: context.signal });
    if (response.status !== 200) return { exitCode: 22, message: `${url} answered ${response.status}` };
    const digest = createHash('sha256').update(response.body).digest('hex');
    if (digest !== sha256.toLowerCase())
      return { exitCode: 23, message: `${url} has the digest ${digest}, not ${sha256}` };
    await mkdir(folder, { recursive: true });
    await writeFile(`${target}.part`, response.body, { mode: 0o755 });
    await rename(`${target}.part`, target);
    return { exitCode: 0, message: `fetched ${url} to ${target}`, result: target };
  } catch (error) {
    return { exitCode: 22, message: `${url} could not be fetched: ${messageOf(error)}` };
  }
}

function fileNameOf(item: StateItem, url: string): string {
  return basename(item.params?.['fileName'] ?? new URL(url).pathname) || item.name;
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return undefined;
  }
}
