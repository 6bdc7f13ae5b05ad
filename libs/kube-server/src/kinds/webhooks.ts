import { asText, isObject, type StructuralSchema } from '../schema/schema.js';
import { type FieldError, fieldDuplicate, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { builtIn } from './declare.js';
import type { KindDescriptor } from './descriptor.js';
import { conditionErrors, conditions, listOf, rule, ruleErrors, selectorErrors, textsOf } from './match-checks.js';
import { subdomainErrors } from './names.js';
import { bytes, integer, labelSelector, mapList, struct, text, texts } from './schema-words.js';

export const webhookGroup = 'admissionregistration.k8s.io';

const clientConfig = struct({
  url: text,
  service: struct({ namespace: text, name: text, path: text, port: { ...integer, default: 443 } }),
  caBundle: bytes,
});

/** Members of a webhook of either kind, with the defaults of v1. */
const webhookMembers: Readonly<Record<string, StructuralSchema>> = {
  name: text,
  clientConfig,
  rules: { type: 'array', items: struct(rule), 'x-kubernetes-list-type': 'atomic' },
  failurePolicy: { ...text, default: 'Fail' },
  matchPolicy: { ...text, default: 'Equivalent' },
  namespaceSelector: { ...labelSelector, default: {} },
  objectSelector: { ...labelSelector, default: {} },
  sideEffects: text,
  timeoutSeconds: { ...integer, default: 10 },
  admissionReviewVersions: texts,
  matchConditions: conditions,
};

/** Who is asked about writes besides the API itself. */
export const webhookKinds: readonly KindDescriptor[] = [
  builtIn({
    group: webhookGroup,
    kind: 'ValidatingWebhookConfiguration',
    cluster: true,
    categories: ['api-extensions'],
    countsGenerations: true,
    description: 'ValidatingWebhookConfiguration describes admission webhooks that accept or reject objects.',
    members: { webhooks: mapList(['name'], struct(webhookMembers)) },
    strategy: { validate: (object) => configurationErrors(object, false) },
  }),
  builtIn({
    group: webhookGroup,
    kind: 'MutatingWebhookConfiguration',
    cluster: true,
    categories: ['api-extensions'],
    countsGenerations: true,
    description:
      'MutatingWebhookConfiguration describes admission webhooks that accept or reject objects and may change them.',
    members: {
      webhooks: mapList(['name'], struct({ ...webhookMembers, reinvocationPolicy: { ...text, default: 'Never' } })),
    },
    strategy: { validate: (object) => configurationErrors(object, true) },
  }),
];

type Webhook = Readonly<Record<string, unknown>>;

/** As ValidateValidatingWebhookConfiguration and its sibling of kubernetes/pkg/apis/admissionregistration/validation. */
function configurationErrors(object: Draft, isMutating: boolean): FieldError[] {
  const names = new Set<string>();
  return listOf(object.webhooks).flatMap((webhook, i) => {
    const at = `webhooks[${i}]`;
    const name = asText(webhook.name ?? '');
    const isKnown = names.has(name);
    names.add(name);
    return [
      ...nameErrors(name, `${at}.name`),
      ...(isKnown ? [fieldDuplicate(`${at}.name`, name)] : []),
      ...listOf(webhook.rules).flatMap((one, k) => ruleErrors(one, `${at}.rules[${k}]`)),
      ...policyErrors(webhook, at, isMutating),
      ...versionErrors(webhook.admissionReviewVersions, `${at}.admissionReviewVersions`),
      ...selectorErrors(webhook.namespaceSelector, `${at}.namespaceSelector`),
      ...selectorErrors(webhook.objectSelector, `${at}.objectSelector`),
      ...clientErrors(webhook.clientConfig, `${at}.clientConfig`),
      ...conditionErrors(webhook.matchConditions, `${at}.matchConditions`, { hasParams: false }),
    ];
  });
}

function nameErrors(name: string, field: string): FieldError[] {
  if (name === '') return [fieldRequired(field)];
  const errors = subdomainErrors(name).map((error) => fieldInvalid(field, name, error));
  if (errors.length === 0 && name.split('.').length < 3)
    errors.push(fieldInvalid(field, name, 'should be a domain with at least three segments separated by dots'));
  return errors;
}

function policyErrors(webhook: Webhook, at: string, isMutating: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = (member: string, supported: readonly string[]): void => {
    if (!supported.includes(String(webhook[member])))
      errors.push(fieldUnsupported(`${at}.${member}`, webhook[member], supported));
  };
  oneOf('failurePolicy', ['Fail', 'Ignore']);
  oneOf('matchPolicy', ['Equivalent', 'Exact']);
  if (webhook.sideEffects === undefined || webhook.sideEffects === null)
    errors.push(fieldRequired(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else oneOf('sideEffects', ['None', 'NoneOnDryRun']);
  const seconds = Number(webhook.timeoutSeconds);
  if (seconds < 1 || seconds > 30)
    errors.push(fieldInvalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'));
  if (isMutating) oneOf('reinvocationPolicy', ['IfNeeded', 'Never']);
  return errors;
}

function versionErrors(value: unknown, field: string): FieldError[] {
  const versions = textsOf(value);
  if (versions.length === 0) return [fieldRequired(field, 'must specify one of v1, v1beta1')];
  if (new Set(versions).size < versions.length)
    return versions.flatMap((version, i) =>
      versions.indexOf(version) < i ? [fieldDuplicate(`${field}[${i}]`, version)] : [],
    );
  if (versions.includes('v1')) return [];
  const why = versions.includes('v1beta1')
    ? 'must include v1, the only version of AdmissionReview that this server speaks'
    : 'must include at least one of v1, v1beta1';
  return [fieldInvalid(field, versions, why)];
}

function clientErrors(config: unknown, at: string): FieldError[] {
  const { url, service } = isObject(config) ? config : {};
  if ((url === undefined) === (service === undefined))
    return [fieldRequired(at, 'exactly one of url or service is required')];
  if (service !== undefined)
    return [
      fieldInvalid(
        `${at}.service`,
        service,
        'this server has no service network, so that no Service can be called; give the address of the webhook in url',
      ),
    ];
  return urlErrors(String(url), `${at}.url`);
}

const wantedForm = '; desired format: https://host[/path]';

/** What is wrong with the address of a webhook. */
export function urlErrors(url: string, field: string): FieldError[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [fieldRequired(field, `url must be a valid URL: ${JSON.stringify(url)}${wantedForm}`)];
  const errors: FieldError[] = [];
  const wrong = (value: string, what: string): void => void errors.push(fieldInvalid(field, value, what));
  if (parsed.protocol !== 'https:')
    wrong(parsed.protocol.replace(/:$/, ''), `'https' is the only allowed URL scheme${wantedForm}`);
  if (parsed.host === '') wrong(parsed.host, `host must be specified${wantedForm}`);
  if (parsed.username !== '' || parsed.password !== '')
    wrong(parsed.username, 'user information is not permitted in the URL');
  if (parsed.hash !== '') wrong(parsed.hash.slice(1), 'fragments are not permitted in the URL');
  if (parsed.search !== '') wrong(parsed.search.slice(1), 'query parameters are not permitted in the URL');
  return errors;
}
