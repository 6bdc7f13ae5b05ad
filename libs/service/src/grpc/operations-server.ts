import type { GrpcOperations } from '@keelson/contracts';
import type { Operations } from '../operations.js';
import { askedObject, grpcPlan, grpcTransition, grpcWhyLink } from './messages.js';

/** What a method takes and gives. */
type Method<M extends keyof GrpcOperations> = (
  request: GrpcOperations[M]['request'],
) => Promise<GrpcOperations[M]['response']>;

/** `keelson.v1.Operations` as plain functions. */
export function operationsMethods(operations: Operations): { readonly [M in keyof GrpcOperations]: Method<M> } {
  return {
    History: async ({ object, limit }) => {
      const { kind, key } = askedObject(object);
      return {
        transitions: (await operations.history(kind, key, limit === 0 ? undefined : limit)).map(grpcTransition),
      };
    },
    Plan: async ({ object }) => {
      const { kind, key } = askedObject(object);
      return grpcPlan(await operations.plan(kind, key));
    },
    Why: async ({ object }) => {
      const { kind, key } = askedObject(object);
      return { chain: (await operations.why(kind, key)).chain.map(grpcWhyLink) };
    },
  };
}
