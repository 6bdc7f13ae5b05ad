import { describe, expect, it } from '@jest/globals';
import { Message } from '../openapi/wire.js';
import { decodeProtobuf } from './decode.js';

const entry = (key: string, value: string): Message => new Message().text(1, key).text(2, value);

function body(apiVersion: string, kind: string, raw: Message): Buffer {
  const unknown = new Message().message(1, new Message().text(1, apiVersion).text(2, kind)).message(2, raw);
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown.bytes()]);
}

const named = (name: string): Message => new Message().text(1, name).message(8, new Message());

describe('decodeProtobuf', () => {
  it('reads a ConfigMap; what Go writes though it is empty is left out', () => {
    const raw = new Message()
      .message(1, named('one').message(11, entry('a', 'b')))
      .message(2, entry('key', 'value'))
      .message(2, entry('empty', ''))
      .message(3, entry('bytes', 'x'));
    expect(decodeProtobuf(body('v1', 'ConfigMap', raw))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', labels: { a: 'b' } },
      data: { key: 'value', empty: '' },
      binaryData: { bytes: 'eA==' },
    });
  });

  it('reads a role with its rules', () => {
    const rule = new Message().texts(1, ['get', 'list']).texts(2, ['']).texts(3, ['configmaps']);
    expect(
      decodeProtobuf(
        body('rbac.authorization.k8s.io/v1', 'Role', new Message().message(1, named('r')).messages(2, [rule])),
      ),
    ).toMatchObject({
      metadata: { name: 'r' },
      rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps'] }],
    });
  });

  it('reads a question about access', () => {
    const attributes = new Message().text(1, 'ns').text(2, 'get').text(5, 'pods');
    const raw = new Message().message(1, new Message()).message(2, new Message().message(1, attributes));
    expect(decodeProtobuf(body('authorization.k8s.io/v1', 'SelfSubjectAccessReview', raw))).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: 'ns', verb: 'get', resource: 'pods' } },
    });
  });

  it('skips what it does not know', () => {
    const raw = new Message().message(1, named('s')).message(99, new Message().text(1, 'later'));
    expect(decodeProtobuf(body('v1', 'Secret', raw))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
    });
  });

  it.each([
    [Buffer.from('{}'), 'the protobuf body does not begin with the expected bytes'],
    [
      body('v1', 'Gadget', new Message()),
      'no kind "Gadget" of version "v1" can be read from protobuf, send it as JSON',
    ],
    [body('v1', 'Secret', new Message().message(1, named('s'))).subarray(0, -3), 'the protobuf body is broken'],
  ])('refuses what is none (%#)', (bytes, message) => expect(() => decodeProtobuf(bytes)).toThrow(message));
});
