import { type CompiledRules, evaluateRules } from '../cel/rules.js';
import type { StructuralSchema } from '../schema/schema.js';
import type { FieldError } from '../status/status.js';

/** Defaults that break the rules of their own schema. Those below additionalProperties are not looked at. */
export function defaultRuleErrors(rules: CompiledRules, schema: StructuralSchema, path: string): FieldError[] {
  if (rules.at.size === 0) return [];
  const errors =
    schema.default === undefined ? [] : evaluateRules(rules, schema, schema.default, undefined, `${path}.default`);
  if (schema.items !== undefined) errors.push(...defaultRuleErrors(rules, schema.items, `${path}.items`));
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    errors.push(...defaultRuleErrors(rules, below, `${path}.properties[${name}]`));
  return errors;
}
