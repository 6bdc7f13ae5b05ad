import type { Environment } from '@marcbachmann/cel-js';
import type { StructuralSchema } from '../schema/schema.js';
import { escapedName } from './values.js';

/**
 * Declares `self` and `oldSelf` with the types of a schema, so that an environment can tell rules that cannot hold on any
 * value. Of objects only the members are declared that the expression names: others cannot matter.
 * (k8s.io/apiserver/pkg/cel/common, SchemaDeclType)
 *
 * @param env a clone that nobody else uses
 */
export function declareSelf(
  env: Environment,
  schema: StructuralSchema,
  { isRoot, expression, oldSelf }: { isRoot: boolean; expression: string; oldSelf: 'plain' | 'optional' },
): void {
  const named = new Set(expression.match(/[A-Za-z_]\w*/g) ?? []);
  const type = new Types(env, named).of(schema, isRoot) ?? 'dyn';
  env.registerVariable('self', type);
  env.registerVariable('oldSelf', oldSelf === 'plain' ? type : `optional<${type}>`);
}

const texts: Readonly<Record<string, string>> = {
  byte: 'bytes',
  date: 'google.protobuf.Timestamp',
  'date-time': 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};

class Types {
  readonly #env: Environment;
  readonly #named: ReadonlySet<string>;
  #count = 0;

  constructor(env: Environment, named: ReadonlySet<string>) {
    this.#env = env;
    this.#named = named;
  }

  /** The type of what a schema describes; undefined when rules do not see it. */
  of(schema: StructuralSchema, isRoot: boolean): string | undefined {
    if (schema['x-kubernetes-int-or-string'] === true) return 'dyn';
    switch (schema.type) {
      case 'array':
        return within('list<', this.#below(schema.items), '>');
      case 'object':
        if (typeof schema.additionalProperties === 'object')
          return within('map<string, ', this.#below(schema.additionalProperties), '>');
        return this.#objectOf(schema, isRoot);
      case 'string':
        return texts[schema.format ?? ''] ?? 'string';
      case 'boolean':
        return 'bool';
      case 'number':
        return 'double';
      case 'integer':
        return 'int';
      case undefined:
        return undefined;
    }
  }

  #below(schema: StructuralSchema | undefined): string | undefined {
    return schema === undefined ? undefined : this.of(schema, schema['x-kubernetes-embedded-resource'] === true);
  }

  #objectOf(schema: StructuralSchema, isRoot: boolean): string {
    const fields: Record<string, string> = {};
    for (const [name, below] of Object.entries(schema.properties ?? {})) {
      const escaped = escapedName(name);
      if (escaped === undefined || !this.#named.has(escaped)) continue;
      const type = this.#below(below);
      if (type !== undefined) fields[escaped] = type;
    }
    if (isRoot) {
      fields.apiVersion = 'string';
      fields.kind = 'string';
      fields.metadata = this.#register({ name: 'string', generateName: 'string' });
    }
    return this.#register(fields);
  }

  #register(fields: Record<string, string>): string {
    this.#count += 1;
    const name = `Object${this.#count}`;
    this.#env.registerType(name, { fields });
    // Objects may be compared with their like and with null, as all messages of CEL.

    for (const other of [name, 'null']) this.#env.registerOperator(`${name} == ${other}`, () => false);
    return name;
  }
}

function within(before: string, inner: string | undefined, after: string): string | undefined {
  return inner === undefined ? undefined : `${before}${inner}${after}`;
}
