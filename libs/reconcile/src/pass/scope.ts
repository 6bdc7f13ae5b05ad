import type { Kind, KubeObject } from '@keelson/api';
import type { IndexFunction } from '@keelson/kube';
import { terminal } from '@keelson/std';
import { kindId } from '../kinds.js';
import type { AnyReconciler, Input, Output } from '../reconciler.js';

export type Verb = Output['verbs'][number];

/** What a reconciler declared that it reads and writes. */
export interface Scope {
  readonly reconciler: string;
  readonly ownKind: Kind;
  /** @throws Failure terminal, reason `UndeclaredInput` */
  mustRead(kind: Kind): void;
  /** @throws Failure terminal, reason `UndeclaredInput` */
  indexOf(kind: Kind, index: string): IndexFunction<KubeObject>;
  /** @throws Failure terminal, reason `UndeclaredOutput` */
  mustWrite(kind: Kind, verb: Verb): void;
}

/** The declarations of a reconciler as checks. */
export function scopeOf(reconciler: AnyReconciler): Scope {
  const inputs: readonly Input[] = reconciler.inputs;
  const outputs: readonly Output[] = reconciler.outputs;
  const own = kindId(reconciler.kind);
  const readable = new Set([own, ...inputs.map(({ kind }) => kindId(kind))]);
  return {
    reconciler: reconciler.name,
    ownKind: reconciler.kind,
    mustRead(kind) {
      if (!readable.has(kindId(kind)))
        throw terminal(`${reconciler.name} reads ${kind.kind}, which is not among its inputs`, {
          reason: 'UndeclaredInput',
        });
    },
    indexOf(kind, index) {
      const found = inputs.find((input) => kindId(input.kind) === kindId(kind) && input.indices?.[index] !== undefined)
        ?.indices?.[index];
      if (found === undefined)
        throw terminal(
          `${reconciler.name} asks for the index ${index} of ${kind.kind}, which none of its inputs declares`,
          { reason: 'UndeclaredInput' },
        );
      return found;
    },
    mustWrite(kind, verb) {
      const isDeclared = outputs.some((output) => kindId(output.kind) === kindId(kind) && output.verbs.includes(verb));
      if (!isDeclared)
        throw terminal(`${reconciler.name} wants to ${verb} ${kind.kind}, which is not among its outputs`, {
          reason: 'UndeclaredOutput',
        });
    },
  };
}

/** The name of a reconciler's index in the caches, which all reconcilers of a service share. */
export function indexName(reconciler: string, index: string): string {
  return `${reconciler}:${index}`;
}
