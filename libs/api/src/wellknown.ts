/** Names that are law: labels, annotations, finalizers and singletons of the management API. */

export const labels = {
  /** `baremetal` on most objects of the management cluster. */
  provider: 'kaas.mirantis.com/provider',
  /** Ignored since 24.1; kept because the column of BareMetalHostProfile shows it. */
  region: 'kaas.mirantis.com/region',
  /** On the KaaSRelease in use. */
  active: 'kaas.mirantis.com/active',
  updateGroup: 'kaas.mirantis.com/update-group',
  /** On BareMetalHostInventory (and copied to BareMetalHost): what a Machine's hostSelector usually names. */
  hostId: 'kaas.mirantis.com/baremetalhost-id',
  defaultHostProfile: 'kaas.mirantis.com/defaultBMHProfile',
  /** On the Kubernetes node: the Machine. */
  machineName: 'kaas.mirantis.com/machine-name',
  clusterName: 'cluster.sigs.k8s.io/cluster-name',
  /** Any value makes a Machine a control-plane node. */
  controlPlane: 'cluster.sigs.k8s.io/control-plane',
  bastionMachine: 'cluster.sigs.k8s.io/bastion-machine',
  ipamUid: 'ipam/UID',
  ipamMac: 'ipam/MAC',
  ipamIp: 'ipam/IP',
  ipamSubnetId: 'ipam/SubnetID',
  ipamDefaultForCluster: 'ipam/DefaultForCluster',
  ipamClusterId: 'ipam/ClusterID',
  ipamHostId: 'ipam/BMHostID',
  ipamIpamHostId: 'ipam/IpamHostID',
  ipamL2TemplateId: 'ipam/L2TemplateID',
  ipamMachineId: 'ipam/MachineID',
  ipamRackRef: 'ipam/RackRef',
  ipamService: 'ipam/SVC',
  /** `keelson` on the Deployments of Keelson's own services. */
  partOf: 'app.kubernetes.io/part-of',
} as const;

/** Prefix of service labels on Subnets. */
export const ipamServiceLabelPrefix = 'ipam/SVC-';

/** Services of Subnets, without the prefix. */
export const ipamServices = { lcm: 'k8s-lcm', loadBalancer: 'LBhost', dhcpRange: 'dhcp-range' } as const;

/** Labels that the controller of Ceph puts on Nodes. */
export const cephNodeLabels = {
  /** With the name of the role behind it, such as `ceph_role_osd`. */
  rolePrefix: 'ceph_role_',
  /** Its daemons may run there; taken off while the node is drained. */
  daemons: 'ceph-daemonset-available-node',
} as const;

export const annotations = {
  /** On Machine: the bound host, `namespace/name`. */
  machineHost: 'metal3.io/BareMetalHost',
  /** On BareMetalHost: its BareMetalHostCredential. */
  hostCredentials: 'kaas.mirantis.com/baremetalhost-credentials-name',
  hostDhcpAddress: 'host.dnsmasqs.metal3.io/address',
  hostPaused: 'baremetalhost.metal3.io/paused',
  hostDetached: 'baremetalhost.metal3.io/detached',
  hostStatus: 'baremetalhost.metal3.io/status',
  hostReboot: 'reboot.metal3.io',
  hostInspect: 'inspect.metal3.io',
  hostHardwareDetails: 'inspect.metal3.io/hardwaredetails',
  machineUid: 'kaas.mirantis.com/uid',
  lcmIndex: 'lcm.mirantis.com/index',
  lcmWasDeployed: 'lcm.mirantis.com/was-deployed',
  lcmWasReady: 'lcm.mirantis.com/was-ready',
  lcmGracefulReboot: 'lcm.mirantis.com/graceful-reboot',
  skipMaintenance: 'skip-maintenance',
  clusterStateReason: 'lcm.mirantis.com/cluster-state-reason',
  /** On Secrets of a cluster: kubeconfig, agentData or deployment. */
  clusterSecretType: 'lcm.mirantis.com/cluster-secret-type',
  clusterSecretCluster: 'lcm.mirantis.com/cluster-name',
  nodeDrained: 'kaas.mirantis.com/lcm-drained',
  /** On Nodes, by the controller of Ceph: the volumes of the drained node are detached and its CSI pods have left. */
  csiDrained: 'kaas.mirantis.com/csi-drained',
  ipamForcedUpdate: 'ipam/ForcedUpdate',
  ipamForcedDeletion: 'ipam/ForcedDeletion',
  /** On releases, by release-svc: who uses it. One that is used cannot be deleted. */
  usedBy: 'keelson.dev/used-by',
  /** On a ClusterRelease, by its publisher: URL of its notes for operators. */
  releaseNotes: 'keelson.dev/release-notes',
  /** On a KaaSRelease that came with the index: whose. */
  fromIndex: 'keelson.dev/from-index',
  /** On a KaaSRelease that the index no longer announces: since when. Nothing new begins with it. */
  pulledBack: 'keelson.dev/pulled-back',
  /** On Deployments of Keelson's services, by release-svc: when it last moved them to another version. */
  rolledAt: 'keelson.dev/rolled-at',
  /** `true` on an UpdateAutoPause: steps of the update begin also while nobody tells alerts. */
  updateWithoutAlerts: 'keelson.dev/update-without-alerts',
  /** Written by `kubectl apply`; holds the whole manifest, secrets included. */
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
} as const;

export const finalizers = {
  cluster: 'cluster.cluster.k8s.io',
  machine: 'machine.cluster.sigs.k8s.io',
  host: 'baremetalhost.metal3.io',
  /** On the Secret with the account of a host's BMC. Source: metal3-io/baremetal-operator, pkg/secretutils. */
  hostSecret: 'baremetalhost.metal3.io/secret',
  ipam: 'finalizer.ipam.mirantis.com',
  gracefulReboot: 'gracefulrebootrequest.kaas.mirantis.com',
  updatePlan: 'clusterupdateplan.kaas.mirantis.com',
} as const;

/** Value of the label `provider`. */
export const bareMetalProvider = 'baremetal';

/** `apiVersion` and `kind` of payloads inside Cluster and Machine. */
export const providerPayloads = {
  apiVersion: 'baremetal.k8s.io/v1alpha1',
  clusterSpec: 'BaremetalClusterProviderSpec',
  clusterStatus: 'BaremetalClusterProviderStatus',
  machineSpec: 'BareMetalMachineProviderSpec',
  machineStatus: 'BareMetalMachineProviderStatus',
} as const;

/** Where the rendered netplan goes on a host. */
export const netplanPath = '/etc/netplan/60-kaas-lcm-netplan.yaml';
