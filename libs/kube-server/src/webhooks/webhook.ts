import { listOf, textsOf } from '../kinds/match-checks.js';
import { asText, isObject } from '../schema/schema.js';
import { fromLabelSelectorObject, type LabelSelector } from '../selector/label-selector.js';
import type { Draft, Stored } from '../storage/stored.js';

/** A webhook of a stored configuration, read once. */
export interface Webhook {
  readonly name: string;
  readonly isMutating: boolean;
  readonly url: string;
  /** PEM. */
  readonly authority: string | undefined;
  readonly rules: readonly WebhookRule[];
  readonly ignoresFailures: boolean;
  /** Whether it wants to hear of writes through other versions of what its rules name, too. */
  readonly matchesEquivalents: boolean;
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
  readonly timeoutSeconds: number;
  readonly isReinvocable: boolean;
  readonly conditions: readonly WebhookCondition[];
}

export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  /** `plural` or `plural/subresource`, each possibly `*`. */
  readonly resources: readonly string[];
  readonly scope: string;
  /** Only objects of these names; all when absent. */
  readonly resourceNames?: readonly string[];
}

export interface WebhookCondition {
  readonly name: string;
  readonly expression: string;
}

/** The webhooks of a stored, thus valid, configuration in their order. */
export function webhooksOf(configuration: Stored): Webhook[] {
  const isMutating = configuration.kind === 'MutatingWebhookConfiguration';
  return listOf(configuration.webhooks).map((webhook) => {
    const { url, caBundle } = isObject(webhook.clientConfig) ? webhook.clientConfig : {};
    return {
      name: String(webhook.name),
      isMutating,
      url: String(url),
      authority: typeof caBundle === 'string' && caBundle !== '' ? fromBase64(caBundle) : undefined,
      rules: listOf(webhook.rules).map(ruleOf),
      ignoresFailures: webhook.failurePolicy === 'Ignore',
      matchesEquivalents: webhook.matchPolicy !== 'Exact',
      namespaces: fromLabelSelectorObject(webhook.namespaceSelector) ?? [],
      objects: fromLabelSelectorObject(webhook.objectSelector) ?? [],
      timeoutSeconds: Number(webhook.timeoutSeconds ?? 10),
      isReinvocable: webhook.reinvocationPolicy === 'IfNeeded',
      conditions: conditionsOf(webhook.matchConditions),
    };
  });
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** A stored RuleWithOperations. */
export function ruleOf(rule: Draft): WebhookRule {
  const names = textsOf(rule.resourceNames);
  return {
    operations: textsOf(rule.operations),
    apiGroups: textsOf(rule.apiGroups),
    apiVersions: textsOf(rule.apiVersions),
    resources: textsOf(rule.resources),
    scope: asText(rule.scope ?? '*'),
    ...(names.length === 0 ? {} : { resourceNames: names }),
  };
}

/** Stored match conditions. */
export function conditionsOf(value: unknown): WebhookCondition[] {
  return listOf(value).map(({ name, expression }) => ({ name: String(name), expression: String(expression) }));
}
