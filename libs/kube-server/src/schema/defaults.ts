import { isObject, type StructuralSchema } from './schema.js';

/**
 * Fills absent members that have a default, top down; a null with a default is replaced unless nullable. Shares what it leaves.
 *
 * @param filled a value that is filled already: parts that are the same objects as in it are not looked at
 */
export function applyDefaults<T>(schema: StructuralSchema, value: T, filled?: unknown): T {
  return fill(schema, value, filled) as T;
}

function fill(schema: StructuralSchema, value: unknown, filled: unknown): unknown {
  if (value === filled) return value;
  if (isObject(value)) return fillObject(planOf(schema), value, isObject(filled) ? filled : undefined);
  if (!Array.isArray(value) || schema.items === undefined || !planOf(schema.items).isNeeded) return value;
  const items = schema.items;
  const before = Array.isArray(filled) ? (filled as unknown[]) : [];
  let copy: unknown[] | undefined;
  value.forEach((item, i) => {
    const next = fill(items, item, before[i]);
    if (next !== item) (copy ??= [...(value as unknown[])])[i] = next;
  });
  return copy ?? value;
}

function fillObject(
  plan: Plan,
  value: Record<string, unknown>,
  filled: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (!plan.isNeeded) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, below] of plan.own) {
    const current = value[name];
    if (current === undefined || (current === null && below.nullable !== true))
      (copy ??= { ...value })[name] = structuredClone(below.default);
  }
  const descend = (name: string, below: StructuralSchema): void => {
    const current = (copy ?? value)[name];
    if (typeof current !== 'object' || current === null) return;
    const next = fill(below, current, filled?.[name]);
    if (next !== current) (copy ??= { ...value })[name] = next;
  };
  for (const [name, below] of plan.nested) descend(name, below);
  if (plan.others !== undefined)
    for (const name of Object.keys(copy ?? value)) if (!plan.names.has(name)) descend(name, plan.others);
  return copy ?? value;
}

/** What there is to do at one node of a schema: most nodes of most schemas have nothing. */
interface Plan {
  readonly isNeeded: boolean;
  /** Members with a default. */
  readonly own: readonly (readonly [string, StructuralSchema])[];
  /** Members with defaults below them. */
  readonly nested: readonly (readonly [string, StructuralSchema])[];
  /** Schema of the members that are not named, when it has defaults below. */
  readonly others: StructuralSchema | undefined;
  readonly names: ReadonlySet<string>;
}

const plans = new WeakMap<StructuralSchema, Plan>();

function planOf(schema: StructuralSchema): Plan {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const properties = Object.entries(schema.properties ?? {});
  const isDeep = (below: StructuralSchema): boolean => planOf(below).isNeeded;
  const own = properties.filter(([, below]) => below.default !== undefined);
  const nested = properties.filter(([, below]) => isDeep(below));
  const others =
    typeof schema.additionalProperties === 'object' && isDeep(schema.additionalProperties)
      ? schema.additionalProperties
      : undefined;
  const hasItems = schema.items !== undefined && isDeep(schema.items);
  const plan = {
    isNeeded: own.length > 0 || nested.length > 0 || others !== undefined || hasItems,
    own,
    nested,
    others,
    names: new Set(properties.map(([name]) => name)),
  };
  plans.set(schema, plan);
  return plan;
}
