import { describe, expect, it } from '@jest/globals';
import type { Draft } from '../storage/stored.js';
import { aWebhook, refusal, webhookWorld } from './webhooks.fixtures.js';

describe('a configuration', () => {
  it('is filled with the defaults of v1', async () => {
    const { engine } = await webhookWorld();
    const made = await engine.create(aWebhook('Mutating', 'a'));
    expect(made.webhooks).toEqual([
      expect.objectContaining({
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
        rules: [expect.objectContaining({ scope: '*' })],
      }),
    ]);
  });

  it.each<[Draft, string]>([
    [
      { name: 'short' },
      'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
    ],
    [{ sideEffects: undefined }, 'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    [
      { sideEffects: 'Some' },
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ],
    [
      { timeoutSeconds: 31 },
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
    ],
    [
      { admissionReviewVersions: [] },
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
    [
      { failurePolicy: 'Maybe' },
      'webhooks[0].failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"',
    ],
    [{ clientConfig: {} }, 'webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    [
      { clientConfig: { url: 'http://h/' } },
      `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    ],
    [
      { clientConfig: { service: { namespace: 'a', name: 'b' } } },
      'webhooks[0].clientConfig.service: Invalid value: {"namespace":"a","name":"b","port":443}: this server has no service network, so that no Service can be called; give the address of the webhook in url',
    ],
    [
      { rules: [{ operations: ['PATCH'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] },
      'webhooks[0].rules[0].operations[0]: Unsupported value: "PATCH": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ],
    [
      { matchConditions: [{ name: 'a', expression: 'object.data.mine' }] },
      'webhooks[0].matchConditions[0].expression: Invalid value: "object.data.mine": must evaluate to bool but got dyn',
    ],
  ])('is refused: %j', async (more, expected) => {
    const { engine } = await webhookWorld();
    expect(await refusal(engine.create(aWebhook('Validating', 'v', more)))).toBe(
      `422 Invalid ValidatingWebhookConfiguration.admissionregistration.k8s.io "v" is invalid: ${expected}`,
    );
  });
});
