import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { subjectsPage, subjectsPath } from './subjects.js';

/** `node libs/contracts/dist/generate/main.js [target]`: writes the subject catalogue below target, the repository unless given. */

const path = join(process.argv[2] ?? fileURLToPath(new URL('../../../../', import.meta.url)), subjectsPath);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, subjectsPage());
