import type { KindDescriptor } from '../kinds/descriptor.js';
import type { StructuralSchema } from '../schema/schema.js';
import { type Operation, patchMediaTypes, type PathOperations, pathsOf, type QueryParameter } from './operations.js';
import {
  definitionName,
  type DocumentSchema,
  groupVersionKindOf,
  objectMetaName,
  objectMetaSchema,
  objectSchema,
  type Reference,
} from './schemas.js';
import { Message } from './wire.js';

/**
 * The OpenAPI v2 document of all kinds as github.com/google/gnostic's `openapi.v2.Document`, the only form of v2 that
 * kubectl asks for. Field numbers are those of gnostic's openapiv2/OpenAPIv2.proto.
 */
export function documentBytes(kinds: readonly KindDescriptor[], version: string): Uint8Array {
  const info = new Message().text(1, 'Kubernetes').text(2, version);
  const paths = new Message();
  for (const kind of kinds) for (const one of pathsOf(kind)) paths.message(2, named(one.path, pathItem(kind, one)));
  const definitions = new Message().message(1, named(objectMetaName, schemaOf(objectMetaSchema)));
  for (const kind of kinds) definitions.message(1, named(definitionName(kind), schemaOf(objectSchema(kind, refer))));
  return new Message().text(1, '2.0').message(2, info).message(8, paths).message(9, definitions).bytes();
}

const refer = (name: string): string => `#/definitions/${name}`;

function named(name: string, value: Message): Message {
  return new Message().text(1, name).message(2, value);
}

/** NamedAny; a value of any type is given as YAML, of which JSON is a part. */
function extension(name: string, value: unknown): Message {
  return named(name, anything(value));
}

function anything(value: unknown): Message {
  return new Message().text(2, JSON.stringify(value));
}

const operationFields = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function pathItem(kind: KindDescriptor, { pathParameters, operations }: PathOperations): Message {
  const item = new Message();
  for (const operation of operations) item.message(operationFields[operation.method], operationOf(kind, operation));
  return item.messages(
    9,
    pathParameters.map((name) =>
      parameterItem(4, new Message().flag(1, true).text(2, 'path').text(4, name).text(6, 'string')),
    ),
  );
}

function operationOf(kind: KindDescriptor, { method, action, parameters }: Operation): Message {
  const response = new Message()
    .text(1, 'OK')
    .message(2, new Message().message(1, new Message().text(1, refer(definitionName(kind)))));
  return new Message()
    .texts(7, method === 'patch' ? patchMediaTypes : [])
    .messages(8, parameters.map(queryParameter))
    .message(9, new Message().message(1, named('200', new Message().message(1, response))))
    .messages(13, [
      extension('x-kubernetes-action', action),
      extension('x-kubernetes-group-version-kind', groupVersionKindOf(kind)),
    ]);
}

function queryParameter({ name, type, description }: QueryParameter): Message {
  return parameterItem(3, new Message().text(2, 'query').text(3, description).text(4, name).text(6, type));
}

/** ParametersItem of a Parameter of a NonBodyParameter, whose field says where it stands. */
function parameterItem(field: number, parameter: Message): Message {
  return new Message().message(1, new Message().message(2, new Message().message(field, parameter)));
}

function schemaOf(schema: DocumentSchema | Reference): Message {
  if ('$ref' in schema) return new Message().text(1, schema.$ref).text(4, schema.description);
  const { type, items, additionalProperties, properties } = schema;
  const extensions = Object.entries(schema).filter(
    ([name]) => name.startsWith('x-kubernetes-') && name !== 'x-kubernetes-validations',
  );
  return new Message()
    .text(2, schema.format)
    .text(4, schema.description)
    .texts(19, schema.required ?? [])
    .messages(20, (schema.enum ?? []).map(anything))
    .message(21, additionalItem(additionalProperties))
    .message(22, type === undefined ? undefined : new Message().text(1, type))
    .message(23, type === 'array' && items !== undefined ? new Message().message(1, schemaOf(items)) : undefined)
    .message(25, properties === undefined ? undefined : propertiesOf(properties))
    .messages(
      31,
      extensions.map(([name, value]) => extension(name, value)),
    );
}

function additionalItem(additional: boolean | StructuralSchema | undefined): Message | undefined {
  if (typeof additional === 'object') return new Message().message(1, schemaOf(additional));
  return additional === true ? new Message().flag(2, true) : undefined;
}

function propertiesOf(properties: NonNullable<DocumentSchema['properties']>): Message {
  return new Message().messages(
    1,
    Object.entries(properties).map(([name, schema]) => named(name, schemaOf(schema))),
  );
}
