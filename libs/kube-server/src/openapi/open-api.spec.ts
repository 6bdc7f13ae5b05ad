import { describe, expect, it } from '@jest/globals';
import { Document } from '../http/answers/answer.js';
import type { Answer } from '../http/answers/answer.js';
import { builtIn } from '../kinds/declare.js';
import { KindTable } from '../kinds/kind-table.js';
import { managementKinds } from '../kinds/management.js';
import { integer, struct, text } from '../kinds/schema-words.js';
import { Reader } from '../protobuf/reader.js';
import { OpenApi } from './open-api.js';

const widget = {
  ...builtIn({
    group: 'example.com',
    kind: 'Widget',
    hasStatus: true,
    members: { spec: struct({ size: text, count: integer }, { required: ['size'] }) },
  }),
  custom: true,
};
const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

const content = ({ body }: Answer): Uint8Array => (body instanceof Document ? body.content : new Uint8Array());
const json = (answer: Answer): Record<string, Record<string, Record<string, unknown>>> =>
  JSON.parse(Buffer.from(content(answer)).toString('utf8')) as Record<string, Record<string, Record<string, unknown>>>;
const opened = (): OpenApi => new OpenApi(new KindTable([...managementKinds, widget]), 'v1.33.0+embedded');

/** All length-delimited fields of a message, by number. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new Reader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (!reader.atEnd) {
    const { number, wireType } = reader.tag();
    if (wireType === 2) fields.set(number, [...(fields.get(number) ?? []), reader.bytes()]);
    else reader.skip(wireType);
  }
  return fields;
}

const textIn = (fields: Map<number, Uint8Array[]>, number: number): string =>
  Buffer.from(fields.get(number)?.[0] ?? []).toString('utf8');

describe('OpenAPI v3', () => {
  it('has an index with one document for each group and version', () => {
    expect(json(opened().v3('/openapi/v3')).paths).toMatchObject({
      'api/v1': { serverRelativeURL: '/openapi/v3/api/v1' },
      'apis/example.com/v1': { serverRelativeURL: '/openapi/v3/apis/example.com/v1' },
    });
  });

  it('has what kubectl looks for before it leaves validation to the server', () => {
    const item = json(opened().v3('/openapi/v3/apis/example.com/v1')).paths?.[
      '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'
    ] as { patch: Record<string, unknown> & { parameters: { name: string; in: string }[] } };
    expect(item.patch['x-kubernetes-group-version-kind']).toEqual({
      group: 'example.com',
      kind: 'Widget',
      version: 'v1',
    });
    expect(item.patch.parameters.map(({ name, in: where }) => `${where} ${name}`)).toEqual([
      'query dryRun',
      'query fieldManager',
      'query fieldValidation',
      'query force',
    ]);
  });

  it('describes objects with their metadata', () => {
    const schemas = json(opened().v3('/openapi/v3/apis/example.com/v1')).components?.schemas;
    expect(schemas).toMatchObject({
      'com.example.v1.Widget': {
        type: 'object',
        'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }],
        properties: {
          metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
          spec: { properties: { size: { type: 'string' } }, required: ['size'] },
        },
      },
      'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
        properties: { labels: { additionalProperties: { type: 'string' } } },
      },
    });
  });

  it.each(['/openapi/v3/apis/nobody/v1', '/openapi/v3/nonsense'])('does not know %s', (path) =>
    expect(opened().v3(path).code).toBe(404),
  );
});

describe('OpenAPI v2', () => {
  it('is a gnostic document', () => {
    const document = fieldsOf(content(opened().v2(protobuf)));
    const [info, paths, definitions] = [2, 8, 9].map((number) =>
      fieldsOf(document.get(number)?.[0] ?? new Uint8Array()),
    );
    expect([textIn(document, 1), textIn(info as Map<number, Uint8Array[]>, 1)]).toEqual(['2.0', 'Kubernetes']);
    expect(paths?.get(2)?.map((path) => textIn(fieldsOf(path), 1))).toContain(
      '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}',
    );
    expect(definitions?.get(1)?.map((one) => textIn(fieldsOf(one), 1))).toEqual(
      expect.arrayContaining(['com.example.v1.Widget', 'io.k8s.api.core.v1.ConfigMap']),
    );
  });

  it('is made once', () => {
    const openApi = opened();
    expect(openApi.v2(protobuf).body).toBe(openApi.v2(protobuf).body);
  });

  it('is not given as JSON', () =>
    expect(() => opened().v2('application/json')).toThrow('only the following media types'));
});
