import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import type { HookedWrite } from '../registry/hooks.js';
import { metaOf } from '../registry/metadata.js';
import { isObject } from '../schema/schema.js';
import { type LabelSelector, matchesLabels } from '../selector/label-selector.js';
import type { Store } from '../storage/store.js';
import type { Draft } from '../storage/stored.js';
import type { WebhookRule } from './webhook.js';

/** Which writes somebody wants to hear of. */
export interface Interest {
  readonly rules: readonly WebhookRule[];
  /** Whether of writes through other versions of what its rules name, too. */
  readonly matchesEquivalents: boolean;
}

/** The kind somebody wants to see a write in; undefined when none of the rules is about the write. */
export function kindFor(interest: Interest, write: HookedWrite, kinds: KindTable): KindDescriptor | undefined {
  const matches = (kind: KindDescriptor): boolean => interest.rules.some((rule) => isAbout(rule, write, kind));
  const { kind } = write.call;
  if (matches(kind)) return kind;
  if (!interest.matchesEquivalents) return undefined;
  return kinds
    .all()
    .find((other) => other !== kind && other.storage.resource === kind.storage.resource && matches(other));
}

function isAbout(rule: WebhookRule, write: HookedWrite, kind: KindDescriptor): boolean {
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
  if (rule.scope !== '*' && (rule.scope === 'Namespaced') !== kind.namespaced) return false;
  if (rule.resourceNames !== undefined && !rule.resourceNames.includes(write.name)) return false;
  return (
    has(rule.operations, write.operation) &&
    has(rule.apiGroups, kind.group) &&
    has(rule.apiVersions, kind.version) &&
    rule.resources.some((resource) => {
      const [plural, subresource = ''] = resource.split('/');
      return (plural === '*' || plural === kind.plural) && (subresource === '*' || subresource === write.subresource);
    })
  );
}

/** Whether the labels of the namespace suit; what is in no namespace always does, a namespace is judged by its own labels. */
export function suitsNamespace(
  selector: LabelSelector,
  { call }: HookedWrite,
  object: Draft | undefined,
  store: Store,
): boolean {
  if (selector.length === 0) return true;
  if (call.kind.plural === 'namespaces' && call.kind.group === '') return matchesLabels(selector, labelsOf(object));
  if (call.namespace === undefined) return true;
  return matchesLabels(selector, store.head('namespaces', '', call.namespace)?.metadata.labels);
}

/** Whether the object, before or after, has the labels. */
export function suitsObject(selector: LabelSelector, objects: readonly (Draft | undefined)[]): boolean {
  return (
    selector.length === 0 || objects.some((object) => object !== undefined && matchesLabels(selector, labelsOf(object)))
  );
}

function labelsOf(object: Draft | undefined): Record<string, string> {
  const { labels } = object === undefined ? {} : metaOf(object);
  return isObject(labels) ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)])) : {};
}
