import { dump } from 'js-yaml';
import { allKinds } from '../catalogue.js';
import { apiVersionOf, resourceName } from '../kind.js';
import { crdOf } from './crd.js';
import { pagePath, referenceIndex, referencePage } from './reference.js';

/** First line of every file of this generator, in the comment form of its language. */
export const mark = 'Generated from libs/api by `./keelson generate`. Do not edit.';

/** Folders the generator writes to; files there that carry the mark and are no longer generated are removed. */
export const folders = ['deploy/crds', 'docs/reference'] as const;

/** A manifest that may serve as the example of its kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its text, comments and all. */
  readonly text: string;
}

/** All generated files: path from the root of the repository to text. Deterministic. */
export function generatedFiles(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of allKinds) {
    const example = manifests.find(
      (manifest) => manifest.kind === kind.kind && manifest.apiVersion === apiVersionOf(kind),
    );
    files.set(
      `deploy/crds/${resourceName(kind)}.yaml`,
      `# ${mark}\n${dump(crdOf(kind), { lineWidth: -1, noRefs: true })}`,
    );
    files.set(`docs/reference/${pagePath(kind)}`, marked(referencePage(kind, example?.text)));
  }
  files.set('docs/reference/README.md', marked(referenceIndex(allKinds)));
  return files;
}

function marked(page: string): string {
  return `<!-- ${mark} -->\n\n${page}`;
}
