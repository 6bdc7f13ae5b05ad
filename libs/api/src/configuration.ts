import { apiVersionOf, type Kind } from './kind.js';
import type { KubeObject, ObjectMeta } from './object.js';

/** A type of which any part may be left out, at any depth; lists are whole. */
export type PartOf<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: PartOf<T[K]> } : T;

/** What an apply says of an object: the fields it claims, nothing else. */
export type Configuration<T extends KubeObject> = { metadata: ObjectMeta } & {
  [K in Exclude<keyof T, keyof KubeObject>]?: PartOf<T[K]>;
};

/**
 * Completes a configuration with `apiVersion` and `kind`, for server-side apply or for a create whose missing fields the
 * server fills with their defaults.
 *
 * @returns the object as the ports take it. The server refuses it when, merged with what is stored, a required field is
 *   missing; the compiler cannot know that, hence the one cast here
 */
export function configurationOf<T extends KubeObject>(kind: Kind<T>, fields: Configuration<T>): T {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...fields } as unknown as T;
}
