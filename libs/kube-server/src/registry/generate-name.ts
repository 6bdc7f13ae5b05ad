import { pick, type Random } from '@keelson/std';

/** No vowels and nothing that looks like another character: no words and no doubts. (k8s.io/apimachinery/pkg/util/rand) */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'.split('');
const maxBase = 58;

/** A name from a generateName: the base, cut to 58 characters, and five of chance. */
export function generatedName(base: string, random: Random): string {
  const suffix = Array.from({ length: 5 }, () => pick(random, alphabet)).join('');
  return `${base.slice(0, maxBase)}${suffix}`;
}
