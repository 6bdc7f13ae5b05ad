import type { KindDescriptor } from '../kinds/descriptor.js';
import { type Operation, patchMediaTypes, type PathOperations, pathsOf } from './operations.js';
import { definitionName, groupVersionKindOf, objectMetaName, objectMetaSchema, objectSchema } from './schemas.js';

const refer = (name: string): string => `#/components/schemas/${name}`;

/** The OpenAPI v3 document of one group and version. */
export function documentOf(kinds: readonly KindDescriptor[], version: string): Record<string, unknown> {
  const paths = kinds.flatMap((kind) => pathsOf(kind).map((one) => [one.path, pathItem(kind, one)] as const));
  const schemas = kinds.map((kind) => [definitionName(kind), objectSchema(kind, refer)] as const);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(paths),
    components: { schemas: { ...Object.fromEntries(schemas), [objectMetaName]: objectMetaSchema } },
  };
}

/** The index of the documents by path. */
export function indexOf(paths: readonly string[]): Record<string, unknown> {
  return { paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

function pathItem(kind: KindDescriptor, { pathParameters, operations }: PathOperations): Record<string, unknown> {
  const parameters = pathParameters.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  }));
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationOf(kind, operation)])),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

function operationOf(kind: KindDescriptor, { method, action, parameters }: Operation): Record<string, unknown> {
  const schema = { $ref: refer(definitionName(kind)) };
  const query = parameters.map(({ name, type, description }) => ({
    name,
    in: 'query',
    description,
    schema: { type, uniqueItems: true },
  }));
  const body = method === 'put' || method === 'post' ? { requestBody: { content: { '*/*': { schema } } } } : {};
  const patch =
    method === 'patch'
      ? {
          requestBody: {
            content: Object.fromEntries(patchMediaTypes.map((type) => [type, { schema: { type: 'object' } }])),
          },
        }
      : {};
  return {
    tags: [kind.group === '' ? `core_${kind.version}` : `${kind.group}_${kind.version}`],
    ...(query.length === 0 ? {} : { parameters: query }),
    ...body,
    ...patch,
    responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': groupVersionKindOf(kind),
  };
}
