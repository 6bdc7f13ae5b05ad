import { asText, isObject } from '../schema/schema.js';
import { fromLabelSelectorObject, type LabelSelector } from '../selector/label-selector.js';
import type { Stored } from '../storage/stored.js';

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
}

export interface WebhookCondition {
  readonly name: string;
  readonly expression: string;
}

/** The webhooks of a stored, thus valid, configuration in their order. */
export function webhooksOf(configuration: Stored): Webhook[] {
  const isMutating = configuration.kind === 'MutatingWebhookConfiguration';
  return objectsOf(configuration.webhooks).map((webhook) => {
    const { url, caBundle } = isObject(webhook.clientConfig) ? webhook.clientConfig : {};
    return {
      name: String(webhook.name),
      isMutating,
      url: String(url),
      authority: typeof caBundle === 'string' && caBundle !== '' ? fromBase64(caBundle) : undefined,
      rules: objectsOf(webhook.rules).map((rule) => ({
        operations: textsOf(rule.operations),
        apiGroups: textsOf(rule.apiGroups),
        apiVersions: textsOf(rule.apiVersions),
        resources: textsOf(rule.resources),
        scope: asText(rule.scope ?? '*'),
      })),
      ignoresFailures: webhook.failurePolicy === 'Ignore',
      matchesEquivalents: webhook.matchPolicy !== 'Exact',
      namespaces: fromLabelSelectorObject(webhook.namespaceSelector) ?? [],
      objects: fromLabelSelectorObject(webhook.objectSelector) ?? [],
      timeoutSeconds: Number(webhook.timeoutSeconds ?? 10),
      isReinvocable: webhook.reinvocationPolicy === 'IfNeeded',
      conditions: objectsOf(webhook.matchConditions).map(({ name, expression }) => ({
        name: String(name),
        expression: String(expression),
      })),
    };
  });
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
