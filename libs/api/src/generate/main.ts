import { fileURLToPath } from 'node:url';
import { folders, generatedFiles, mark } from './files.js';
import { readManifests } from './manifests.js';
import { writeGenerated } from './write-files.js';

/** `node libs/api/dist/generate/main.js [target]`: writes CRDs and reference pages below target, the repository unless given. */

const repository = fileURLToPath(new URL('../../../../', import.meta.url));

writeGenerated(process.argv[2] ?? repository, { files: generatedFiles(readManifests(repository)), folders, mark });
