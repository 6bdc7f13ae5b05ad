import type { Environment } from '@marcbachmann/cel-js';
import { isEqual } from './equality.js';

/** Stands for the name before the dot in `sets.contains(…)`. */
class SetsNamespace {}

type List = readonly unknown[];

const hasAll = (list: List, wanted: List): boolean =>
  wanted.every((item) => list.some((other) => isEqual(item, other)));

/** Lists as sets (github.com/google/cel-go/ext/sets.go). */
export function addSets(env: Environment): void {
  env.registerType('SetsNamespace', { ctor: SetsNamespace, fields: {} });
  env.registerConstant('sets', 'SetsNamespace', new SetsNamespace());
  const add = (name: string, holds: (a: List, b: List) => boolean): void =>
    void env.registerFunction(`SetsNamespace.${name}(list, list): bool`, (_: SetsNamespace, a: List, b: List) =>
      holds(a, b),
    );
  add('contains', hasAll);
  add('equivalent', (a, b) => hasAll(a, b) && hasAll(b, a));
  add('intersects', (a, b) => a.some((item) => hasAll(b, [item])));
}
