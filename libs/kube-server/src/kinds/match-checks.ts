import { expressionError } from '../cel/expressions.js';
import { asText, isObject, type StructuralSchema } from '../schema/schema.js';
import {
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
  fieldUnsupported,
} from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { labelValueErrors, qualifiedNameErrors } from './names.js';
import { mapList, struct, text, texts } from './schema-words.js';

/** What webhooks and policies have in common: which writes they are about. */

/** Members of RuleWithOperations. */
export const rule: Readonly<Record<string, StructuralSchema>> = {
  operations: texts,
  apiGroups: texts,
  apiVersions: texts,
  resources: texts,
  scope: { ...text, default: '*' },
};

export const conditions = mapList(['name'], struct({ name: text, expression: text }));

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

/** What is wrong with a RuleWithOperations (kubernetes/pkg/apis/admissionregistration/validation, validateRuleWithOperations). */
export function ruleErrors(one: Draft, at: string): FieldError[] {
  const errors: FieldError[] = listErrors(one, at, 'operations', 'operations');
  textsOf(one.operations).forEach((operation, i) => {
    if (!operations.includes(operation)) errors.push(fieldUnsupported(`${at}.operations[${i}]`, operation, operations));
  });
  errors.push(...listErrors(one, at, 'apiGroups', 'API groups'), ...listErrors(one, at, 'apiVersions', 'API versions'));
  textsOf(one.apiVersions).forEach((version, i) => {
    if (version === '') errors.push(fieldRequired(`${at}.apiVersions[${i}]`));
  });
  errors.push(...resourceErrors(textsOf(one.resources), `${at}.resources`));
  if (!scopes.includes(asText(one.scope))) errors.push(fieldUnsupported(`${at}.scope`, one.scope, scopes));
  return errors;
}

function listErrors(one: Draft, at: string, member: string, words: string): FieldError[] {
  const values = textsOf(one[member]);
  if (values.length === 0) return [fieldRequired(`${at}.${member}`)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [fieldInvalid(`${at}.${member}`, values, `if '*' is present, must not specify other ${words}`)];
}

function resourceErrors(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [fieldRequired(field)];
  const errors: FieldError[] = [];
  const wholes = new Set<string>();
  const subresources = new Set<string>();
  let endsPlain = false;
  resources.forEach((resource, i) => {
    if (resource === '') {
      errors.push(fieldRequired(`${field}[${i}]`));
      return;
    }
    const [plural = '', sub] = splitOnce(resource);
    if (sub === undefined) {
      endsPlain = resource !== '*';
      return;
    }
    const excluded = (by: string): void =>
      void errors.push(fieldInvalid(`${field}[${i}]`, resource, `if '${by}' is present, must not specify ${resource}`));
    if (wholes.has(plural)) excluded(`${plural}/*`);
    if (subresources.has(sub)) excluded(`*/${sub}`);
    if (sub === '*') wholes.add(plural);
    if (plural === '*') subresources.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(fieldInvalid(field, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && endsPlain)
    errors.push(
      fieldInvalid(field, resources, "if '*' is present, must not specify other resources without subresources"),
    );
  return errors;
}

function splitOnce(resource: string): readonly string[] {
  const at = resource.indexOf('/');
  return at < 0 ? [resource] : [resource.slice(0, at), resource.slice(at + 1)];
}

/** What is wrong with a metav1.LabelSelector (k8s.io/apimachinery, ValidateLabelSelector). */
export function selectorErrors(selector: unknown, field: string): FieldError[] {
  const { matchLabels, matchExpressions } = isObject(selector) ? selector : {};
  return [
    ...Object.entries(isObject(matchLabels) ? matchLabels : {}).flatMap(([key, value]) => [
      ...qualifiedNameErrors(key).map((error) => fieldInvalid(`${field}.matchLabels`, key, error)),
      ...labelValueErrors(asText(value)).map((error) => fieldInvalid(`${field}.matchLabels`, value, error)),
    ]),
    ...listOf(matchExpressions).flatMap((one, i) => requirementErrors(one, `${field}.matchExpressions[${i}]`)),
  ];
}

function requirementErrors({ key, operator, values }: Draft, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = textsOf(values);
  if (operator === 'In' || operator === 'NotIn') {
    if (given.length === 0)
      errors.push(fieldRequired(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (given.length > 0)
      errors.push(fieldForbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else errors.push(fieldInvalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
  return [
    ...errors,
    ...qualifiedNameErrors(asText(key ?? '')).map((error) => fieldInvalid(`${at}.key`, key ?? '', error)),
    ...given.flatMap((value, i) =>
      labelValueErrors(value).map((error) => fieldInvalid(`${at}.values[${i}]`, value, error)),
    ),
  ];
}

const mostConditions = 64;

/** What is wrong with match conditions. */
export function conditionErrors(value: unknown, field: string, { hasParams }: { hasParams: boolean }): FieldError[] {
  const given = listOf(value);
  const names = new Set<unknown>();
  const errors = given.flatMap(({ name, expression }, i) => {
    const at = `${field}[${i}]`;
    const wrong: FieldError[] = [];
    const trimmed = asText(expression ?? '').trim();
    if (trimmed === '') wrong.push(fieldRequired(`${at}.expression`));
    else {
      const error = expressionError(trimmed, { hasParams, hasAuthorizer: true }, ['bool']);
      if (error !== undefined) wrong.push(fieldInvalid(`${at}.expression`, trimmed, error));
    }
    if (!name) return [...wrong, fieldRequired(`${at}.name`)];
    wrong.push(...qualifiedNameErrors(asText(name)).map((error) => fieldInvalid(`${at}.name`, name, error)));
    if (names.has(name)) wrong.push(fieldDuplicate(`${at}.name`, name));
    names.add(name);
    return wrong;
  });
  return given.length > mostConditions ? [fieldTooMany(field, given.length, mostConditions), ...errors] : errors;
}

/** The objects of a list; nothing of what is none. */
export function listOf(value: unknown): readonly Draft[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
