import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { layoutHere } from '../../embedded/layout.js';
import { addVersion, knownVersions } from '../../embedded/deployments/versions.js';
import { UsageError, type Verb } from '../verb.js';

export const versions: Verb = {
  name: 'versions',
  summary: 'versions of the services on this machine, which MCCUpgrade can roll them to',
  usage: [
    'list                  those that lie here, the one of this checkout first',
    'add VERSION           copy the compiled programs of a checkout as that version',
    '--from FOLDER         the checkout (default: this one); it must stay: its npm packages are linked',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { from: { type: 'string' } },
      allowPositionals: true,
      strict: true,
    });
    const layout = layoutHere();
    const [what = 'list', version, ...more] = positionals;
    if (what === 'list' && version === undefined) {
      process.stdout.write(`${knownVersions(layout).join('\n')}\n`);
      return 0;
    }
    if (what !== 'add' || version === undefined || more.length > 0)
      throw new UsageError('versions: expected "list" or "add VERSION"');
    process.stdout.write(`${version} lies in ${addVersion(layout, version, resolve(values.from ?? layout.root))}\n`);
    return 0;
  },
};
