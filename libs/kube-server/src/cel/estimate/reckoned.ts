import type { ASTNode } from '@marcbachmann/cel-js';
import type { Range } from './ranges.js';
import type { SizedType } from './sized-types.js';

export type Path = SizedType | 'nowhere' | undefined;

/** What is known of the value of a node. */
export interface Reckoned {
  readonly cost: Range;
  readonly kind: string;
  /** Where in the schema the value stands. */
  readonly path?: Path;
  /** Its size as far as it was reckoned, not looked up. */
  readonly size?: Range | undefined;
  /** The size of a variable, if nothing else tells it. */
  readonly spare?: Range | undefined;
  /** Kind and sizes of the entries of a container that the expression makes. */
  readonly entries?: Entries | undefined;
}

export interface Entries {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

export type Scope = ReadonlyMap<string, Reckoned>;
export type Node = Pick<ASTNode, 'op'> & { readonly args: unknown; readonly checkedType?: { readonly name: string } };

/** The kind of type that the checker found: `list<string>` is a list. */
export function kindOf({ checkedType }: Node): string {
  const [name = 'dyn'] = (checkedType?.name ?? 'dyn').split('<');
  if (/^Object\d+$/.test(name)) return 'object';
  return name.replace('google.protobuf.Timestamp', 'timestamp').replace('google.protobuf.Duration', 'duration');
}
