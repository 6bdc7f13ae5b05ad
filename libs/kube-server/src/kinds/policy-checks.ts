import { expressionError, expressionType, type Vocabulary } from '../cel/expressions.js';
import { isObject, asText } from '../schema/schema.js';
import {
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldUnsupported,
} from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { conditionErrors, listOf, ruleErrors, selectorErrors, textsOf } from './match-checks.js';
import { label1035Errors, pathSegmentErrors, qualifiedNameErrors, subdomainErrors } from './names.js';

const spec = (object: Draft): Draft => (isObject(object.spec) ? object.spec : {});
const failurePolicies = ['Fail', 'Ignore'];
const matchPolicies = ['Equivalent', 'Exact'];

/**
 * Everything wrong with a ValidatingAdmissionPolicy, in the order and the words of kube-apiserver.
 * (kubernetes/pkg/apis/admissionregistration/validation, validateValidatingAdmissionPolicySpec)
 */
export function policyErrors(object: Draft): FieldError[] {
  const policy = spec(object);
  const { failurePolicy, paramKind, matchConstraints } = policy;
  const hasParams = isObject(paramKind);
  const variables = new Map<string, string>();
  const vocabulary: Vocabulary = {
    hasParams,
    hasAuthorizer: true,
    ...(listOf(policy.variables).length === 0 ? {} : { variables }),
  };
  return [
    ...(failurePolicies.includes(asText(failurePolicy))
      ? []
      : [fieldUnsupported('spec.failurePolicy', failurePolicy, failurePolicies)]),
    ...(hasParams ? paramKindErrors(paramKind, 'spec.paramKind') : []),
    ...constraintErrors(matchConstraints, 'spec.matchConstraints'),
    ...conditionErrors(policy.matchConditions, 'spec.matchConditions', { hasParams }),
    ...listOf(policy.variables).flatMap((one, i) => variableErrors(one, variables, vocabulary, `spec.variables[${i}]`)),
    ...contentErrors(object, policy, vocabulary),
  ];
}

function constraintErrors(constraints: unknown, at: string): FieldError[] {
  if (!isObject(constraints)) return [fieldRequired(at)];
  const errors = matchErrors(constraints, at);
  return listOf(constraints.resourceRules).length === 0 ? [...errors, fieldRequired(`${at}.resourceRules`)] : errors;
}

const nothingToDo = 'validations or auditAnnotations must contain at least one item';
const mostAnnotations = 20;

function contentErrors(object: Draft, policy: Draft, vocabulary: Vocabulary): FieldError[] {
  const validations = listOf(policy.validations);
  const annotations = listOf(policy.auditAnnotations);
  if (validations.length === 0 && annotations.length === 0)
    return [fieldRequired('spec.validations', nothingToDo), fieldRequired('spec.auditAnnotations', nothingToDo)];
  const name = isObject(object.metadata) ? asText(object.metadata.name ?? '') : '';
  const keys = new Set<string>();
  return [
    ...validations.flatMap((one, i) => validationErrors(one, vocabulary, `spec.validations[${i}]`)),
    ...(annotations.length > mostAnnotations
      ? [
          fieldInvalid(
            'spec.auditAnnotations',
            annotations,
            `must not have more than ${mostAnnotations} auditAnnotations`,
          ),
        ]
      : []),
    ...annotations.flatMap((one, i) => {
      const at = `spec.auditAnnotations[${i}]`;
      const key = asText(one.key ?? '');
      const isKnown = keys.has(key);
      keys.add(key);
      return [
        ...annotationErrors({ name, key, expression: asText(one.valueExpression ?? '') }, vocabulary, at),
        ...(isKnown ? [fieldDuplicate(`${at}.key`, key)] : []),
      ];
    }),
  ];
}

function paramKindErrors({ apiVersion = '', kind = '' }: Draft, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = asText(apiVersion);
  const parts = given.split('/');
  const [version = '', group = ''] = parts.toReversed();
  if (given === '') errors.push(fieldRequired(`${at}.apiVersion`));
  else if (parts.length > 2)
    errors.push(fieldInvalid(`${at}.apiVersion`, given, `unexpected GroupVersion string: ${given}`));
  else {
    const wrongGroup = group === '' ? [] : subdomainErrors(group);
    if (wrongGroup.length > 0) errors.push(fieldInvalid(`${at}.apiVersion`, group, wrongGroup.join(',')));
    const wrongVersion = label1035Errors(version);
    if (version === '') errors.push(fieldInvalid(`${at}.apiVersion`, given, 'version must be specified'));
    else if (wrongVersion.length > 0) errors.push(fieldInvalid(`${at}.apiVersion`, version, wrongVersion.join(',')));
  }
  const name = asText(kind);
  const wrongKind = label1035Errors(name.toLowerCase());
  if (name === '') errors.push(fieldRequired(`${at}.kind`));
  else if (wrongKind.length > 0)
    errors.push(
      fieldInvalid(`${at}.kind`, name, `may have mixed case, but should otherwise match: ${wrongKind.join(',')}`),
    );
  return errors;
}

/** What is wrong with MatchResources. */
function matchErrors(match: Draft, at: string): FieldError[] {
  const rules = (member: 'resourceRules' | 'excludeResourceRules'): FieldError[] =>
    listOf(match[member]).flatMap((one, i) => namedRuleErrors(one, `${at}.${member}[${i}]`));
  return [
    ...(matchPolicies.includes(asText(match.matchPolicy))
      ? []
      : [fieldUnsupported(`${at}.matchPolicy`, match.matchPolicy, matchPolicies)]),
    ...selectorErrors(match.namespaceSelector, `${at}.namespaceSelector`),
    ...selectorErrors(match.objectSelector, `${at}.objectSelector`),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ];
}

function namedRuleErrors(one: Draft, at: string): FieldError[] {
  const names = textsOf(one.resourceNames);
  return [
    ...names.flatMap((name, i) => [
      ...pathSegmentErrors(name).map((error) => fieldInvalid(`${at}.resourceNames[${i}]`, name, error)),
      ...(names.indexOf(name) < i ? [fieldDuplicate(`${at}.resourceNames[${i}]`, name)] : []),
    ]),
    ...ruleErrors(one, at),
  ];
}

const words: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Checks a variable and declares it for what comes after. */
function variableErrors(one: Draft, variables: Map<string, string>, vocabulary: Vocabulary, at: string): FieldError[] {
  const [name, expression] = [asText(one.name ?? ''), asText(one.expression ?? '')];
  const errors: FieldError[] = [];
  if (name.trim() === '') errors.push(fieldRequired(`${at}.name`, 'name is not specified'));
  else if (!/^[_a-zA-Z]\w*$/.test(name) || words.has(name))
    errors.push(fieldInvalid(`${at}.name`, name, 'must be a valid CEL identifier'));
  if (expression.trim() === '') return [...errors, fieldRequired(`${at}.expression`, 'expression is not specified')];
  const { type = 'dyn', error } = expressionType(expression, vocabulary);
  if (error !== undefined) errors.push(fieldInvalid(`${at}.expression`, expression, `compilation failed: ${error}`));
  variables.set(name, type);
  return errors;
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validationErrors(one: Draft, vocabulary: Vocabulary, at: string): FieldError[] {
  const given = (member: string): string => asText(one[member] ?? '');
  const errors: FieldError[] = [];
  const check = (member: string, terms: Vocabulary, type: string): void => {
    const error = expressionError(given(member), terms, [type]);
    if (error !== undefined) errors.push(fieldInvalid(`${at}.${member}`, given(member), error));
  };
  if (given('expression').trim() === '') errors.push(fieldRequired(`${at}.expression`, 'expression is not specified'));
  else check('expression', vocabulary, 'bool');
  if (given('messageExpression') !== '') {
    if (given('messageExpression').trim() !== '')
      check('messageExpression', { ...vocabulary, hasAuthorizer: false }, 'string');
    else
      errors.push(
        fieldInvalid(`${at}.messageExpression`, given('messageExpression'), 'must be non-empty if specified'),
      );
  }
  const message = given('message');
  if (message !== '' && message.trim() === '')
    errors.push(fieldInvalid(`${at}.message`, message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(fieldInvalid(`${at}.message`, message, 'must not contain line breaks'));
  if (one.reason !== undefined && one.reason !== null && !reasons.includes(given('reason')))
    errors.push(fieldUnsupported(`${at}.reason`, one.reason, reasons));
  return errors;
}

const longestExpression = 5 * 1024;

function annotationErrors(
  { name, key, expression }: Readonly<Record<'name' | 'key' | 'expression', string>>,
  vocabulary: Vocabulary,
  at: string,
): FieldError[] {
  const errors =
    name === ''
      ? [fieldInvalid(`${at}.key`, key, 'requires metadata.name be non-empty')]
      : qualifiedNameErrors(`${name}/${key}`).map((error) => fieldInvalid(`${at}.key`, `${name}/${key}`, error));
  const field = `${at}.valueExpression`;
  const trimmed = expression.trim();
  if (trimmed === '') return [...errors, fieldRequired(field, 'valueExpression is not specified')];
  if (Buffer.byteLength(trimmed) > longestExpression)
    return [...errors, fieldRequired(field, `must not exceed ${longestExpression} bytes in length`)];
  const error = expressionError(trimmed, vocabulary, ['string', 'null']);
  return error === undefined ? errors : [...errors, fieldInvalid(field, expression, error)];
}

/** What is wrong with the status of a policy: each warning names a field and says something. */
export function policyStatusErrors({ status }: Draft): FieldError[] {
  const { typeChecking } = isObject(status) ? status : {};
  const warnings = isObject(typeChecking) ? listOf(typeChecking.expressionWarnings) : [];
  return warnings.flatMap((one, i) =>
    (['warning', 'fieldRef'] as const).flatMap((member) =>
      asText(one[member] ?? '') === '' ? [fieldRequired(`status.typeChecking.expressionWarnings[${i}].${member}`)] : [],
    ),
  );
}

const actions = ['Audit', 'Deny', 'Warn'];

/** Everything wrong with a ValidatingAdmissionPolicyBinding. */
export function bindingErrors(object: Draft): FieldError[] {
  const { policyName = '', paramRef, matchResources, validationActions } = spec(object);
  const name = asText(policyName);
  return [
    ...(name === ''
      ? [fieldRequired('spec.policyName')]
      : subdomainErrors(name).map((error) => fieldInvalid('spec.policyName', name, error))),
    ...(isObject(paramRef) ? paramRefErrors(paramRef, 'spec.paramRef') : []),
    ...(isObject(matchResources) ? matchErrors(matchResources, 'spec.matchResources') : []),
    ...actionErrors(textsOf(validationActions), 'spec.validationActions'),
  ];
}

function paramRefErrors({ name = '', selector, parameterNotFoundAction = '' }: Draft, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const both = isObject(selector) && name !== '';
  const excluded = 'name and selector are mutually exclusive';
  if (name !== '')
    errors.push(...pathSegmentErrors(asText(name)).map((error) => fieldInvalid(`${at}.name`, name, error)));
  if (both) errors.push(fieldForbidden(`${at}.name`, excluded));
  errors.push(...selectorErrors(selector, `${at}.selector`));
  if (both) errors.push(fieldForbidden(`${at}.selector`, excluded));
  if (name === '' && !isObject(selector)) errors.push(fieldRequired(at, 'one of name or selector must be specified'));
  if (parameterNotFoundAction === '') errors.push(fieldRequired(`${at}.parameterNotFoundAction`));
  else if (parameterNotFoundAction !== 'Deny' && parameterNotFoundAction !== 'Allow')
    errors.push(fieldUnsupported(`${at}.parameterNotFoundAction`, parameterNotFoundAction, ['Deny', 'Allow']));
  return errors;
}

function actionErrors(given: readonly string[], at: string): FieldError[] {
  const errors = given.flatMap((action, i) => [
    ...(actions.includes(action) ? [] : [fieldUnsupported(`${at}[${i}]`, action, actions)]),
    ...(given.indexOf(action) < i ? [fieldDuplicate(`${at}[${i}]`, action)] : []),
  ]);
  const reason = 'repeating the same validation failure information in the API response and headers serves no purpose';
  if (given.includes('Deny') && given.includes('Warn'))
    errors.push(fieldInvalid(at, given, `must not contain both Deny and Warn (${reason})`));
  if (given.length === 0) errors.push(fieldRequired(at, 'at least one validation action is required'));
  return errors;
}
