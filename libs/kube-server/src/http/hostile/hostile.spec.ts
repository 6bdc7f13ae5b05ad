import { describe, expect, it } from '@jest/globals';
import { messageOf, seededRandom, systemClock } from '@keelson/std';
import { ruleEnvironment } from '../../cel/environment.js';
import { compileExpression } from '../../cel/expressions.js';
import { parseExpression } from '../../cel/parse.js';
import { aConfigMap, aDefinition, testEngine } from '../../engine/engine.fixtures.js';
import { compileJsonPath } from '../../jsonpath/json-path.js';
import { Message } from '../../openapi/wire.js';
import { Discovery } from '../../discovery/discovery.js';
import { jsonPatch } from '../../patch/json-patch.js';
import { mergePatch } from '../../patch/merge-patch.js';
import { strategicMergePatch } from '../../patch/strategic-merge-patch.js';
import { listObjects } from '../../registry/read.js';
import { createObject, patchObject } from '../../registry/write.js';
import { parseFieldSelector } from '../../selector/field-selector.js';
import { parseLabelSelector } from '../../selector/label-selector.js';
import { ApiError } from '../../status/status.js';
import type { Draft } from '../../storage/stored.js';
import { decodeBody, decodePatch } from '../body.js';
import { spoiled } from './hostile.fixtures.js';
import { negotiate } from '../answers/negotiate.js';

const rounds = 10_000;
/** Longer than any input may take, by far more than a pause of the machine. */
const stallMs = 1000;

/** What is not an answer to a client's mistake: anything thrown that is no ApiError of 4xx, and whatever takes too long. */
function defects(inputs: readonly string[], seed: string, run: (input: string) => unknown): string[] {
  const random = seededRandom(seed);
  const found: string[] = [];
  for (let n = 0; n < rounds && found.length < 5; n += 1) {
    const input = spoiled(inputs[n % inputs.length] ?? '', random);
    const from = systemClock.now();
    try {
      run(input);
    } catch (error) {
      if (!(error instanceof ApiError) || !isBlame(error)) found.push(`${JSON.stringify(input)}: ${String(error)}`);
    }
    const took = systemClock.now() - from;
    if (took > stallMs) found.push(`${JSON.stringify(input)}: took ${took} ms`);
  }
  return found;
}

/** 4xx, or what kube-apiserver itself says with 500 and no reason to patches that it takes for a mistake all the same. */
function isBlame({ code, status }: ApiError): boolean {
  return (code >= 400 && code <= 499) || (code === 500 && status.reason === undefined);
}

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', labels: { a: 'b' } }, data: { k: 'v' } };

describe("ten thousand bad inputs are a client's mistake each", () => {
  it('to the reader of JSON', () => {
    expect(
      defects([JSON.stringify(object)], 'json', (text) => decodeBody(Buffer.from(text), 'application/json')),
    ).toEqual([]);
  });

  it('to the reader of YAML', () => {
    const yaml =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: &l {a: b}}\ndata:\n  k: |\n    v\n  j: *l\n';
    expect(defects([yaml], 'yaml', (text) => decodeBody(Buffer.from(text), 'application/yaml'))).toEqual([]);
  });

  it('to the reader of protobuf', () => {
    const raw = new Message()
      .message(1, new Message().text(1, 'm'))
      .message(2, new Message().text(1, 'k').text(2, 'v'));
    const unknown = new Message().message(1, new Message().text(1, 'v1').text(2, 'ConfigMap')).message(2, raw);
    const body = Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown.bytes()]).toString('latin1');
    const run = (text: string): unknown =>
      decodeBody(Buffer.from(text, 'latin1'), 'application/vnd.kubernetes.protobuf');
    expect(defects([body], 'protobuf', run)).toEqual([]);
  });

  it('to JSON patches', () => {
    const patches = [
      '[{"op":"add","path":"/data/x","value":"1"},{"op":"test","path":"/data/k","value":"v"}]',
      '[{"op":"move","from":"/data/k","path":"/metadata/labels/z"},{"op":"remove","path":"/data/~1"}]',
      '[{"op":"copy","from":"/metadata","path":"/data/-"},{"op":"replace","path":"","value":{}}]',
    ];
    expect(defects(patches, 'patch', (text) => jsonPatch(object, decodePatch(Buffer.from(text), 'json')))).toEqual([]);
  });

  it('to merge patches', () => {
    const patches = ['{"data":{"k":null,"x":"1"},"metadata":{"labels":null}}', '{"data":[{"a":{"b":null}}]}'];
    expect(defects(patches, 'merge', (text) => mergePatch(object, decodePatch(Buffer.from(text), 'merge')))).toEqual(
      [],
    );
  });

  it('to headers of what is accepted', async () => {
    const { registry } = await testEngine();
    const discovery = new Discovery(registry.kinds);
    const texts = [
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;q=0.9',
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/yaml, */*;q=0.1',
      'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    ];
    const run = (text: string): void => {
      negotiate(text);
      void discovery.answer({ type: 'groups', legacy: false }, 'GET', text);
    };
    expect(defects(texts, 'accept', run)).toEqual([]);
  });

  it('to strategic merge patches', async () => {
    const engine = await testEngine({ profile: 'child' });
    const { schema } = engine.kind('v1', 'Pod');
    const pod = { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }], tolerations: [] } };
    const patches = [
      '{"spec":{"containers":[{"name":"c","image":"i","$patch":"delete"}],"$setElementOrder/containers":[{"name":"c"}]}}',
      '{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"$retainKeys":["name"]},"spec":{"$patch":"replace"}}',
    ];
    const run = (text: string): unknown =>
      strategicMergePatch(schema, pod, decodePatch(Buffer.from(text), 'strategic'));
    expect(defects(patches, 'strategic', run)).toEqual([]);
  });

  it('to label selectors', () => {
    expect(defects(['a=b,c in (d, e),!f,g notin (h),i>3', 'x.io/a==b'], 'labels', parseLabelSelector)).toEqual([]);
  });

  it('to field selectors', () => {
    const texts = ['metadata.name=a,metadata.namespace!=b', 'spec.nodeName=\\,\\=x'];
    expect(defects(texts, 'fields', parseFieldSelector)).toEqual([]);
  });

  it('to JSON paths, which are syntax errors of definitions', () => {
    const texts = [
      '.status.conditions[?(@.type=="Ready")].status',
      "{.metadata.labels['a\\.b/c']}",
      '.a[0].b[-1][*].*',
    ];
    const run = (text: string): void => {
      try {
        compileJsonPath(text)(object);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    };
    expect(defects(texts, 'paths', run)).toEqual([]);
  });

  it('to rules and conditions', () => {
    const environment = ruleEnvironment();
    const texts = [
      'self.items.all(i, i.n > 0 && i.name.matches("^[a-z]+$")) ? has(self.a) : self.b in [1, 2.5, "x"]',
      'object.spec.map(k, k).exists_one(v, v == {"a": [1u, b"x"]}) || !cidr("10.0.0.0/8").containsIP("10.0.0.1")',
    ];
    const run = (text: string): void => {
      parseExpression(environment, text).run?.({ self: {} });
    };
    const tolerant = (text: string): void => {
      compileExpression(text);
      try {
        run(text);
      } catch (error) {
        // What a rule does not survive is told to whoever writes the object.
        if (error instanceof RangeError || !(error instanceof Error)) throw error;
      }
    };
    expect(defects(texts, 'rules', tolerant)).toEqual([]);
  });

  it('to tokens, which are nobody', async () => {
    const engine = await testEngine();
    await engine.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'r' } });
    const issued = engine.issueToken({ namespace: 'default', name: 'r' }, { spec: {} });
    const token = String((issued.status as Draft).token);
    const random = seededRandom('tokens');
    const accepted = Array.from({ length: rounds }, () => spoiled(token, random)).filter(
      (bad) => bad !== token && engine.authenticate({ bearer: bad }) !== undefined,
    );
    expect(accepted.slice(0, 3)).toEqual([]);
  });

  it('to continue tokens of lists', async () => {
    const engine = await testEngine();
    for (const name of ['a', 'b', 'c']) await engine.create(aConfigMap(name));
    const call = engine.call(aConfigMap('a'));
    const first = await listObjects(engine.registry, { ...call, query: { limit: '1' } });
    const token = String(first.metadata.continue);
    const random = seededRandom('continue');
    const wrong: string[] = [];
    for (let n = 0; n < rounds; n += 1) {
      const query = { limit: '1', continue: spoiled(token, random) };
      const error: unknown = await listObjects(engine.registry, { ...call, query }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const isAnswer = error instanceof ApiError && error.code < 500;
      if (error !== undefined && !isAnswer) wrong.push(`${JSON.stringify(query)}: ${messageOf(error)}`);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});

describe('nesting without end', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const lists = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each([1_000, 20_000, 200_000])('of %d levels is refused or stored, and harms nobody', async (depth) => {
    const engine = await testEngine();
    const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await engine.create(aDefinition('Widget', { spec: free }));
    const widget = { apiVersion: 'test.keelson.io/v1', kind: 'Widget', metadata: { namespace: 'default', name: 'w' } };
    await engine.create(widget);
    const outcomes = await Promise.all(
      [nested(depth), lists(depth)].flatMap((deep) => {
        const text = JSON.stringify({ ...widget, metadata: { name: 'deep' } }).replace(/}$/, `,"spec":{"x":${deep}}}`);
        const call = engine.call(widget);
        const asked = (work: () => Promise<unknown>): Promise<unknown> =>
          (async () => work())().then(() => 200, codeOf);
        return [
          asked(async () => createObject(engine.registry, call, decodeBody(Buffer.from(text), 'application/json'))),
          asked(async () =>
            patchObject(
              engine.registry,
              call,
              'w',
              'main',
              'merge',
              decodePatch(Buffer.from(`{"spec":{"x":${deep}}}`), 'merge'),
            ),
          ),
        ];
      }),
    );
    expect(outcomes.filter((code) => typeof code !== 'number' || code >= 500)).toEqual([]);
  });

  it('or size by copies in a patch is refused', () => {
    const doubled = Array.from({ length: 60 }, (_, n) => ({ op: 'copy', from: '/data', path: `/data/n${n}` }));
    expect(() => jsonPatch(object, doubled)).toThrow(/exceeding the limit 3145728/);
    for (const from of ['/constructor', '/__proto__', '/data/toString'])
      expect(() => jsonPatch(object, [{ op: 'copy', from, path: '/data/x' }])).toThrow(ApiError);
  });

  it('in rules is refused', () => {
    const environment = ruleEnvironment();
    for (const text of ['('.repeat(50_000), `${'!'.repeat(50_000)}true`, `${'['.repeat(50_000)}`, '-'.repeat(50_000)])
      expect(parseExpression(environment, text).error).toEqual(expect.any(String));
  });

  function codeOf(error: unknown): unknown {
    return error instanceof ApiError ? error.code : String(error).slice(0, 200);
  }
});
