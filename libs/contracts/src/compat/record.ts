import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordingOf } from './recording.js';

/**
 * `node libs/contracts/dist/compat/record.js <release>`: keeps what the services of a release say and understand, when that is
 * published. A recording is never edited: the tests replay that of the last release against the contracts of now.
 */
const release = process.argv[2] ?? '';
if (!/^\d+\.\d+\.\d+$/.test(release)) throw new Error('name the release that is recorded, such as 0.1.0');
const path = fileURLToPath(new URL(`../../recorded/${release}.json`, import.meta.url));
writeFileSync(path, `${JSON.stringify(recordingOf(release), undefined, 2)}\n`, { flag: 'wx' });
