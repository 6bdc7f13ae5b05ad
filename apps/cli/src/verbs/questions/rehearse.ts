import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { layoutHere } from '../../embedded/layout.js';
import { wholeNumber } from '../flags.js';
import { runProgram } from '../project/simulate.js';
import { UsageError, type Verb } from '../verb.js';

export const rehearse: Verb = {
  name: 'rehearse',
  summary: 'run the update of a cluster on a copy of its resources: how long, what it touches, what would hold it up',
  usage: [
    '<cluster>             read by its API, never written; secrets stay where they are',
    '-n, --namespace NAME  when the name exists in several',
    '--plan NAME           the ClusterUpdatePlan; else the one under way or the first offered',
    '--faults N            courses with faults beside the one without (default 2)',
    '--seed TEXT           the same seed, the same courses (default 1)',
    '--compress N          times run so many times shorter, and are told in full (1 is the most exact; default 6)',
    '--json                as data',
    '--html FILE           a page with a timeline',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        namespace: { type: 'string', short: 'n' },
        plan: { type: 'string' },
        faults: { type: 'string' },
        seed: { type: 'string' },
        compress: { type: 'string' },
        json: { type: 'boolean' },
        html: { type: 'string' },
      },
      allowPositionals: true,
      strict: true,
    });
    const [cluster] = positionals;
    if (cluster === undefined) throw new UsageError('rehearse needs the name of a cluster');
    wholeNumber('--faults', values.faults, 0, 100, 2);
    wholeNumber('--compress', values.compress, 1, 60, 6);
    const kubeconfig = process.env.KUBECONFIG ?? layoutHere().kubeconfig;
    if (!existsSync(kubeconfig))
      throw new UsageError(`no kubeconfig at ${kubeconfig}. Start with ./keelson up, or set KUBECONFIG.`);
    const flags = Object.entries({ ...values, html: values.html === undefined ? undefined : resolve(values.html) });
    return runProgram(join('worlds', 'simulation', 'dist', 'rehearse.main.js'), [
      cluster,
      '--kubeconfig',
      kubeconfig,
      ...flags.flatMap(([flag, value]) =>
        value === undefined || value === false ? [] : value === true ? [`--${flag}`] : [`--${flag}`, String(value)],
      ),
    ]);
  },
};
