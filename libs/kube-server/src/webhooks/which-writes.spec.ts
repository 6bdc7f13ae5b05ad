import { describe, expect, it } from '@jest/globals';
import { aConfigMap, aDefinition } from '../engine/engine.fixtures.js';
import type { Draft } from '../storage/stored.js';
import { aWebhook, refusal, webhookWorld } from './webhooks.fixtures.js';

const widget = { apiVersion: 'test.keelson.io/v1', kind: 'Widget', metadata: { namespace: 'default', name: 'w' } };
const widgetRules = (versions: readonly string[], more: Draft = {}): Draft => ({
  rules: [
    { operations: ['*'], apiGroups: ['test.keelson.io'], apiVersions: versions, resources: ['widgets'], ...more },
  ],
});

describe('which writes a webhook hears of', () => {
  async function heard(
    more: Draft,
    writes: (engine: Awaited<ReturnType<typeof webhookWorld>>['engine']) => Promise<unknown>,
  ) {
    const { engine, asked } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v', more));
    await writes(engine);
    return asked.map(({ request }) => request.name);
  }

  it('those of namespaces with the labels it names', async () => {
    const more = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };
    const names = await heard(more, async (engine) => {
      await engine.create(aConfigMap('here'));
      await engine.create(aConfigMap('there', [], { namespace: 'kube-system' }));
    });
    expect(names).toEqual(['there']);
  });

  it('those of objects that have or had the labels it names', async () => {
    const names = await heard(
      { objectSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
      async (engine) => {
        await engine.create(aConfigMap('without'));
        await engine.create(aConfigMap('with', [], { labels: { a: '1' } }));
        await engine.merge(aConfigMap('with'), { metadata: { labels: null } });
        await engine.merge(aConfigMap('with'), { data: { b: '2' } });
      },
    );
    expect(names).toEqual(['with', 'with']);
  });

  it('those for which its conditions hold', async () => {
    const matchConditions = [
      { name: 'not-mine', expression: 'request.userInfo.username != "system:kube"' },
      { name: 'big', expression: 'has(object.data) && size(object.data) > 1 && oldObject == null' },
    ];
    const names = await heard({ matchConditions }, async (engine) => {
      await engine.create({ ...aConfigMap('small'), data: { a: '1' } });
      await engine.create({ ...aConfigMap('big'), data: { a: '1', b: '2' } });
    });
    expect(names).toEqual(['big']);
  });

  it('none whose conditions cannot be evaluated: such a write is refused, or goes by if failures are ignored', async () => {
    const matchConditions = [{ name: 'wrong', expression: 'object.data.missing == "x"' }];
    const { engine, asked } = await webhookWorld();
    await engine.create(aWebhook('Validating', 'v', { matchConditions }));
    expect(await refusal(engine.create(aConfigMap('m')))).toMatch(
      /^403 Forbidden configmaps "m" is forbidden: expression 'object.data.missing == "x"' resulted in error: /,
    );
    await engine.merge(
      aWebhook('Validating', 'v'),
      aWebhook('Validating', 'v', { matchConditions, failurePolicy: 'Ignore' }),
    );
    await engine.create(aConfigMap('m'));
    expect(asked).toEqual([]);
  });

  it.each([
    ['Cluster', []],
    ['Namespaced', ['w']],
  ])('those of the scope %s', async (scope, expected) => {
    const names = await heard(widgetRules(['*'], { scope }), async (engine) => {
      await engine.create(aDefinition('Widget'));
      await engine.create(widget);
    });
    expect(names).toEqual(expected);
  });

  it.each([
    ['Equivalent', [['v1', 'v2']]],
    ['Exact', []],
  ])('those through another version when its matchPolicy is %s', async (matchPolicy, expected) => {
    const { engine, asked } = await webhookWorld();
    const definition = aDefinition('Widget');
    const [version] = (definition.spec as { versions: Draft[] }).versions;
    const versions = [version, { ...version, name: 'v2', storage: false }];
    await engine.create({ ...definition, spec: { ...(definition.spec as Draft), versions } });
    await engine.create(aWebhook('Validating', 'v', { ...widgetRules(['v1']), matchPolicy }));
    await engine.create({ ...widget, apiVersion: 'test.keelson.io/v2' });
    expect(
      asked.map(({ request }) => [(request.kind as Draft).version, (request.requestKind as Draft).version]),
    ).toEqual(expected);
    expect(asked.map(({ request }) => (request.object as Draft).apiVersion)).toEqual(
      expected.map(() => 'test.keelson.io/v1'),
    );
  });
});
