import { ClusterKind } from './cluster.k8s.io/v1alpha1/cluster.js';
import { MachineKind } from './cluster.k8s.io/v1alpha1/machine.js';
import { IPaddrKind } from './ipam.mirantis.com/v1alpha1/ipaddr.js';
import { IpamHostKind } from './ipam.mirantis.com/v1alpha1/ipam-host.js';
import { L2TemplateKind } from './ipam.mirantis.com/v1alpha1/l2-template.js';
import { MultiRackClusterKind, RackKind } from './ipam.mirantis.com/v1alpha1/multi-rack.js';
import { SubnetKind } from './ipam.mirantis.com/v1alpha1/subnet.js';
import { BareMetalHostCredentialKind } from './kaas.mirantis.com/v1alpha1/bare-metal-host-credential.js';
import { BareMetalHostInventoryKind } from './kaas.mirantis.com/v1alpha1/bare-metal-host-inventory.js';
import { ClusterDeploymentStatusKind } from './kaas.mirantis.com/v1alpha1/cluster-deployment-status.js';
import { ClusterReleaseKind } from './kaas.mirantis.com/v1alpha1/cluster-release.js';
import { ClusterUpdatePlanKind } from './kaas.mirantis.com/v1alpha1/cluster-update-plan.js';
import { ContainerRegistryKind } from './kaas.mirantis.com/v1alpha1/container-registry.js';
import { KaaSReleaseKind } from './kaas.mirantis.com/v1alpha1/kaas-release.js';
import { LicenseKind } from './kaas.mirantis.com/v1alpha1/license.js';
import { MCCUpgradeKind } from './kaas.mirantis.com/v1alpha1/mcc-upgrade.js';
import { MetalLBConfigKind } from './kaas.mirantis.com/v1alpha1/metallb-config.js';
import { PublicKeyKind } from './kaas.mirantis.com/v1alpha1/public-key.js';
import { UnsupportedClustersKind } from './kaas.mirantis.com/v1alpha1/unsupported-clusters.js';
import { UpdateAutoPauseKind } from './kaas.mirantis.com/v1alpha1/update-auto-pause.js';
import { GracefulRebootRequestKind } from './kaas.mirantis.com/v1alpha1/graceful-reboot-request.js';
import { UpdateGroupKind } from './kaas.mirantis.com/v1alpha1/update-group.js';
import { ClusterUpgradeStatusKind, MachineUpgradeStatusKind } from './kaas.mirantis.com/v1alpha1/upgrade-status.js';
import { NodeOutageKind } from './keelson.dev/v1alpha1/node-outage.js';
import type { KindDeclaration } from './kind.js';
import { HelmBundleKind } from './lcm.mirantis.com/v1alpha1/helm-bundle.js';
import { LCMClusterKind } from './lcm.mirantis.com/v1alpha1/lcm-cluster.js';
import { LCMClusterStateKind } from './lcm.mirantis.com/v1alpha1/lcm-cluster-state.js';
import { LCMMachineKind } from './lcm.mirantis.com/v1alpha1/lcm-machine.js';
import {
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  NodeDeletionRequestKind,
  NodeDisableNotificationKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
} from './lcm.mirantis.com/v1alpha1/maintenance.js';
import {
  LCMClusterUpgradeStatusKind,
  LCMMachineUpgradeStatusKind,
} from './lcm.mirantis.com/v1alpha1/upgrade-status.js';
import { OpenStackDeploymentKind } from './lcm.mirantis.com/v1alpha1/openstack/deployment.js';
import { OpenStackDeploymentStatusKind } from './lcm.mirantis.com/v1alpha1/openstack/deployment-status.js';
import { DRBConfigKind } from './lcm.mirantis.com/v1alpha1/openstack/drb-config.js';
import { OpenStackDeploymentSecretKind } from './lcm.mirantis.com/v1alpha1/openstack/others.js';
import { BareMetalHostKind } from './metal3.io/v1alpha1/bare-metal-host.js';
import { BareMetalHostProfileKind } from './metal3.io/v1alpha1/bare-metal-host-profile.js';
import { HardwareDataKind } from './metal3.io/v1alpha1/hardware-data.js';
import { tfPartKinds } from './tf.mirantis.com/v1alpha1/parts.js';
import { TFOperatorKind } from './tf.mirantis.com/v2/tf-operator.js';

/** Kinds of a MOSK cluster's own API (and of the management cluster for itself). */
export const clusterSideKinds: readonly KindDeclaration[] = [
  ClusterMaintenanceRequestKind,
  NodeMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  NodeWorkloadLockKind,
  NodeDeletionRequestKind,
  NodeDisableNotificationKind,
  HelmBundleKind,
];

/** Kinds of an OpenStack cloud, in the API of the MOSK cluster that carries it. */
export const openstackKinds: readonly KindDeclaration[] = [
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  OpenStackDeploymentSecretKind,
  DRBConfigKind,
  NodeOutageKind,
];

/** Kinds of OpenSDN, in the API of the MOSK cluster that has it. */
export const sdnKinds: readonly KindDeclaration[] = [TFOperatorKind, ...tfPartKinds];

/** Every declared kind, in the order of groups and kinds. CRDs and reference pages are generated from this list. */
export const allKinds: readonly KindDeclaration[] = [
  ClusterKind,
  MachineKind,
  IPaddrKind,
  IpamHostKind,
  L2TemplateKind,
  MultiRackClusterKind,
  RackKind,
  SubnetKind,
  BareMetalHostCredentialKind,
  BareMetalHostInventoryKind,
  ClusterDeploymentStatusKind,
  ClusterReleaseKind,
  ClusterUpdatePlanKind,
  ContainerRegistryKind,
  KaaSReleaseKind,
  LicenseKind,
  MCCUpgradeKind,
  MetalLBConfigKind,
  PublicKeyKind,
  UnsupportedClustersKind,
  UpdateAutoPauseKind,
  GracefulRebootRequestKind,
  UpdateGroupKind,
  ClusterUpgradeStatusKind,
  MachineUpgradeStatusKind,
  ...clusterSideKinds,
  ...openstackKinds,
  LCMClusterKind,
  LCMClusterStateKind,
  LCMClusterUpgradeStatusKind,
  LCMMachineKind,
  LCMMachineUpgradeStatusKind,
  BareMetalHostKind,
  BareMetalHostProfileKind,
  HardwareDataKind,
  ...sdnKinds,
];
