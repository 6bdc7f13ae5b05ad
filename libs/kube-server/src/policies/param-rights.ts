import { equalJson } from '@keelson/std';
import type { Attributes } from '../engine/engine.js';
import type { KindTable } from '../kinds/kind-table.js';
import { webhookGroup } from '../kinds/webhooks.js';
import type { Admission, AdmissionRule, User } from '../registry/context.js';
import { metaOf } from '../registry/metadata.js';
import { asText, isObject } from '../schema/schema.js';
import { fieldForbidden, invalid } from '../status/status.js';
import type { Store } from '../storage/store.js';
import type { Draft } from '../storage/stored.js';
import type { Authorize } from '../webhooks/view.js';

interface Knows {
  readonly authorize: Authorize;
  readonly kinds: KindTable;
  readonly store: Store;
}

/**
 * Nobody reads through a policy what they may not read themselves: naming a kind of parameters needs the right to get all
 * of them, naming parameters the right to get or list them.
 * (kubernetes/pkg/registry/admissionregistration, authz.go of policies and bindings)
 */
export function paramRightsRule(knows: Knows): AdmissionRule {
  return ({ kind, operation, object, before, user }: Admission) => {
    if (kind.group !== webhookGroup || operation === 'delete' || user.groups.includes('system:masters')) return;
    const [now, was] = [specOf(object), specOf(before)];
    const isPolicy = kind.kind === 'ValidatingAdmissionPolicy';
    if (!isPolicy && kind.kind !== 'ValidatingAdmissionPolicyBinding') return;
    const member = isPolicy ? 'paramKind' : 'paramRef';
    if (!isObject(now[member])) return;
    const isSame = equalJson(now[member], was[member]) && (isPolicy || now.policyName === was.policyName);
    const refused = isSame ? undefined : isPolicy ? ofKind(knows, now, user) : ofObject(knows, now, user);
    if (refused !== undefined)
      throw invalid(kind, asText(metaOf(object).name), [fieldForbidden(`spec.${member}`, refused)]);
  };
}

function ofKind({ authorize, kinds }: Knows, { paramKind }: Draft, user: User): string | undefined {
  const named = isObject(paramKind) ? paramKind : {};
  const asked = { ...questionFor(named, kinds), verb: 'get', name: '*', namespace: '*' };
  if (authorize(user, asked).allowed) return undefined;
  const shown = `(kind=${asText(named.kind)}, apiVersion=${asText(named.apiVersion)})`;
  return `user ${shownUser(user)} must have "get" permission on all objects of the referenced paramKind ${shown}`;
}

function ofObject({ authorize, kinds, store }: Knows, { policyName, paramRef }: Draft, user: User): string | undefined {
  const { name = '', namespace = '' } = isObject(paramRef) ? paramRef : {};
  const policy = store.head(`validatingadmissionpolicies.${webhookGroup}`, '', asText(policyName));
  const { paramKind } = specOf(policy);
  const verb = name === '' ? 'list' : 'get';
  const question = questionFor(isObject(paramKind) ? paramKind : undefined, kinds);
  const place = {
    ...(name === '' ? {} : { name: asText(name) }),
    ...(namespace === '' ? {} : { namespace: asText(namespace) }),
  };
  if (authorize(user, { ...question, ...place, verb }).allowed) return undefined;
  const everything = `user ${shownUser(user)} does not have "${verb}" permission for all groups, versions and resources`;
  if (policy === undefined)
    return `unable to get policy ${asText(policyName)} to determine minimum required permissions and ${everything}`;
  if (question.resource === '*' && isObject(paramKind))
    return `unable to resolve paramKind &ParamKind{Kind:${asText(paramKind.kind)},APIVersion:${asText(paramKind.apiVersion)},} to determine minimum required permissions and ${everything}`;
  return `user ${shownUser(user)} does not have "${verb}" permission on the object referenced by paramRef`;
}

/** What to ask about a kind: everything, as far as it is not known. */
function questionFor(paramKind: Draft | undefined, kinds: KindTable): Omit<Attributes, 'verb'> {
  if (paramKind === undefined) return { group: '*', version: '*', resource: '*' };
  const apiVersion = asText(paramKind.apiVersion);
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { group, version, resource: kinds.byKind(apiVersion, asText(paramKind.kind))?.plural ?? '*' };
}

/** A user as Go prints one. */
function shownUser({ name, uid = '', groups, extra = {} }: User): string {
  const shown = Object.entries(extra).map(([key, values]) => `${key}:[${values.join(' ')}]`);
  return `&{${name} ${uid} [${groups.join(' ')}] map[${shown.sort().join(' ')}]}`;
}

function specOf(object: Draft | undefined): Draft {
  return isObject(object?.spec) ? object.spec : {};
}
