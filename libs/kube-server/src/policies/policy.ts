import { listOf, textsOf } from '../kinds/match-checks.js';
import { asText, isObject } from '../schema/schema.js';
import { fromLabelSelectorObject, type LabelSelector } from '../selector/label-selector.js';
import type { Draft, Stored } from '../storage/stored.js';
import type { Interest } from '../webhooks/match.js';
import { conditionsOf, ruleOf, type WebhookCondition } from '../webhooks/webhook.js';

/** A stored ValidatingAdmissionPolicy, read once. */
export interface Policy {
  readonly name: string;
  readonly match: Match;
  readonly paramKind: ParamKind | undefined;
  readonly ignoresFailures: boolean;
  readonly conditions: readonly WebhookCondition[];
  readonly variables: readonly WebhookCondition[];
  readonly validations: readonly Validation[];
  readonly annotations: readonly { readonly key: string; readonly expression: string }[];
  readonly bindings: readonly Binding[];
}

export interface ParamKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string;
}

/** A stored ValidatingAdmissionPolicyBinding. */
export interface Binding {
  readonly name: string;
  /** Absent: whatever the policy matches. */
  readonly match: Match | undefined;
  readonly params: ParamRef | undefined;
  readonly actions: readonly string[];
}

export interface ParamRef {
  readonly name: string;
  readonly namespace: string;
  readonly selector: LabelSelector | undefined;
  readonly deniesWithout: boolean;
}

/** MatchResources. */
export interface Match {
  /** Without rules: every write. */
  readonly wanted: Interest;
  readonly excluded: Interest;
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
}

/** Policies with what binds them, by their names; a policy that nothing binds does nothing. */
export function policiesOf(policies: readonly Stored[], bindings: readonly Stored[]): Policy[] {
  const read = bindings.map((object) => ({ policy: specOf(object).policyName, binding: bindingOf(object) }));
  return policies.flatMap((object) => {
    const own = read.filter(({ policy }) => policy === object.metadata.name).map(({ binding }) => binding);
    return own.length === 0 ? [] : [policyOf(object, own)];
  });
}

function policyOf(object: Stored, bindings: readonly Binding[]): Policy {
  const spec = specOf(object);
  const { paramKind } = spec;
  return {
    name: object.metadata.name,
    match: matchOf(isObject(spec.matchConstraints) ? spec.matchConstraints : {}),
    paramKind: isObject(paramKind)
      ? { apiVersion: String(paramKind.apiVersion), kind: String(paramKind.kind) }
      : undefined,
    ignoresFailures: spec.failurePolicy === 'Ignore',
    conditions: conditionsOf(spec.matchConditions),
    variables: conditionsOf(spec.variables),
    validations: listOf(spec.validations).map((one) => ({
      expression: String(one.expression),
      message: asText(one.message ?? ''),
      messageExpression: asText(one.messageExpression ?? ''),
      reason: asText(one.reason ?? 'Invalid'),
    })),
    annotations: listOf(spec.auditAnnotations).map(({ key, valueExpression }) => ({
      key: String(key),
      expression: String(valueExpression),
    })),
    bindings,
  };
}

function bindingOf(object: Stored): Binding {
  const { matchResources, paramRef, validationActions } = specOf(object);
  return {
    name: object.metadata.name,
    match: isObject(matchResources) ? matchOf(matchResources) : undefined,
    params: isObject(paramRef)
      ? {
          name: asText(paramRef.name ?? ''),
          namespace: asText(paramRef.namespace ?? ''),
          selector: fromLabelSelectorObject(paramRef.selector),
          deniesWithout: paramRef.parameterNotFoundAction === 'Deny',
        }
      : undefined,
    actions: textsOf(validationActions),
  };
}

function matchOf(match: Draft): Match {
  const matchesEquivalents = match.matchPolicy !== 'Exact';
  const interest = (rules: unknown): Interest => ({ rules: listOf(rules).map(ruleOf), matchesEquivalents });
  return {
    wanted: interest(match.resourceRules),
    excluded: interest(match.excludeResourceRules),
    namespaces: fromLabelSelectorObject(match.namespaceSelector) ?? [],
    objects: fromLabelSelectorObject(match.objectSelector) ?? [],
  };
}

function specOf({ spec }: Stored): Draft {
  return isObject(spec) ? spec : {};
}
