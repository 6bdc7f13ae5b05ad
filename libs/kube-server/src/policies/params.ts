import { celValue } from '../cel/values.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import { readAs } from '../registry/context.js';
import { matchesLabels } from '../selector/label-selector.js';
import type { Store } from '../storage/store.js';
import type { Stored } from '../storage/stored.js';
import { keyOf } from '../storage/view.js';
import type { Binding, ParamRef, Policy } from './policy.js';

/** The kind of a policy's parameters cannot be found, or a binding does not suit it: the failure policy decides. */
export class Misconfigured extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Misconfigured';
  }
}

/** The kind of the parameters of a policy; undefined when it takes none. */
export function paramKindOf({ paramKind }: Policy, kinds: KindTable): KindDescriptor | undefined {
  if (paramKind === undefined) return undefined;
  const kind = kinds.byKind(paramKind.apiVersion, paramKind.kind);
  if (kind !== undefined) return kind;
  const shown = `${paramKind.apiVersion.includes('/') ? paramKind.apiVersion : `/${paramKind.apiVersion}`}, Kind=${paramKind.kind}`;
  throw new Misconfigured(`failed to configure policy: failed to find resource referenced by paramKind: '${shown}'`);
}

/**
 * The parameters that a binding gives to its policy: null where there is none to give.
 * (k8s.io/apiserver/pkg/admission/plugin/policy/generic, CollectParams)
 *
 * @throws Misconfigured
 */
export function paramsOf(
  kind: KindDescriptor | undefined,
  { params: ref }: Binding,
  namespace: string | undefined,
  store: Store,
): readonly unknown[] {
  if (kind === undefined || ref === undefined) return [null];
  const found = foundParams(kind, ref, namespace, store);
  if (found.length === 0 && ref.deniesWithout)
    throw wrongBinding('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found.map((object) => celValue(undefined, readAs(kind, object)));
}

function foundParams(kind: KindDescriptor, ref: ParamRef, namespace: string | undefined, store: Store): Stored[] {
  const view = store.view(kind.storage.resource);
  if (!kind.namespaced && ref.namespace !== '')
    throw wrongBinding('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const place = kind.namespaced ? ref.namespace || namespace : '';
  if (place === undefined || (kind.namespaced && place === ''))
    throw wrongBinding('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  if (ref.name !== '') return [view.get(keyOf(place, ref.name))].filter((object) => object !== undefined);
  const { selector = [] } = ref;
  return view
    .list(kind.namespaced ? place : undefined)
    .filter((object) => matchesLabels(selector, object.metadata.labels));
}

function wrongBinding(why: string): Misconfigured {
  return new Misconfigured(`failed to configure binding: ${why}`);
}
