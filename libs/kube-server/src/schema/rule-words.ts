import { type FieldError, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import type { StructuralSchema, ValidationRule } from './schema.js';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What is wrong with rules besides their expressions, at every node of a schema. */
export function ruleWordErrors(schema: StructuralSchema, path: string): FieldError[] {
  const errors = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
    errorsOf(rule, schema, `${path}.x-kubernetes-validations[${i}]`),
  );
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    errors.push(...ruleWordErrors(below, `${path}.properties[${name}]`));
  if (typeof schema.additionalProperties === 'object')
    errors.push(...ruleWordErrors(schema.additionalProperties, `${path}.additionalProperties`));
  if (schema.items !== undefined) errors.push(...ruleWordErrors(schema.items, `${path}.items`));
  return errors;
}

const isBlank = (text: string | undefined): boolean => text !== undefined && text !== '' && text.trim() === '';
const hasLines = (text: string | undefined): boolean => /[\n\r]/.test(text ?? '');

function errorsOf(rule: ValidationRule, schema: StructuralSchema, at: string): FieldError[] {
  const errors = textErrors(rule, at);
  if (isBlank(rule.messageExpression))
    errors.push(fieldRequired(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  if (rule.reason !== undefined && !reasons.includes(rule.reason))
    errors.push(fieldUnsupported(`${at}.reason`, rule.reason, reasons));
  const { fieldPath = '' } = rule;
  if (fieldPath === '') return errors;
  const wrong = (detail: string): void => void errors.push(fieldInvalid(`${at}.fieldPath`, fieldPath, detail));
  if (isBlank(fieldPath)) wrong('must be non-empty if specified');
  if (hasLines(fieldPath)) wrong('must not contain line breaks');
  if (!leadsSomewhere(schema, fieldPath)) wrong('must be a valid path');
  return errors;
}

function textErrors({ rule, message }: ValidationRule, at: string): FieldError[] {
  const expression = (rule ?? '').trim();
  if (expression === '') return [fieldRequired(`${at}.rule`, 'rule is not specified')];
  if (isBlank(message)) return [fieldInvalid(`${at}.message`, message, 'must be non-empty if specified')];
  if (hasLines(message?.trim())) return [fieldInvalid(`${at}.message`, message, 'must not contain line breaks')];
  if (hasLines(expression) && (message ?? '') === '')
    return [fieldRequired(`${at}.message`, 'message must be specified if rule contains line breaks')];
  return [];
}

/** Whether a path such as `.a.b` or `.labels['x/y']` leads to what the schema describes. Items of lists have no path. */
function leadsSomewhere(schema: StructuralSchema, path: string): boolean {
  let at: StructuralSchema | undefined = schema;
  let rest = path;
  while (rest !== '') {
    const step = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\.)+)'\])/.exec(rest);
    if (step === null || at === undefined) return false;
    const name = step[1] ?? (step[2] ?? '').replace(/\\(.)/g, '$1');
    const others: unknown = at.additionalProperties;
    at = at.properties?.[name] ?? (typeof others === 'object' ? (others as StructuralSchema) : undefined);
    rest = rest.slice(step[0].length);
  }
  return at !== undefined;
}
