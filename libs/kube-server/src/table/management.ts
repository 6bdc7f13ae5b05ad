import { asText } from '../schema/schema.js';
import type { Stored } from '../storage/stored.js';
import { ageColumn, ageOf, column, type Column, wide } from './columns.js';
import { listAt, numberAt, objectAt, textAt } from './read.js';

const createdAt = column('Created At', (object) => object.metadata.creationTimestamp, { type: 'date' });
const sizeOf = (value: unknown): number => Object.keys(objectAt(value)).length;

function roleText(object: Stored): string {
  return `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`;
}

function subjectsText(object: Stored, kind: string): string {
  const subjects = listAt(object, 'subjects').filter((subject) => textAt(subject, 'kind') === kind);
  return subjects
    .map((subject) => [textAt(subject, 'namespace'), textAt(subject, 'name')].filter((part) => part !== '').join('/'))
    .join(', ');
}

const bindingColumns: readonly Column[] = [
  column('Role', roleText),
  ageColumn,
  wide('Users', (object) => subjectsText(object, 'User')),
  wide('Groups', (object) => subjectsText(object, 'Group')),
  wide('ServiceAccounts', (object) => subjectsText(object, 'ServiceAccount')),
];

function objectText(event: Stored, member: string): string {
  const [kind, name] = [textAt(event, member, 'kind').toLowerCase(), textAt(event, member, 'name')];
  return name === '' ? kind : `${kind}/${name}`;
}

/** Events have several times, of which old and new writers fill different ones. */
function lastSeen(event: Stored, prefix: 'core' | 'new', now: number): string {
  const last = textAt(event, prefix === 'core' ? 'lastTimestamp' : 'deprecatedLastTimestamp');
  const micro = textAt(event, 'series', 'lastObservedTime') || last || textAt(event, 'eventTime');
  const seen = ageOf(micro || event.metadata.creationTimestamp, now);
  const count = numberAt(event, prefix === 'core' ? 'count' : 'deprecatedCount');
  return count > 1 ? `${seen} (x${count} over ${firstSeen(event, prefix, now)})` : seen;
}

function firstSeen(event: Stored, prefix: 'core' | 'new', now: number): string {
  const first =
    textAt(event, prefix === 'core' ? 'firstTimestamp' : 'deprecatedFirstTimestamp') || textAt(event, 'eventTime');
  return ageOf(first || event.metadata.creationTimestamp, now);
}

function sourceText(event: Stored, prefix: 'core' | 'new'): string {
  const source = objectAt(event, prefix === 'core' ? 'source' : 'deprecatedSource');
  const component =
    textAt(source, 'component') || textAt(event, prefix === 'core' ? 'reportingComponent' : 'reportingController');
  return [component, textAt(source, 'host')].filter((part) => part !== '').join(', ');
}

function eventColumns(prefix: 'core' | 'new'): readonly Column[] {
  const about = prefix === 'core' ? 'involvedObject' : 'regarding';
  return [
    column('Last Seen', (event, now) => lastSeen(event, prefix, now)),
    column('Type', (event) => textAt(event, 'type')),
    column('Reason', (event) => textAt(event, 'reason')),
    column('Object', (event) => objectText(event, about)),
    wide('Subobject', (event) => textAt(event, about, 'fieldPath')),
    wide('Source', (event) => sourceText(event, prefix)),
    column('Message', (event) => textAt(event, prefix === 'core' ? 'message' : 'note').trim()),
    wide('First Seen', (event, now) => firstSeen(event, prefix, now)),
    wide('Count', (event) => String(numberAt(event, prefix === 'core' ? 'count' : 'deprecatedCount') || 1)),
    wide('Name', (event) => event.metadata.name, { format: 'name' }),
  ];
}

function paramKindText(policy: Stored): string {
  const { apiVersion, kind } = objectAt(policy, 'spec', 'paramKind');
  return kind === undefined ? '<unset>' : `${asText(apiVersion)}/${asText(kind)}`;
}

function paramRefText(binding: Stored): string {
  const ref = objectAt(binding, 'spec', 'paramRef');
  const name = textAt(ref, 'name');
  if (name !== '') return `${textAt(ref, 'namespace') || '*'}/${name}`;
  return ref.selector === undefined ? '<unset>' : selectorText(objectAt(ref, 'selector'));
}

/** A LabelSelector as Go prints it. */
function selectorText(selector: Record<string, unknown>): string {
  const labels = Object.entries(objectAt(selector, 'matchLabels')).map(([key, value]) => `${key}: ${asText(value)},`);
  const expressions = listAt(selector, 'matchExpressions').map(
    (one) =>
      `LabelSelectorRequirement{Key:${textAt(one, 'key')},Operator:${textAt(one, 'operator')},Values:[${listAt(one, 'values').map(asText).join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/** Events are not known by their names. */
export const eventTables: Readonly<Record<string, readonly Column[]>> = {
  events: eventColumns('core'),
  'events.events.k8s.io': eventColumns('new'),
};

export const managementColumns: Readonly<Record<string, readonly Column[]>> = {
  namespaces: [column('Status', (object) => textAt(object, 'status', 'phase')), ageColumn],
  configmaps: [column('Data', (object) => sizeOf(object.data) + sizeOf(object.binaryData)), ageColumn],
  secrets: [
    column('Type', (object) => textAt(object, 'type')),
    column('Data', (object) => sizeOf(object.data)),
    ageColumn,
  ],
  serviceaccounts: [column('Secrets', (object) => listAt(object, 'secrets').length), ageColumn],
  'leases.coordination.k8s.io': [column('Holder', (object) => textAt(object, 'spec', 'holderIdentity')), ageColumn],
  'roles.rbac.authorization.k8s.io': [createdAt],
  'clusterroles.rbac.authorization.k8s.io': [createdAt],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns,
  'customresourcedefinitions.apiextensions.k8s.io': [createdAt],
  'validatingwebhookconfigurations.admissionregistration.k8s.io': [
    column('Webhooks', (object) => listAt(object, 'webhooks').length),
    ageColumn,
  ],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': [
    column('Webhooks', (object) => listAt(object, 'webhooks').length),
    ageColumn,
  ],
  'validatingadmissionpolicies.admissionregistration.k8s.io': [
    column('Validations', (object) => listAt(object, 'spec', 'validations').length, { type: 'integer' }),
    column('ParamKind', paramKindText),
    ageColumn,
  ],
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': [
    column('PolicyName', (object) => textAt(object, 'spec', 'policyName')),
    column('ParamRef', paramRefText),
    ageColumn,
  ],
};
