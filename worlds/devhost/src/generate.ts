import { fileURLToPath } from 'node:url';
import { writeGenerated } from '@keelson/api/generate';
import { folders, generatedFiles, mark } from './generated-files.js';
import { productVersion } from './product-version.js';
import { services } from './services.js';

/** `node worlds/devhost/dist/generate.js [target]`: writes RBAC and reconciler pages below target, the repository unless given. */

const target = process.argv[2] ?? fileURLToPath(new URL('../../../', import.meta.url));

writeGenerated(target, { files: generatedFiles(services, productVersion()), folders, mark });
