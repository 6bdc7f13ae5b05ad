import { terminal } from '@keelson/std';
import { allKinds } from '../catalogue.js';
import type { CustomResourceDefinition } from '../builtin.js';
import { resourceName, type KindDeclaration, type PrinterColumn, type Rule } from '../kind.js';
import { structuralSchema, type StructuralSchema, type ValidationRule } from './structural.js';

/** The CustomResourceDefinition of a kind. Rules that name a path the schema does not have are an error of the declaration. */
export function crdOf(kind: KindDeclaration): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: resourceName(kind), labels: { 'app.kubernetes.io/part-of': 'keelson' }, ...approval(kind.group) },
    spec: {
      group: kind.group,
      names: {
        plural: kind.plural,
        singular: kind.singular,
        kind: kind.kind,
        listKind: kind.listKind,
        ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
        ...(kind.categories.length === 0 ? {} : { categories: [...kind.categories] }),
      },
      scope: kind.scope,
      versions: [versionOf(kind)],
    },
  };
}

/** The CustomResourceDefinitions of all kinds, or of those given. */
export function crdsOf(kinds: readonly KindDeclaration[] = allKinds): CustomResourceDefinition[] {
  return kinds.map(crdOf);
}

/** The schema of a whole object, rules in place. */
export function schemaOf(kind: KindDeclaration): StructuralSchema {
  const root = kind.root === undefined ? undefined : structuralSchema(kind.root);
  const schema: StructuralSchema = {
    description: kind.description,
    type: 'object',
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the object.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      ...root?.properties,
      ...(kind.spec === undefined ? {} : { spec: { description: 'What is wanted.', ...structuralSchema(kind.spec) } }),
      ...(kind.status === undefined ? {} : { status: { description: 'What is.', ...structuralSchema(kind.status) } }),
    },
  };
  const required = [...(root?.required ?? []), ...(kind.spec === undefined ? [] : ['spec'])];
  if (required.length > 0) schema.required = required;
  for (const rule of kind.rules) placeRule(kind, schema, rule);
  return schema;
}

function versionOf(kind: KindDeclaration): Record<string, unknown> {
  return {
    name: kind.version,
    served: true,
    storage: true,
    ...(kind.hasStatus ? { subresources: { status: {} } } : {}),
    ...(kind.columns.length === 0 ? {} : { additionalPrinterColumns: kind.columns.map(columnOf) }),
    schema: { openAPIV3Schema: schemaOf(kind) },
  };
}

function columnOf(column: PrinterColumn): Record<string, unknown> {
  return {
    name: column.name,
    type: column.type,
    jsonPath: column.jsonPath,
    ...(column.description === undefined ? {} : { description: column.description }),
    ...(column.priority === undefined || column.priority === 0 ? {} : { priority: column.priority }),
  };
}

function placeRule(kind: KindDeclaration, schema: StructuralSchema, rule: Rule): void {
  const node = nodeAt(schema, rule.at);
  if (node === undefined)
    throw terminal(`${kind.kind}: a rule hangs on ${rule.at}, which the schema does not have`, {
      reason: 'UnknownPath',
    });
  (node['x-kubernetes-validations'] ??= []).push(validationOf(rule));
}

function validationOf({ rule, message, messageExpression, fieldPath, reason }: Rule): ValidationRule {
  return {
    rule,
    message,
    ...(messageExpression === undefined ? {} : { messageExpression }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The schema node at a path such as `spec.devices[].device`. */
function nodeAt(schema: StructuralSchema, path: string): StructuralSchema | undefined {
  const steps = path === '' ? [] : path.replaceAll('[]', '.[]').split('.');
  return steps.reduce<StructuralSchema | undefined>(
    (node, step) => (step === '[]' ? node?.items : node?.properties?.[step]),
    schema,
  );
}

/** Kubernetes guards groups below k8s.io; an API outside its review says so (KEP-1111, api-approval-policy). */
function approval(group: string): { annotations?: Record<string, string> } {
  if (!group.endsWith('.k8s.io')) return {};
  return { annotations: { 'api-approved.kubernetes.io': 'unapproved, the wire format of an existing product' } };
}
