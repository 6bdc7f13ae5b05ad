import type { StructuralSchema } from '../schema/schema.js';
import { builtIn } from './declare.js';
import type { KindDescriptor } from './descriptor.js';
import { conditions as matchConditions, rule } from './match-checks.js';
import { bindingErrors, policyErrors, policyStatusErrors } from './policy-checks.js';
import {
  atomic,
  conditions,
  labelSelector,
  listOf,
  long,
  mapList,
  plain,
  setOf,
  struct,
  text,
  texts,
} from './schema-words.js';
import { webhookGroup } from './webhooks.js';

const namedRules: StructuralSchema = listOf(struct({ resourceNames: texts, ...rule }));

const matchResources = atomic({
  namespaceSelector: { ...labelSelector, default: {} },
  objectSelector: { ...labelSelector, default: {} },
  resourceRules: namedRules,
  excludeResourceRules: namedRules,
  matchPolicy: { ...text, default: 'Equivalent' },
});

/** Rules in CEL about what may be written, and to what they are bound. */
export const policyKinds: readonly KindDescriptor[] = [
  builtIn({
    group: webhookGroup,
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
    cluster: true,
    categories: ['api-extensions'],
    hasStatus: true,
    countsGenerations: true,
    description: 'ValidatingAdmissionPolicy accepts or rejects objects by expressions, without changing them.',
    members: {
      spec: plain(
        struct(
          {
            paramKind: atomic({ apiVersion: text, kind: text }),
            matchConstraints: matchResources,
            validations: listOf(struct({ expression: text, message: text, reason: text, messageExpression: text })),
            failurePolicy: { ...text, default: 'Fail' },
            auditAnnotations: listOf(struct({ key: text, valueExpression: text })),
            matchConditions,
            variables: mapList(['name'], atomic({ name: text, expression: text })),
          },
          { default: {} },
        ),
      ),
      status: plain(
        struct(
          {
            observedGeneration: long,
            typeChecking: struct({ expressionWarnings: listOf(struct({ fieldRef: text, warning: text })) }),
            conditions,
          },
          { default: {} },
        ),
      ),
    },
    strategy: {
      prepare: (object, before) => (before === undefined ? { ...object, status: {} } : object),
      serverMembers: ['status'],
      validate: (object, _before, part) => (part === 'status' ? policyStatusErrors(object) : policyErrors(object)),
      needsVersionOnUpdate: true,
    },
  }),
  builtIn({
    group: webhookGroup,
    kind: 'ValidatingAdmissionPolicyBinding',
    cluster: true,
    categories: ['api-extensions'],
    countsGenerations: true,
    description:
      'ValidatingAdmissionPolicyBinding says where a ValidatingAdmissionPolicy holds, and with which parameters.',
    members: {
      spec: plain(
        struct(
          {
            policyName: text,
            paramRef: atomic({ name: text, namespace: text, selector: labelSelector, parameterNotFoundAction: text }),
            matchResources,
            validationActions: setOf(text),
          },
          { default: {} },
        ),
      ),
    },
    strategy: { validate: bindingErrors, needsVersionOnUpdate: true },
  }),
];
