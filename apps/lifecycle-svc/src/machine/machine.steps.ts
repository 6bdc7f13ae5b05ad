import {
  type BareMetalHost,
  BareMetalHostKind,
  type Image,
  LCMMachineKind,
  type LCMMachineSpec,
  type Machine,
  MachineKind,
  type ObjectKey,
  RoleBindingKind,
  RoleKind,
  SecretKind,
  ServiceAccountKind,
  annotations,
  apiVersionOf,
  configurationOf,
  finalizers,
  keyOf,
} from '@keelson/api';
import type { StepTable, Writer } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import type { LifecycleConfig } from '../config.js';
import { accountOf, cloudInitSecretOf } from '../names.js';
import {
  type HostBasics,
  agentAccount,
  agentBinding,
  agentRole,
  madeFor,
  metaData,
  tokenEndsAnnotation,
  userData,
} from './machine.agent.js';
import { tokenSeconds } from './machine.host.js';

export type MachineStep =
  | { readonly type: 'hold'; readonly machine: Machine }
  | { readonly type: 'claim-host'; readonly machine: Machine; readonly host: BareMetalHost }
  | { readonly type: 'bind'; readonly machine: Machine; /** `namespace/name`. */ readonly host: string }
  | { readonly type: 'admit-agent'; readonly machine: Machine }
  | { readonly type: 'apply-lcmmachine'; readonly machine: Machine; readonly spec: Partial<LCMMachineSpec> }
  | { readonly type: 'write-cloud-init'; readonly machine: Machine; readonly basics: HostBasics }
  | { readonly type: 'install-host'; readonly host: BareMetalHost; readonly image: Image; readonly secret: string }
  | { readonly type: 'label-node'; readonly cluster: ObjectKey; readonly node: string; readonly patch: object }
  | { readonly type: 'notify-disabled'; readonly cluster: ObjectKey; readonly node: string }
  | { readonly type: 'withdraw-disabled'; readonly cluster: ObjectKey; readonly node: string }
  | { readonly type: 'delete-machine'; readonly machine: Machine }
  | { readonly type: 'remove-lcmmachine'; readonly machine: Machine }
  | { readonly type: 'wipe-host'; readonly host: BareMetalHost }
  | { readonly type: 'delete-node'; readonly cluster: ObjectKey; readonly node: string }
  | { readonly type: 'release-host'; readonly host: BareMetalHost }
  | { readonly type: 'abandon-host'; readonly host: BareMetalHost }
  | { readonly type: 'dismiss-agent'; readonly machine: Machine }
  | { readonly type: 'release'; readonly machine: Machine };

const bare = { image: null, userData: null, metaData: null } as const;

export function machineSteps(children: ChildClusters, config: LifecycleConfig): StepTable<MachineStep> {
  return {
    hold: {
      describe: ({ machine }) => `put the finalizer on machine ${machine.metadata.name}`,
      run: ({ machine }, writer) => writer.addFinalizer(machine, finalizers.machine),
    },
    'claim-host': {
      describe: ({ machine, host }) => `claim host ${host.metadata.name} for machine ${machine.metadata.name}`,
      run: ({ machine, host }, writer) => claim(machine, host, writer),
    },
    bind: {
      describe: ({ machine, host }) => `bind machine ${machine.metadata.name} to host ${host}`,
      run: async ({ machine, host }, writer) => {
        await writer.patch(MachineKind, keyOf(machine), {
          metadata: { annotations: { [annotations.machineHost]: host } },
        });
      },
    },
    'admit-agent': {
      describe: ({ machine }) => `give the agent of ${machine.metadata.name} an account and its rights`,
      run: async ({ machine }, writer) => {
        await writer.apply(ServiceAccountKind, agentAccount(machine), { force: true });
        await writer.apply(RoleKind, agentRole(machine), { force: true });
        await writer.apply(RoleBindingKind, agentBinding(machine), { force: true });
      },
    },
    'apply-lcmmachine': {
      describe: ({ machine, spec }) =>
        `write the LCMMachine ${machine.metadata.name}${spec.prepareDeletion === true ? ', whose node is to leave its cluster' : ''}`,
      run: async ({ machine, spec }, writer) => {
        await writer.apply(
          LCMMachineKind,
          configurationOf(LCMMachineKind, { metadata: madeFor(machine, machine.metadata.name), spec }),
          { force: true },
        );
      },
    },
    'write-cloud-init': {
      describe: ({ machine }) => `write the configuration of the agent of ${machine.metadata.name} with a new token`,
      run: ({ machine, basics }, writer) => writeCloudInit(machine, basics, config, writer),
    },
    'install-host': {
      describe: ({ host, image }) => `install ${image.url} on host ${host.metadata.name}`,
      run: async ({ host, image, secret }, writer) => {
        const reference = { name: secret, namespace: host.metadata.namespace };
        await writer.patch(BareMetalHostKind, keyOf(host), {
          spec: { image, userData: reference, metaData: reference, online: true },
        });
      },
    },
    'label-node': {
      describe: ({ node }) => `label node ${node}`,
      run: ({ cluster, node, patch }) => children.patchNode(cluster, node, patch),
    },
    'notify-disabled': {
      describe: ({ node }) => `tell the workloads that node ${node} is disabled`,
      run: ({ cluster, node }) => children.notifyDisabled(cluster, node),
    },
    'withdraw-disabled': {
      describe: ({ node }) => `tell the workloads that node ${node} is no longer disabled`,
      run: ({ cluster, node }) => children.withdrawDisabled(cluster, node),
    },
    'delete-machine': {
      describe: ({ machine }) =>
        `delete machine ${machine.metadata.name}, as asked for by spec.providerSpec.value.delete`,
      run: ({ machine }, writer) =>
        writer.delete(
          MachineKind,
          keyOf(machine),
          machine.metadata.uid === undefined ? {} : { uid: machine.metadata.uid },
        ),
    },
    'remove-lcmmachine': {
      describe: ({ machine }) => `remove the LCMMachine ${machine.metadata.name}`,
      run: ({ machine }, writer) => writer.delete(LCMMachineKind, keyOf(machine)),
    },
    'wipe-host': {
      describe: ({ host }) => `take the operating system off host ${host.metadata.name}`,
      run: async ({ host }, writer) => {
        await writer.patch(BareMetalHostKind, keyOf(host), { spec: bare });
      },
    },
    'delete-node': {
      describe: ({ node }) => `delete node ${node}`,
      run: ({ cluster, node }) => children.deleteNode(cluster, node),
    },
    'release-host': {
      describe: ({ host }) => `give host ${host.metadata.name} back`,
      run: async ({ host }, writer) => {
        await writer.patch(BareMetalHostKind, keyOf(host), { spec: { consumerRef: null } });
      },
    },
    'abandon-host': {
      describe: ({ host }) => `let go of host ${host.metadata.name} as it is, to be wiped without us`,
      run: ({ host }, writer) => abandon(host, writer),
    },
    'dismiss-agent': {
      describe: ({ machine }) => `take back the account of the agent of ${machine.metadata.name}`,
      run: ({ machine }, writer) => dismiss(machine, writer),
    },
    release: {
      describe: ({ machine }) => `take the finalizer off machine ${machine.metadata.name}`,
      run: ({ machine }, writer) => writer.removeFinalizer(machine, finalizers.machine),
    },
  };
}

/** Only as long as the host is as we saw it: another's claim in between is a conflict. */
async function claim(machine: Machine, host: BareMetalHost, writer: Writer): Promise<void> {
  const { namespace, name, uid } = machine.metadata;
  const consumerRef = { apiVersion: apiVersionOf(MachineKind), kind: MachineKind.kind, namespace, name, uid };
  await writer.patch(BareMetalHostKind, keyOf(host), {
    metadata: { resourceVersion: host.metadata.resourceVersion },
    spec: { consumerRef },
  });
}

/** A host that cannot be written any more must not hold the machine; one whose API is only away is tried again. */
async function abandon(host: BareMetalHost, writer: Writer): Promise<void> {
  try {
    await writer.patch(BareMetalHostKind, keyOf(host), { spec: { ...bare, consumerRef: null } });
  } catch (error) {
    if (!isFailure(error, 'terminal') && !isFailure(error, 'notFound')) throw error;
  }
}

async function writeCloudInit(
  machine: Machine,
  basics: HostBasics,
  config: LifecycleConfig,
  writer: Writer,
): Promise<void> {
  const { namespace, name } = machine.metadata;
  const { token, expirationTimestamp } = await writer.createToken(
    { namespace, name: accountOf(name) },
    { expirationSeconds: tokenSeconds },
  );
  const access = {
    server: config.managementEndpoint,
    ...(config.managementCertificateAuthority === undefined
      ? {}
      : { certificateAuthority: config.managementCertificateAuthority }),
    token,
  };
  const metadata = madeFor(machine, cloudInitSecretOf(name));
  const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  await writer.apply(
    SecretKind,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, annotations: { ...metadata.annotations, [tokenEndsAnnotation]: expirationTimestamp } },
      type: 'Opaque',
      data: { userData: encoded(userData(machine, access, basics)), metaData: encoded(metaData(machine)) },
    },
    { force: true },
  );
}

async function dismiss(machine: Machine, writer: Writer): Promise<void> {
  const { namespace, name } = machine.metadata;
  await writer.delete(SecretKind, { namespace, name: cloudInitSecretOf(name) });
  await writer.delete(RoleBindingKind, { namespace, name: accountOf(name) });
  await writer.delete(RoleKind, { namespace, name: accountOf(name) });
  await writer.delete(ServiceAccountKind, { namespace, name: accountOf(name) });
}
