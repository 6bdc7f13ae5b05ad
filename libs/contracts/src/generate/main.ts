import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordingOf } from '../compat/recording.js';
import { subjectsPage, subjectsPath } from './subjects.js';

/**
 * `node libs/contracts/dist/generate/main.js [target]`: writes below target, the repository unless given, the subject
 * catalogue and what the services of the version in hand say and understand. The recording of a release before is never
 * written: the tests replay it against the contracts of now.
 */

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const target = process.argv[2] ?? root;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

write(subjectsPath, subjectsPage());
write(`libs/contracts/recorded/${version}.json`, `${JSON.stringify(recordingOf(version), undefined, 2)}\n`);

function write(name: string, text: string): void {
  const path = join(target, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
