import { asText } from '../schema/schema.js';
import { compileRules, evaluateRules } from '../cel/rules.js';
import type { KindDescriptor, ScalePaths, StorageMapping, Strategy } from '../kinds/descriptor.js';
import { compareVersions } from '../kinds/kind-table.js';
import { applyDefaults } from '../schema/defaults.js';
import type { StructuralSchema } from '../schema/schema.js';
import { embeddedErrors } from '../schema/embedded.js';
import { prune } from '../schema/prune.js';
import { validate } from '../schema/validate.js';
import { type FieldError, rulesNotChecked } from '../status/status.js';
import { freezeDeep, type Stored } from '../storage/stored.js';
import { compileJsonPath } from '../jsonpath/json-path.js';
import { sizeErrors } from './sizes.js';
import { type Definition, type DefinitionVersion, readDefinition } from './definition.js';

const compiled = new WeakMap<object, readonly KindDescriptor[]>();

/** The kinds of a definition, one for each served version. Compiled once for each state of its spec. */
export function kindsOfDefinition(object: Stored): readonly KindDescriptor[] {
  const spec = typeof object.spec === 'object' && object.spec !== null ? object.spec : object;
  let kinds = compiled.get(spec);
  if (kinds === undefined) {
    const definition = readDefinition(object);
    kinds = definition.versions.filter((version) => version.served).map((version) => kindOf(definition, version));
    compiled.set(spec, kinds);
  }
  return kinds;
}

const anything: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function kindOf(definition: Definition, version: DefinitionVersion): KindDescriptor {
  const { group, names } = definition;
  const schema = version.schema ?? anything;
  return {
    group,
    version: version.name,
    ...names,
    namespaced: definition.scope === 'Namespaced',
    custom: true,
    verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
    hasStatus: version.hasStatus,
    ...(version.scale === undefined ? {} : { scale: version.scale }),
    schema,
    columns: version.columns,
    selectableFields: Object.fromEntries(
      version.selectableFields.map((path) => [path.replace(/^\./, ''), textReader(path)]),
    ),
    countsGenerations: true,
    storage: storageOf(definition, version, schema),
    strategy: { validate: validator(schema, version.scale), hasRules: compileRules(schema).rules.at.size > 0 },
    ...(version.deprecated ? { deprecation: deprecationOf(definition, version) } : {}),
  };
}

function deprecationOf({ group, names, versions }: Definition, version: DefinitionVersion): string {
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const newer = versions.filter((one) => one.served && !one.deprecated).map(({ name }) => name);
  const [newest] = newer.sort(compareVersions);
  const use = newest === undefined ? '' : `; use ${group}/${newest} ${names.kind}`;
  return `${group}/${version.name} ${names.kind} is deprecated${use}`;
}

function textReader(path: string): (object: Stored) => string {
  const read = compileJsonPath(path);
  return (object) => {
    const [value] = read(object);
    return value === undefined || value === null ? '' : asText(value);
  };
}

type Validator = NonNullable<Strategy['validate']>;

/** Rules see values of the right shape only: while the schema finds such a fault, one more says that they did not run. */
function validator(schema: StructuralSchema, scale: ScalePaths | undefined): Validator {
  const { rules } = compileRules(schema);
  return (object, before, part) => {
    const errors = [...validate(schema, object, before), ...embeddedErrors(schema, object)];
    const sizes = scale === undefined ? [] : sizeErrors(scale, object);
    const shown = [...(part === 'status' ? errors.map(withinStatus) : errors), ...sizes];
    if (rules.at.size === 0) return shown;
    if (errors.some(({ reason }) => blocking.has(reason))) return [...shown, rulesNotChecked];
    return [...shown, ...evaluateRules(rules, schema, object, before)];
  };
}

const blocking: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

/** A status is judged by itself, so that its texts name members from there. */
function withinStatus(error: FieldError): FieldError {
  return { ...error, detail: error.detail.replace(/: status\.?(\S*) in body /, ': $1 in body ') };
}

/**
 * Objects are stored in the storage version, which drops what its schema does not know, and read in any. Defaults are
 * filled at reading too, of the version stored and of the version read, as schemas may have grown.
 */
function storageOf(definition: Definition, version: DefinitionVersion, schema: StructuralSchema): StorageMapping {
  const { group, names, versions } = definition;
  const apiVersion = `${group}/${version.name}`;
  const schemas = new Map(versions.map((one) => [`${group}/${one.name}`, one.schema ?? anything]));
  const stored = `${group}/${versions.find((one) => one.storage)?.name ?? version.name}`;
  const seen = new WeakMap<Stored, Stored>();
  return {
    resource: `${names.plural}.${group}`,
    storedVersion: stored,
    read(object) {
      let view = seen.get(object);
      if (view === undefined) {
        const own = applyDefaults(schemas.get(object.apiVersion) ?? anything, object);
        view = object.apiVersion === apiVersion ? own : applyDefaults(schema, { ...own, apiVersion });
        if (view !== object) freezeDeep(view);
        seen.set(object, view);
      }
      return view;
    },
    write: (object) =>
      object.apiVersion === stored
        ? object
        : prune(schemas.get(stored) ?? anything, { ...object, apiVersion: stored }).value,
  };
}
