import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Http, messageOf } from '@keelson/std';
import type { StateItem } from '../machine.js';
import type { RunContext, RunResult, Runner } from '../runner.js';
import { download } from './downloader.js';
import { runCommand } from './process.js';

export interface RealRunnerOptions {
  readonly http: Http;
  /** Where downloads lie and items work, such as `/var/lib/keelson`. */
  readonly folder: string;
  /** Where programs are looked for; the usual system folders when absent. */
  readonly searchPath?: string;
}

/**
 * Carries items out on this very host: `downloader` fetches a file, `bash` runs `params.script`, `ansible` runs the
 * playbook `params.playbook` against localhost. Params reach scripts as environment variables `KEELSON_<NAME>` and
 * playbooks as variables. The Secret named in `params.secretName` lies, while the item runs, as files in the folder
 * that `KEELSON_SECRETS` names.
 */
export function realRunner(options: RealRunnerOptions): Runner {
  return {
    async run(item, context) {
      if (item.runner === 'downloader') return download(item, context, options.http, join(options.folder, 'downloads'));
      if (item.runner === 'bash') return inWorkFolder(options, item, context, runScript);
      if (item.runner === 'ansible') return inWorkFolder(options, item, context, runPlaybook);
      return { exitCode: 2, message: `this agent has no runner ${item.runner}; it knows downloader, bash and ansible` };
    },
  };
}

type Body = (options: RealRunnerOptions, item: StateItem, context: RunContext, folder: string) => Promise<RunResult>;

/** Gives the item an empty folder that only root can read, with its secrets in it, and removes both at the end. */
async function inWorkFolder(
  options: RealRunnerOptions,
  item: StateItem,
  context: RunContext,
  body: Body,
): Promise<RunResult> {
  await mkdir(options.folder, { recursive: true });
  const folder = await mkdtemp(join(options.folder, 'item-'));
  try {
    const secretName = item.params?.['secretName'];
    await mkdir(join(folder, 'secrets'), { mode: 0o700 });
    const secrets = secretName === undefined ? {} : await context.readSecret(secretName);
    for (const [name, value] of Object.entries(secrets)) {
      await writeFile(join(folder, 'secrets', name.replaceAll('/', '_')), value, { mode: 0o600 });
    }
    return await body(options, item, context, folder);
  } catch (error) {
    return { exitCode: 1, message: messageOf(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const runScript: Body = async (options, item, context, folder) => {
  const script = item.params?.['script'];
  if (script === undefined) return { exitCode: 2, message: `item ${item.name} needs the param script` };
  const path = join(folder, 'script.sh');
  await writeFile(path, script, { mode: 0o700 });
  return runCommand({
    file: 'bash',
    args: [path],
    env: environmentOf(options, item, folder),
    cwd: folder,
    signal: context.signal,
  });
};

const runPlaybook: Body = async (options, item, context, folder) => {
  const playbook = item.params?.['playbook'];
  if (playbook === undefined) return { exitCode: 2, message: `item ${item.name} needs the param playbook` };
  const program = await find('ansible-playbook', options.searchPath ?? defaultPath);
  if (program === undefined) {
    return { exitCode: 127, message: 'ansible-playbook is not installed on this host; an earlier item must bring it' };
  }
  const variables = join(folder, 'variables.json');
  await writeFile(variables, JSON.stringify(item.params ?? {}), { mode: 0o600 });
  const args = ['--connection', 'local', '--inventory', 'localhost,', '--extra-vars', `@${variables}`, playbook];
  return runCommand({
    file: program,
    args,
    env: environmentOf(options, item, folder),
    cwd: folder,
    signal: context.signal,
  });
};

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `controlNodeIP` becomes `KEELSON_CONTROL_NODE_IP`. */
function environmentOf(options: RealRunnerOptions, item: StateItem, folder: string): Record<string, string> {
  const params = Object.entries(item.params ?? {}).filter(([name]) => name !== 'script');
  const named = params.map(([name, value]) => [`KEELSON_${variableName(name)}`, value]);
  return {
    ...Object.fromEntries(named),
    KEELSON_SECRETS: join(folder, 'secrets'),
    KEELSON_DOWNLOADS: join(options.folder, 'downloads'),
    HOME: folder,
  };
}

function variableName(param: string): string {
  return param
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

async function find(program: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, program);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
