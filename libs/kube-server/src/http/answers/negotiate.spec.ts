import { describe, expect, it } from '@jest/globals';
import { clausesOf, negotiate } from './negotiate.js';

const table = (version: string): object => ({ format: 'json', as: 'Table', version });

describe('negotiate', () => {
  it.each([
    [undefined, { format: 'json' }],
    ['', { format: 'json' }],
    ['*/*', { format: 'json' }],
    ['application/json, */*', { format: 'json' }],
    ['application/vnd.kubernetes.protobuf,application/json', { format: 'json' }],
    ['application/yaml', { format: 'yaml' }],
    ['application/yaml;q=0.1, application/json', { format: 'json' }],
    [
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      table('v1'),
    ],
    [
      'application/json;as=Table;v=v2;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io',
      table('v1beta1'),
    ],
    ['application/json;as=Table;v=v1;g=other,application/json', { format: 'json' }],
    [
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      { format: 'json', as: 'PartialObjectMetadataList', version: 'v1' },
    ],
  ])('answers %s', (accept, accepted) => expect(negotiate(accept)).toEqual(accepted));

  it.each(['text/html', 'application/vnd.kubernetes.protobuf', 'application/cbor'])('cannot give %s', (accept) => {
    expect(() => negotiate(accept)).toThrow(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
  });
});

describe('clausesOf', () => {
  it('puts the most wanted first and leaves out what is not wanted', () => {
    expect(clausesOf('a/a;q=0.5, b/b, c/c;q=0').map(({ type }) => type)).toEqual(['b/b', 'a/a']);
  });
});
