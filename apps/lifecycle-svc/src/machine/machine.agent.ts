import {
  type AgentConfig,
  type BareMetalHostSpec,
  LCMMachineKind,
  type LCMMachineSpec,
  LeaseKind,
  type Machine,
  type ObjectMeta,
  type PolicyRule,
  type Role,
  type RoleBinding,
  type ServiceAccount,
  annotations,
  apiVersionOf,
  bareMetalProvider,
  labels,
} from '@keelson/api';
import { dump } from 'js-yaml';
import { clusterNameOf, isDisabled, providerSpecOf } from '../membership.js';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { accountOf, deploymentSecretOf, instanceNameOf } from '../names.js';
import { isMaintenanceOn } from './machine.maintenance.js';
import type { MachineWorld } from './machine.observe.js';

/** What is made for the agent of a machine: its account, its rights, its LCMMachine, its configuration on the drive. */

/** The least rights an agent works with. Source: libs/agent/README.md. */
export function agentRules(machine: Machine): PolicyRule[] {
  const { name } = machine.metadata;
  return [
    {
      apiGroups: [LCMMachineKind.group],
      resources: ['lcmmachines'],
      resourceNames: [name],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: [LCMMachineKind.group],
      resources: ['lcmmachines/status'],
      resourceNames: [name],
      verbs: ['get', 'patch'],
    },
    { apiGroups: [LeaseKind.group], resources: ['leases'], resourceNames: [name], verbs: ['get', 'patch', 'update'] },
    { apiGroups: [LeaseKind.group], resources: ['leases'], verbs: ['create'] },
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: [
        deploymentSecretOf(
          clusterNameOf(machine) ?? '',
          machine.metadata.labels?.[labels.controlPlane] === undefined ? 'worker' : 'control',
        ),
      ],
      verbs: ['get'],
    },
    { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [accountOf(name)], verbs: ['create'] },
  ];
}

/** The same on all machines: who gives rights must have them. */
export const agentRights: readonly PolicyRule[] = [
  { apiGroups: [LCMMachineKind.group], resources: ['lcmmachines'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [LCMMachineKind.group], resources: ['lcmmachines/status'], verbs: ['get', 'patch'] },
  { apiGroups: [LeaseKind.group], resources: ['leases'], verbs: ['create', 'get', 'patch', 'update'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
];

export function agentAccount(machine: Machine): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: madeFor(machine, accountOf(machine.metadata.name)),
    automountServiceAccountToken: false,
  };
}

export function agentRole(machine: Machine): Role {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: madeFor(machine, accountOf(machine.metadata.name)),
    rules: agentRules(machine),
  };
}

export function agentBinding(machine: Machine): RoleBinding {
  const name = accountOf(machine.metadata.name);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: madeFor(machine, name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [
      {
        kind: 'ServiceAccount',
        name,
        ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
      },
    ],
  };
}

/** The Machine's part of its LCMMachine's spec: who it is. Its items, and the release and the agent that go with them, come from the reconciler of LCMMachine. */
export function lcmMachineSpec(
  { machine, part, clusterName, cluster, lcmMachine, release, publicKeys, control }: MachineWorld,
  prepareDeletion: boolean,
): Partial<LCMMachineSpec> {
  // A host keeps the operating system it was installed with, whatever a newer release would give.
  const installed = isReleased(lcmMachine) ? lcmMachine?.spec.distribution : undefined;
  const distribution = installed ?? distributionOf({ machine, release })?.id;
  return {
    clusterName: clusterName ?? '',
    type: part,
    serviceAccount: accountOf(machine.metadata.name),
    deploymentSecretName: deploymentSecretOf(clusterName ?? '', part),
    sshAuthorizedKeys: publicKeys.map((key) => key.spec.publicKey.trim()),
    haltAgent: isDisabled(machine),
    prepareDeletion,
    maintenance: isMaintenanceOn({ machine, cluster, lcmMachine, control }),
    ...(release?.spec.lcmType === undefined ? {} : { lcmType: release.spec.lcmType }),
    ...(distribution === undefined ? {} : { distribution }),
  };
}

/** The operating system: the one named, else the release's default, else its first. */
export function distributionOf({ machine, release }: Pick<MachineWorld, 'machine' | 'release'>) {
  const allowed = release?.spec.allowedDistributions ?? [];
  const wanted = providerSpecOf(machine).distribution;
  return wanted === undefined
    ? (allowed.find((one) => one.default === true) ?? allowed[0])
    : allowed.find((one) => one.id === wanted);
}

/** The image to install; undefined when the release has none for this machine. */
export function imageOf(world: Pick<MachineWorld, 'machine' | 'release'>): BareMetalHostSpec['image'] | undefined {
  const own = providerSpecOf(world.machine).image;
  const image = own?.url === undefined ? distributionOf(world)?.image : { url: own.url, checksum: own.checksum ?? '' };
  if (image === undefined) return undefined;
  const [algorithm, hex] =
    image.checksum.includes(':') && !image.checksum.includes('//')
      ? image.checksum.split(':')
      : [undefined, image.checksum];
  const type = (['md5', 'sha256', 'sha512'] as const).find((one) => one === algorithm);
  return {
    url: image.url,
    ...(hex === undefined || hex === '' ? {} : { checksum: hex }),
    ...(type === undefined ? {} : { checksumType: type }),
  };
}

export interface AgentAccess {
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly token: string;
}

/** What a host is installed with beside its operating system. */
export interface HostBasics {
  readonly sshKeys: readonly string[];
  /** The agent of the release: with it the host begins, without going over to it later. */
  readonly agent: AgentConfig | undefined;
}

/** cloud-config: who may log in, and the agent's configuration with its first token. */
export function userData(machine: Machine, access: AgentAccess, { sshKeys, agent: wanted }: HostBasics): string {
  const { version, downloadURL, sha256 } = wanted ?? {};
  const isKnown = version !== undefined && downloadURL !== undefined && sha256 !== undefined;
  const agent = {
    ...access,
    namespace: machine.metadata.namespace ?? '',
    machine: machine.metadata.name,
    ...(isKnown ? { agent: { version, downloadURL, sha256 } } : {}),
  };
  const config = {
    users: [
      { name: 'mcc-user', sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash', ssh_authorized_keys: [...sshKeys] },
    ],
    write_files: [
      { path: '/etc/keelson/agent.json', owner: 'root:root', permissions: '0600', content: JSON.stringify(agent) },
    ],
  };
  return `#cloud-config\n${dump(config, { lineWidth: -1 })}`;
}

export function metaData(machine: Machine): string {
  return dump({ 'local-hostname': instanceNameOf(machine) });
}

/** When the token in a cloud-init Secret ends. */
export const tokenEndsAnnotation = 'keelson.dev/token-ends';

/** Metadata of what belongs to a machine: found by its labels, collected with it. */
export function madeFor(machine: Machine, name: string): ObjectMeta {
  const { namespace, uid } = machine.metadata;
  const cluster = clusterNameOf(machine);
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: {
      [labels.provider]: bareMetalProvider,
      ...(cluster === undefined ? {} : { [labels.clusterName]: cluster }),
    },
    annotations: { [annotations.machineUid]: uid ?? '' },
    ...(uid === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: apiVersionOf({ group: 'cluster.k8s.io', version: 'v1alpha1' }),
              kind: 'Machine',
              name: machine.metadata.name,
              uid,
            },
          ],
        }),
  };
}
