import { describe, expect, it } from '@jest/globals';
import { Authorizer, type Rights } from '../cel/authorizer.js';
import { aConfigMap, aDefinition, type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { createObject } from '../registry/write.js';
import { ApiError } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { evaluatePolicy, type Verdict } from './evaluate.js';
import { policiesOf } from './policy.js';

const group = 'admissionregistration.k8s.io/v1';
const rule = {
  operations: ['*'],
  apiGroups: ['', 'test.keelson.io'],
  apiVersions: ['v1'],
  resources: ['configmaps', 'widgets', 'widgets/status'],
};

function aPolicy(spec: Draft, match: Draft = {}): Draft {
  return {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules: [rule], ...match }, ...spec },
  };
}

function aBinding(spec: Draft = {}, name = 'b'): Draft {
  return {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
  };
}

async function engineWith(...objects: readonly Draft[]): Promise<TestEngine> {
  const engine = await testEngine();
  await engine.create(aDefinition('Widget'));
  for (const object of objects) await engine.create(object);
  return engine;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing was refused',
    (reason: unknown) => reason,
  );
  return error instanceof ApiError
    ? `${error.code} ${error.message.replace(/^.* denied request: /, '')}`
    : String(error);
}

const stored = (object: Draft): Stored => ({ ...object, metadata: object.metadata }) as Stored;
const nobody: Rights = {
  request: {},
  may: () => ({ allowed: false, reason: '' }),
  ofServiceAccount: () => nobody,
};
const nothingSeen = { object: null, oldObject: null, request: {}, authorizer: new Authorizer(nobody) };

const refusing = (expression: string, more: Draft = {}): Draft =>
  aPolicy({ validations: [{ expression, message: 'no' }], ...more });
const widget = { apiVersion: 'test.keelson.io/v1', kind: 'Widget', metadata: { namespace: 'default', name: 'w' } };

describe('policies', () => {
  it('do nothing until something binds them, and hold for the very next write', async () => {
    const engine = await engineWith(refusing('false'));
    await engine.create(aConfigMap('free'));
    await engine.create(aBinding());
    expect(await refusal(engine.create(aConfigMap('m')))).toBe('422 no');
    await engine.remove(aBinding());
    await engine.create(aConfigMap('m'));
  });

  it('judge every write of an object, and those of its status by their own name', async () => {
    const engine = await engineWith(refusing('!has(request.subResource) || object.status.ok == true'), aBinding(), {
      ...widget,
      spec: { size: 1 },
    });
    await engine.merge(widget, { status: { ok: true } }, 'status');
    expect(await refusal(engine.merge(widget, { status: { ok: false } }, 'status'))).toBe('422 no');
    await engine.merge(widget, { spec: { size: 2 } });
  });

  it('see what was, when something is deleted', async () => {
    const engine = await engineWith(
      refusing("request.operation != 'DELETE' || !has(oldObject.data.kept)"),
      aBinding(),
      {
        ...aConfigMap('m'),
        data: { kept: 'yes' },
      },
    );
    expect(await refusal(engine.remove(aConfigMap('m')))).toBe('422 no');
  });

  it('warn instead of refusing, once for the same words', async () => {
    const engine = await engineWith(refusing('false'), aBinding({ validationActions: ['Warn'] }));
    const call = engine.call(aConfigMap('m'));
    await createObject(engine.registry, call, aConfigMap('m'));
    expect(call.warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"]);
  });

  it('do not touch a write for which a condition does not hold', async () => {
    const engine = await engineWith(
      refusing('false', { matchConditions: [{ name: 'mine', expression: "object.metadata.name == 'mine'" }] }),
      aBinding(),
    );
    await engine.create(aConfigMap('other'));
    expect(await refusal(engine.create(aConfigMap('mine')))).toBe('422 no');
  });

  it('evaluate a variable once, and not at all when nobody reads it', async () => {
    const variables = [
      { name: 'wrong', expression: 'object.nothing' },
      { name: 'name', expression: 'object.metadata.name' },
    ];
    const validations = [{ expression: "variables.name + variables.name == 'mm' || variables.wrong" }];
    const engine = await engineWith(aPolicy({ variables, validations }), aBinding());
    await engine.create(aConfigMap('m'));
    expect(await refusal(engine.create(aConfigMap('n')))).toContain('composited variable "wrong" fails to evaluate');
  });

  it('spend no more than their budget, over all validations together', () => {
    const validation = { expression: '[1, 2, 3].all(x, x > 0)', message: '', messageExpression: '', reason: 'Invalid' };
    const [policy] = policiesOf([stored(aPolicy({ validations: Array(9).fill(validation) }))], [stored(aBinding())]);
    const judged = (cost: number): Verdict | undefined =>
      policy === undefined ? undefined : evaluatePolicy(policy, nothingSeen, cost);
    const spent = 'validation failed due to running out of cost budget, no further validation rules will be run';
    expect([judged(1000), judged(20)]).toEqual([
      { objections: [], failures: [] },
      { objections: [{ message: spent, reason: 'Invalid' }], failures: [] },
    ]);
  });

  it('refuse a write whose audit annotation cannot be computed, unless failures are ignored', async () => {
    const auditAnnotations = [{ key: 'k', valueExpression: 'string(object.missing)' }];
    const engine = await engineWith(aPolicy({ auditAnnotations }), aBinding({ validationActions: ['Audit'] }));
    expect(await refusal(engine.create(aConfigMap('m')))).toMatch(/^422 expression .* no such key: missing$/);
    await engine.merge(aPolicy({}), { spec: { failurePolicy: 'Ignore' } });
    await engine.create(aConfigMap('m'));
  });

  it('ask what the writer and service accounts may do', async () => {
    const may = (whose: string): string =>
      `${whose}.group('').resource('secrets').namespace('default').check('get').allowed()`;
    const account = "authorizer.serviceAccount('default', 'robot')";
    const engine = await engineWith(
      refusing(`${may('authorizer')} && !${may(account)} && authorizer.requestResource.check('update').allowed()`),
      aBinding(),
    );
    await engine.create(aConfigMap('m'));
  });

  it('are not asked about policies and webhooks', async () => {
    const match = { resourceRules: [{ ...rule, apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] };
    const engine = await engineWith(aPolicy({ validations: [{ expression: 'false' }] }, match), aBinding());
    await engine.create(aBinding({}, 'another'));
    expect(await refusal(engine.create(aConfigMap('m')))).toContain('failed expression: false');
  });
});
