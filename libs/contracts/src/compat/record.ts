import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordingOf } from './recording.js';

/**
 * `node libs/contracts/dist/compat/record.js <release>`: keeps what the services of a release say and understand. That of the
 * version in hand is made anew with each new contract; one of a release before is never edited: the tests replay it against
 * the contracts of now.
 */
const release = process.argv[2] ?? '';
if (!/^\d+\.\d+\.\d+$/.test(release)) throw new Error('name the release that is recorded, such as 0.1.0');
const path = fileURLToPath(new URL(`../../recorded/${release}.json`, import.meta.url));
const root = new URL('../../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(root, 'utf8')) as { readonly version: string };
writeFileSync(path, `${JSON.stringify(recordingOf(release), undefined, 2)}\n`, {
  flag: release === version ? 'w' : 'wx',
});
