import type { Rule } from '../../../kind.js';
import { openstackVersions } from './values.js';

/** Admission rules of an OpenStackDeployment. Those that need other objects are with the service. */

const ranks = `{${openstackVersions.map((version, rank) => `"${version}": ${rank}`).join(', ')}}`;
const rank = (of: string) => `${ranks}[${of}]`;
const rankOf = (version: (typeof openstackVersions)[number]) => openstackVersions.indexOf(version);
const version = 'self.spec.openstack_version';
const oldVersion = 'oldSelf.spec.openstack_version';
const isSameVersion = `${version} == ${oldVersion}`;
const isFrom = (release: (typeof openstackVersions)[number]) => `${rank(version)} >= ${rankOf(release)}`;

/** A member that is reached only when all that is above it is there. */
function given(path: string, side = 'self.spec'): string {
  const steps = path.split('.');
  return steps.map((_, i) => `has(${[side, ...steps.slice(0, i + 1)].join('.')})`).join(' && ');
}
const at = (path: string) => `self.spec.${path}`;
/** Whether a boolean member is set and true. */
const isOn = (path: string) => `(${given(path)} && ${at(path)})`;
const equals = (path: string, text: string) => `(${given(path)} && ${at(path)} == "${text}")`;

const asks = (service: string) => `(${given('features.services')} && "${service}" in self.spec.features.services)`;
const neutron = 'features.neutron';
const isOvn = equals(`${neutron}.backend`, 'ml2/ovn');
const isTf = `(${equals(`${neutron}.backend`, 'tungstenfabric')} || (self.spec.preset == "compute-tf" && !has(self.spec.features.neutron.backend)))`;
const isBgpvpn = isOn(`${neutron}.bgpvpn.enabled`);
const isIpsec = isOn(`${neutron}.ipsec.enabled`);
const vpnaas = isOn(`${neutron}.extensions.vpnaas.enabled`);

const same = (path: string) => {
  const [self, old] = [`self.${path}`, `oldSelf.${path}`];
  return `(has(${self}) ? has(${old}) && ${self} == ${old} : !has(${old}))`;
};
const frozenAlone = [
  'artifacts',
  'region_name',
  'persistent_volume_storage_class',
  'common',
  'nodes',
  'migration',
  'services',
  'timeouts',
  'draft',
  'preset',
  'size',
  'public_domain_name',
  'internal_domain_name',
  'local_volume_storage_class',
].map((name) => same(`spec.${name}`));
const frozenFeatures = [
  'network_policies',
  'policies',
  'glance',
  'database',
  'telemetry',
  'designate',
  'ssl',
  'barbican',
  'nova',
  'horizon',
  'keystone',
  'neutron',
  'messaging',
  'ironic',
  'octavia',
  'stacklight',
  'cinder',
  'manila',
  'masakari',
  'logging',
  'cloudprober',
].map((name) => same(`spec.features.${name}`));

const rule = (text: string, message: string, more: Partial<Rule> = {}): Rule => ({
  at: '',
  rule: text,
  message,
  ...more,
});
const forbidden = { reason: 'FieldValueForbidden' } as const;

const state = '(has(oldSelf.status) && has(oldSelf.status.state) ? oldSelf.status.state : "")';
/** Before the first status there is nothing that could be disturbed. */
const isAtRest = `(${state} == "" || ${state} == "APPLIED" || ${state} == "DRAFT")`;

/** An upgrade of which nothing has begun is taken back. */
const isTakenBack = `(has(oldSelf.status) && has(oldSelf.status.openstack_version) && ${version} == oldSelf.status.openstack_version)`;

const versionRules: readonly Rule[] = [
  rule(`${version} != "master"`, 'spec.openstack_version: master is not supported: name a release'),
  rule(
    `${rank(version)} >= ${rank(oldVersion)} || ${isTakenBack}`,
    'spec.openstack_version: OpenStack cannot be downgraded; restore a backup to go back. Only an upgrade of which nothing has begun can be taken back',
    forbidden,
  ),
  rule(
    `${rank(version)} <= ${rank(oldVersion)} + 1`,
    'spec.openstack_version: only the next release can be upgraded to: go one release at a time',
    forbidden,
  ),
  rule(
    `${isSameVersion} || (${frozenAlone.join(' && ')})`,
    'spec.openstack_version must be changed alone: nothing of spec but features.services may change with it',
    forbidden,
  ),
  rule(
    `${isSameVersion} || (${frozenFeatures.join(' && ')})`,
    'spec.openstack_version must be changed alone: nothing of spec.features but services may change with it',
    forbidden,
  ),
  rule(
    `${isSameVersion} || ${isAtRest} || ${isTakenBack}`,
    'spec.openstack_version can be changed only while the cloud is APPLIED: see kubectl -n openstack get osdplst',
    forbidden,
  ),
];

function rotationRules(path: string): Rule[] {
  const parts = path.split('.');
  const value = `status.${path}.rotation_id`;
  const has = (side: string) => given(`${path}.rotation_id`, `${side}.status`);
  const hasStatus = (side: string) => `has(${side}.status) && ${has(side)}`;
  const what = `status.${parts.join('.')}.rotation_id`;
  return [
    rule(`!(${hasStatus('self')}) || self.${value} > 0`, `${what} must be greater than 0`),
    rule(
      `!(${hasStatus('oldSelf')}) || (${hasStatus('self')} && self.${value} >= oldSelf.${value} && self.${value} <= oldSelf.${value} + 1)`,
      `${what} grows by 1: it may not decrease, be removed or skip`,
      forbidden,
    ),
    rule(
      `!(${hasStatus('self')}) || (${hasStatus('oldSelf')} && self.${value} == oldSelf.${value}) || ${isAtRest}`,
      `${what} can be changed only while the cloud is APPLIED: see kubectl -n openstack get osdplst`,
      forbidden,
    ),
  ];
}

const serviceRules: readonly Rule[] = [
  rule(
    `!${asks('instance-ha')} || ${isFrom('victoria')}`,
    'spec.features.services: instance-ha needs OpenStack victoria or newer',
  ),
  rule(
    `!${asks('metric')} || ${rank(version)} <= ${rankOf('epoxy')}`,
    'spec.features.services: metric exists up to OpenStack epoxy: use metric-storage',
  ),
  rule(
    `!${asks('metric-storage')} || ${isFrom('gazpacho')}`,
    'spec.features.services: metric-storage needs OpenStack gazpacho or newer',
  ),
  rule(
    `!${asks('event')} || ${rank(version)} < ${rankOf('xena')}`,
    'spec.features.services: event exists before OpenStack xena only',
  ),
  rule(
    `!${asks('shared-file-system')} || ${isFrom('yoga')}`,
    'spec.features.services: shared-file-system needs OpenStack yoga or newer',
  ),
  rule(
    `!${asks('baremetal')} || !${isTf}`,
    'spec.features.services: baremetal does not work with the backend tungstenfabric',
  ),
];

const networkRules: readonly Rule[] = [
  rule(`!${isOvn} || ${isFrom('yoga')}`, 'spec.features.neutron.backend: ml2/ovn needs OpenStack yoga or newer'),
  rule(
    `!(${isOvn} && self.spec.preset == "compute-tf")`,
    'spec.features.neutron.backend: ml2/ovn does not go with the preset compute-tf',
  ),
  rule(`!${isOvn} || !${isBgpvpn}`, 'spec.features.neutron.bgpvpn does not work with the backend ml2/ovn'),
  rule(`!${isOvn} || !${isIpsec}`, 'spec.features.neutron.ipsec does not work with the backend ml2/ovn'),
  rule(`!${vpnaas} || ${isFrom('yoga')}`, 'spec.features.neutron.extensions.vpnaas needs OpenStack yoga or newer'),
  rule(
    `!(${vpnaas} && ${isOvn}) || ${isFrom('caracal')}`,
    'spec.features.neutron.extensions.vpnaas with the backend ml2/ovn needs OpenStack caracal or newer',
  ),
  rule(
    `!${isOn(`${neutron}.extensions.dynamic_routing.enabled`)} || ${isFrom('yoga')}`,
    'spec.features.neutron.extensions.dynamic_routing needs OpenStack yoga or newer',
  ),
  rule(
    `!${isOn(`${neutron}.extensions.portprober.enabled`)} || ${isFrom('antelope')}`,
    'spec.features.neutron.extensions.portprober needs OpenStack antelope or newer',
  ),
  rule(
    `${isOvn} || !(${given(`${neutron}.tenant_network_types`)} && "geneve" in self.spec.features.neutron.tenant_network_types)`,
    'spec.features.neutron.tenant_network_types: geneve needs the backend ml2/ovn',
  ),
];

/** As `cron` takes it: five fields of numbers, ranges, steps, lists and names, or a macro. */
const cron = '^(@(hourly|daily|weekly|monthly|yearly)|([0-9*,/A-Za-z-]+ +){4}[0-9*,/A-Za-z-]+)$';
const backup = 'features.database.backup';
const cronRule = (path: string): Rule =>
  rule(`!(${given(path)}) || ${at(path)}.matches("${cron}")`, `spec.${path} must be a cron schedule of five fields`);
/** How many back ends of a kind of store are the default. */
const defaultsOf = (kind: string) => {
  const stores = `self.spec.features.glance.backends.${kind}`;
  return `(has(${stores}) ? ${stores}.filter(name, ${stores}[name].?default.orValue(false)).size() : 0)`;
};
const oneDefault = ['cinder', 'rbd', 'file'].map(defaultsOf).join(' + ');
const allHaveConf = (backends: string) =>
  `!(${given(backends)}) || ${at(backends)}.all(name, ${at(backends)}[name].?values.?conf.hasValue())`;
const drivers = 'features.cinder.backup.drivers';
const novaImages = 'features.nova.images';

const storageRules: readonly Rule[] = [
  cronRule(`${backup}.schedule_time`),
  ...['cinder', 'nova', 'glance', 'masakari', 'barbican', 'heat', 'aodh', 'manila', 'horizon'].map((project) =>
    cronRule(`features.database.cleanup.${project}.schedule`),
  ),
  rule(
    `!(${given(drivers)}) || ${at(drivers)}.filter(name, ${at(drivers)}[name].?enabled.orValue(true)).size() <= 1`,
    'spec.features.cinder.backup.drivers: one driver may be enabled',
  ),
  rule(allHaveConf('features.cinder.volume.backends'), 'spec.features.cinder.volume.backends: each needs values.conf'),
  rule(allHaveConf('features.manila.share.backends'), 'spec.features.manila.share.backends: each needs values.conf'),
  rule(
    `!(${given('features.glance.backends')}) || (${oneDefault}) == 1`,
    'spec.features.glance.backends: exactly one must be the default',
  ),
  rule(
    `!${equals(`${backup}.backend`, 'pv_nfs')} || (${given(`${backup}.pv_nfs.server`)} && ${given(`${backup}.pv_nfs.path`)})`,
    'spec.features.database.backup.pv_nfs: the backend pv_nfs needs server and path',
  ),
  rule(
    `!${isOn(`${backup}.sync_remote.enabled`)} || (${given(`${backup}.sync_remote.remotes`)} && ${at(`${backup}.sync_remote.remotes`)}.size() > 0)`,
    'spec.features.database.backup.sync_remote: name at least one of remotes',
  ),
  rule(
    `!${isOn(`${novaImages}.encryption.enabled`)} || ${equals(`${novaImages}.backend`, 'lvm')}`,
    'spec.features.nova.images.encryption works with the backend lvm only',
  ),
  rule(
    `!(${given('features.nova.vcpu_type')}) || self.spec.features.nova.vcpu_type.matches("^[A-Za-z0-9_.,:+-]+$")`,
    'spec.features.nova.vcpu_type: name models of CPUs, separated by commas',
  ),
  rule(
    `!(${given('features.nova.vcpu_type')}) || !self.spec.features.nova.vcpu_type.contains(",") || ${isFrom('train')}`,
    'spec.features.nova.vcpu_type: a list of models needs OpenStack train or newer',
  ),
];

const otherRules: readonly Rule[] = [
  rule(
    `!${isOn('features.keystone.keycloak.enabled')} || (${given('features.keystone.keycloak.url')} && self.spec.features.keystone.keycloak.url != "")`,
    'spec.features.keystone.keycloak.url is needed when keycloak is enabled',
  ),
  rule(
    `!${isOn('features.policies.strict_admin.enabled')} || ${isFrom('caracal')}`,
    'spec.features.policies.strict_admin needs OpenStack caracal or newer',
  ),
  rule(
    `!(${given('migration.ingress.state')}) || self.spec.migration.ingress.state in ["absent", "present"]`,
    'spec.migration.ingress.state must be absent or present',
  ),
  rule(
    `!(${given('nodes')}) || self.spec.nodes.all(key, key.matches("^[^:]+::[^:]+$"))`,
    'spec.nodes: each key must be a node label and its value as label::value',
  ),
];

export const deploymentRules: readonly Rule[] = [
  ...versionRules,
  ...['credentials.admin', 'credentials.service', 'certificates.octavia.amphora'].flatMap(rotationRules),
  ...serviceRules,
  ...networkRules,
  ...storageRules,
  ...otherRules,
];
