import { equalJson } from '@keelson/std';
import { isObject } from '../schema/schema.js';
import { type FieldError, fieldInvalid, fieldRequired, fieldUnsupported, internally } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { builtIn } from './declare.js';
import type { KindDescriptor } from './descriptor.js';
import { pathSegmentErrors } from './names.js';
import { atomic, described, labelSelector, listOf, struct, text, texts } from './schema-words.js';

const group = 'rbac.authorization.k8s.io';

const rules = described(
  'Rules holds all the PolicyRules for this role',
  listOf(
    struct({
      verbs: texts,
      apiGroups: texts,
      resources: texts,
      resourceNames: texts,
      nonResourceURLs: texts,
    }),
  ),
);
const subjects = listOf(atomic({ kind: text, apiGroup: text, name: text, namespace: text }));
const roleRef = atomic({ apiGroup: text, kind: text, name: text });

/** Roles and bindings. Escalation is checked where they are written, by the authorizer, which knows the writer. */
export const rbacKinds: readonly KindDescriptor[] = [
  builtIn({
    group,
    kind: 'Role',
    members: { rules },
    strategy: { nameErrors: pathSegmentErrors, validate: (object) => ruleErrors(object, true) },
  }),
  builtIn({
    group,
    kind: 'ClusterRole',
    cluster: true,
    members: { rules, aggregationRule: struct({ clusterRoleSelectors: listOf(labelSelector) }) },
    strategy: {
      nameErrors: pathSegmentErrors,
      validate: (object) => [...ruleErrors(object, false), ...aggregationErrors(object)],
    },
  }),
  builtIn({
    group,
    kind: 'RoleBinding',
    members: { subjects, roleRef },
    omitsEmpty: ['subjects'],
    strategy: {
      nameErrors: pathSegmentErrors,
      prepare: prepareBinding,
      validate: (object, before) => bindingErrors(object, before, ['Role', 'ClusterRole'], true),
    },
  }),
  builtIn({
    group,
    kind: 'ClusterRoleBinding',
    cluster: true,
    members: { subjects, roleRef },
    omitsEmpty: ['subjects'],
    strategy: {
      nameErrors: pathSegmentErrors,
      prepare: prepareBinding,
      validate: (object, before) => bindingErrors(object, before, ['ClusterRole'], false),
    },
  }),
];

function items(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

function ruleErrors(object: Draft, namespaced: boolean): FieldError[] {
  return items(object.rules).flatMap((rule, i) => {
    const at = `rules[${i}]`;
    const errors: FieldError[] = [];
    if (isEmpty(rule.verbs)) errors.push(fieldRequired(`${at}.verbs`, 'verbs must contain at least one value'));
    if (!isEmpty(rule.nonResourceURLs)) {
      if (namespaced)
        errors.push(
          fieldInvalid(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'namespaced rules cannot apply to non-resource URLs',
          ),
        );
      const mixed = !isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames);
      if (mixed)
        errors.push(
          fieldInvalid(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        );
      return errors;
    }
    if (isEmpty(rule.apiGroups))
      errors.push(fieldRequired(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (isEmpty(rule.resources))
      errors.push(fieldRequired(`${at}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

function aggregationErrors({ aggregationRule }: Draft): FieldError[] {
  if (!isObject(aggregationRule) || !isEmpty(aggregationRule.clusterRoleSelectors)) return [];
  const why = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
  return [fieldRequired('aggregationRule.clusterRoleSelectors', why)];
}

/** The API groups of references are known from their kinds. */
function prepareBinding(object: Draft): Draft {
  const roleRef =
    isObject(object.roleRef) && !object.roleRef.apiGroup ? { ...object.roleRef, apiGroup: group } : object.roleRef;
  const subjects = Array.isArray(object.subjects)
    ? object.subjects.map((subject: unknown) =>
        isObject(subject) && !subject.apiGroup && subject.kind !== 'ServiceAccount'
          ? { ...subject, apiGroup: group }
          : subject,
      )
    : object.subjects;
  return { ...object, ...(roleRef === undefined ? {} : { roleRef }), ...(subjects === undefined ? {} : { subjects }) };
}

function bindingErrors(
  object: Draft,
  before: Stored | undefined,
  roleKinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const roleRef = isObject(object.roleRef) ? object.roleRef : {};
  const errors: FieldError[] = [];
  if (isObject(object.roleRef) && roleRef.apiGroup !== group)
    errors.push(fieldUnsupported('roleRef.apiGroup', roleRef.apiGroup ?? '', [group]));
  if (!roleKinds.includes(String(roleRef.kind)))
    errors.push(fieldUnsupported('roleRef.kind', roleRef.kind ?? '', roleKinds));
  if (!roleRef.name) errors.push(fieldRequired('roleRef.name'));
  items(object.subjects).forEach((subject, i) => errors.push(...subjectErrors(subject, `subjects[${i}]`, namespaced)));
  if (before !== undefined && !equalJson(roleRef, before.roleRef))
    errors.push(fieldInvalid('roleRef', internally(roleRef), 'cannot change roleRef'));
  return errors;
}

function subjectErrors(subject: Record<string, unknown>, at: string, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = subject.name ? [] : [fieldRequired(`${at}.name`)];
  if (!['User', 'Group', 'ServiceAccount'].includes(String(subject.kind)))
    errors.push(fieldUnsupported(`${at}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']));
  if (subject.kind === 'ServiceAccount' && !subject.namespace && !namespaced)
    errors.push(fieldRequired(`${at}.namespace`));
  return errors;
}
