import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { z } from 'zod';
import { allKinds } from '../catalogue.js';
import { apiVersionOf } from '../kind.js';
import { crdOf, schemaOf } from './crd.js';
import { generatedFiles } from './files.js';
import { readManifests } from './manifests.js';
import type { StructuralSchema } from './structural.js';

/** Jest runs from the root of the repository. */
const root = process.cwd();
const ManifestSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()).optional(),
});
const kinds = allKinds.map((kind) => [kind.kind, kind] as const);

/** What a structural schema may not be; '' for a sound one. Its own small check, so that the generator does not judge itself. */
function fault(schema: StructuralSchema, path: string): string {
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
  if (schema.type === undefined && !open) return `${path}: no type`;
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    return `${path}: properties and additionalProperties`;
  if (schema.type === 'array' && schema.items === undefined) return `${path}: no items`;
  if (Object.keys(schema).some((key) => ['$ref', 'anyOf', 'allOf', 'not', 'definitions', 'uniqueItems'].includes(key)))
    return `${path}: forbidden keyword`;
  const missing = schema.required?.find((name) => schema.properties?.[name] === undefined);
  if (missing !== undefined) return `${path}: requires ${missing}, which it does not have`;
  const below: [string, StructuralSchema | undefined][] = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]): [string, StructuralSchema] => [
      `${path}.${name}`,
      child,
    ]),
    [`${path}[]`, schema.items],
    [`${path}{}`, schema.additionalProperties],
  ];
  return (
    below.map(([where, child]) => (child === undefined ? '' : fault(child, where))).find((found) => found !== '') ?? ''
  );
}

/** Paths of fields without a description; the block `progress` describes itself. */
function undescribed(schema: StructuralSchema, path: string): string[] {
  if (path.endsWith('.progress') || path === 'metadata') return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const where = path === '' ? name : `${path}.${name}`;
    return [...(child.description === undefined && where !== 'metadata' ? [where] : []), ...undescribed(child, where)];
  });
  const below = schema.items ?? schema.additionalProperties;
  return below === undefined ? own : [...own, ...undescribed(below, `${path}[]`)];
}

describe('generated files', () => {
  it('are committed as they are generated; if not, run ./keelson generate', () => {
    const files = [...generatedFiles(readManifests(root))];
    const differing = files.filter(
      ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
    );
    expect(differing.map(([path]) => path)).toEqual([]);
  });

  it('hold what the declarations say, read back from YAML', () => {
    const text = generatedFiles([]).get('deploy/crds/subnets.ipam.mirantis.com.yaml') ?? '';
    const subnet = allKinds.find((kind) => kind.kind === 'Subnet');
    expect(subnet === undefined ? undefined : JSON.parse(JSON.stringify(crdOf(subnet)))).toEqual(load(text));
  });
});

describe.each(kinds)('CRD of %s', (_, kind) => {
  it('has a structural schema', () => expect(fault(schemaOf(kind), kind.kind)).toBe(''));
  it('describes every field', () => expect(undescribed(schemaOf(kind), '')).toEqual([]));
  it('has messages of rules that name the field they speak of', () => {
    expect(
      kind.rules.filter((rule) => !/^(metadata|spec|status)\b/.test(rule.message)).map((rule) => rule.message),
    ).toEqual([]);
  });
});

describe('kinds', () => {
  // Of these the reference gives one word for one and for many.
  const isSingularToo = /^(hardwaredata|unsupportedclusters|openstackdeploymentstatus|tfanalytics)\./;

  it('have names of their own', () => {
    const names = allKinds.flatMap((kind) =>
      [kind.plural, kind.kind.toLowerCase(), ...kind.shortNames].map((name) => `${name}.${kind.group}`),
    );
    const twice = names.filter((name, index) => names.indexOf(name) !== index && !isSingularToo.test(name));
    expect(twice).toEqual([]);
  });
});

describe('manifests of examples and releases', () => {
  const known = ['v1/Namespace', ...allKinds.map((kind) => `${apiVersionOf(kind)}/${kind.kind}`)];
  const folders = ['examples/first-cluster', 'examples/management-cluster', 'deploy/releases'];
  const documents = folders
    .flatMap((folder) => yamlFiles(folder))
    .flatMap((text) => loadAll(text).map((document) => ManifestSchema.parse(document)));

  it('are of known kinds', () => {
    expect(documents.length).toBeGreaterThan(20);
    expect(
      documents.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`).filter((name) => !known.includes(name)),
    ).toEqual([]);
  });

  it.each(documents.map((document) => [`${document.kind} ${document.metadata.name}`, document] as const))(
    '%s is valid and loses no field',
    (_, document) => {
      const schema = allKinds.find((kind) => kind.kind === document.kind)?.spec;
      if (schema === undefined) expect(document.kind).toBe('Namespace');
      else expect(schema.parse(document.spec)).toMatchObject(document.spec ?? {});
    },
  );
});

function yamlFiles(folder: string): string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.yaml'));
  return names.map((name) => readFileSync(join(root, folder, name), 'utf8'));
}
