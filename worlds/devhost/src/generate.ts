import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeGenerated } from '@keelson/api/generate';
import { folders, generatedFiles, mark } from './generated-files.js';
import { services } from './services.js';

/** `node worlds/devhost/dist/generate.js [target]`: writes RBAC and reconciler pages below target, the repository unless given. */

const target = process.argv[2] ?? fileURLToPath(new URL('../../../', import.meta.url));

writeGenerated(target, { files: generatedFiles(services, versionOf), folders, mark });

/** The version in the service's own package.json: each can be versioned alone. */
function versionOf(service: string): string {
  const file = new URL(`../../../apps/${service}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
