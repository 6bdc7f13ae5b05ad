import { equalJson } from '@keelson/std';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { Admission, AdmissionRule, User } from '../registry/context.js';
import { metaOf } from '../registry/metadata.js';
import { isObject } from '../schema/schema.js';
import { ApiError, forbidden } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import type { RbacAuthorizer } from './authorizer.js';
import { type PolicyRule, ruleText, rulesOf, uncovered } from './rules.js';

const group = 'rbac.authorization.k8s.io';

/**
 * Nobody gives more than they have: writing a role needs every right in it, or the verb `escalate`; writing a binding
 * needs every right of the role it binds, or the verb `bind` on that role.
 */
export function escalationRule(authorizer: RbacAuthorizer): AdmissionRule {
  return ({ kind, operation, object, before, user }: Admission) => {
    if (kind.group !== group || operation === 'delete' || user.groups.includes('system:masters')) return;
    const namespace = kind.namespaced ? String(metaOf(object).namespace) : undefined;
    if (kind.kind === 'Role' || kind.kind === 'ClusterRole') {
      if (
        before === undefined ||
        !equalJson(before.rules, object.rules) ||
        !equalJson(before.aggregationRule, object.aggregationRule)
      )
        requireRules(authorizer, { kind, object, namespace, user });
    } else if (before === undefined || !equalJson(before.subjects, object.subjects))
      requireBind(authorizer, { kind, object, namespace, user });
  };
}

interface Written {
  readonly kind: KindDescriptor;
  readonly object: Draft;
  readonly namespace: string | undefined;
  readonly user: User;
}

function requireRules(authorizer: RbacAuthorizer, written: Written): void {
  const { kind, object, namespace, user } = written;
  const name = String(metaOf(object).name);
  if (
    authorizer.authorize(user, { verb: 'escalate', group, resource: kind.plural, name, ...inNamespace(namespace) })
      .allowed
  )
    return;
  if (object.aggregationRule !== undefined && !hasEverything(authorizer.rulesFor(user, undefined)))
    throw forbidden(kind, name, 'must have cluster-admin privileges to use the aggregationRule');
  refuseUncovered(authorizer, written, rulesOf(object));
}

function hasEverything(held: readonly PolicyRule[]): boolean {
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] };
  return uncovered(held, [all]).length === 0;
}

function requireBind(authorizer: RbacAuthorizer, written: Written): void {
  const { kind, object, namespace, user } = written;
  const role = isObject(object.roleRef) ? object.roleRef : {};
  const resource = role.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (
    authorizer.authorize(user, { verb: 'bind', group, resource, name: String(role.name), ...inNamespace(namespace) })
      .allowed
  )
    return;
  const rules = authorizer.bindings.rulesOfRole(role, namespace);
  if (rules !== undefined) return refuseUncovered(authorizer, written, rules);
  throw new ApiError(404, 'NotFound', `${resource}.${group} "${String(role.name)}" not found`, {
    name: String(role.name),
    group,
    kind: kind.plural,
  });
}

function refuseUncovered(
  authorizer: RbacAuthorizer,
  { kind, object, namespace, user }: Written,
  rules: readonly PolicyRule[],
): void {
  const missing = uncovered(authorizer.rulesFor(user, namespace), rules);
  if (missing.length === 0) return;
  const groups = JSON.stringify(user.groups).replaceAll('","', '" "');
  throw forbidden(
    kind,
    String(metaOf(object).name),
    `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join('\n')}`,
  );
}

function inNamespace(namespace: string | undefined): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}
