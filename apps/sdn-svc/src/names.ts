/** Names of what this service makes, reads and exchanges in a MOSK cluster. */

/** Where OpenSDN runs, and what its object is called. */
export const sdnNamespace = 'tf';
export const operatorName = 'openstack-tf';
/** Where OpenStack and OpenSDN tell each other how they are reached. */
export const exchangeNamespace = 'openstack-tf-shared';
/** Where clouds are. */
export const cloudNamespace = 'openstack';
/** Nowhere else are Secrets read or anything written. */
export const sdnNamespaces: readonly string[] = [sdnNamespace, exchangeNamespace, cloudNamespace];
/** OpenStack writes it, OpenSDN reads it. */
export const tfDataSecret = 'tf-data';
/** OpenSDN writes it, OpenStack reads it; found by its label. */
export const ostDataSecret = 'ost-data';
export const ostDataLabel = 'operator.tf.mirantis.com/ost_data_secret';

/** Which objects this service reads, of kinds that a cluster has many of: of the database it is the backup that matters. */
export const sdnObjects = 'application in (mariadb, opensdn, ovs-ovn-migration)';

/** On every object of ours: the TFOperator that it belongs to. */
export const operatorLabel = 'keelson.dev/tf-operator';
/** On Secrets that this service reads or writes, so that it need not read all of a cluster's. */
export const exchangeLabel = 'keelson.dev/sdn-exchange';

/** What of the ConfigMaps and Secrets this service reads. */
export const ourMaps = { namespaces: sdnNamespaces, labelSelector: sdnObjects } as const;
export const ourSecrets = { namespaces: sdnNamespaces, labelSelector: exchangeLabel } as const;

/** Labels of nodes, each with the value `enabled`. */
export const nodeLabels = {
  config: 'tfconfig',
  control: 'tfcontrol',
  webUI: 'tfwebui',
  database: 'tfconfigdb',
  analytics: 'tfanalytics',
  vRouter: 'tfvrouter',
} as const;
export type NodeRole = keyof typeof nodeLabels;

/** What OpenSDN needs at least one node for. */
export const neededRoles = ['database', 'config', 'control', 'vRouter'] as const satisfies readonly NodeRole[];
