import type { BareMetalHost, IpamHost } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, waitingOn } from '@keelson/reconcile';
import { named, providerSpecOf } from '../membership.js';
import { cloudInitSecretOf } from '../names.js';
import { imageOf, tokenEndsAnnotation } from './machine.agent.js';
import type { MachineWorld } from './machine.observe.js';
import type { MachineStep } from './machine.steps.js';

/** Life of the first token of an agent and the rest of it at which an unused one is replaced. Source: reference, LCMCluster (24 h, 1 h). */
export const tokenSeconds = 86_400;
const tokenRestMs = 3_600_000;

/** Brings the operating system onto the claimed host; undefined once the host is provisioned. */
export function planHost(world: MachineWorld): Plan<MachineStep> | undefined {
  const { host } = world;
  if (host === undefined || isProvisioned(host)) return undefined;
  if (host.spec.image === undefined) return planInstall(world, host);
  if (isTokenWorn(world)) return cloudInitPlan(world, 'the token of its agent ends before the host is installed');
  return { steps: [], outcome: hostOutcome(host) };
}

export function isProvisioned(host: BareMetalHost): boolean {
  return host.spec.image !== undefined && host.status?.provisioning.state === 'provisioned';
}

/** Whether the network of the machine is rendered and accepted. */
export function isNetworkReady(ipamHost: IpamHost | undefined): boolean {
  return (
    ipamHost?.status?.netconfigV2state?.startsWith('OK') === true &&
    ipamHost.status.netconfigFilesState?.startsWith('OK') === true
  );
}

/** True where only an operator's word keeps the host from being installed. */
export function awaitsProvisioning({ machine, host, ipamHost }: MachineWorld): boolean {
  return (
    host?.spec.image === undefined &&
    isNetworkReady(ipamHost) &&
    (providerSpecOf(machine).day1Provisioning ?? 'manual') === 'manual'
  );
}

function planInstall(world: MachineWorld, host: BareMetalHost): Plan<MachineStep> {
  const { machine, ipamHost, missingKeys, release } = world;
  const { namespace, name } = machine.metadata;
  const wait = (outcome: Outcome): Plan<MachineStep> => ({ steps: [], outcome });
  if (!isNetworkReady(ipamHost)) return wait(networkOutcome(world));
  if (awaitsProvisioning(world))
    return wait(
      waitingOn(
        { kind: 'Machine', namespace, name },
        'AwaitsProvisioning',
        'waits for an operator: set spec.providerSpec.value.day1Provisioning to auto',
      ),
    );
  if (missingKeys.length > 0) {
    return wait(
      waitingOn(
        { kind: 'PublicKey', namespace, name: missingKeys[0] ?? '' },
        'PublicKeyMissing',
        `the cluster names PublicKeys that do not exist: ${named(missingKeys)}; make them or take them out of its publicKeys`,
        30,
      ),
    );
  }
  const image = imageOf(world);
  if (image === undefined)
    return wait(
      blockedBy(
        { kind: 'ClusterRelease', name: release?.metadata.name ?? '' },
        'NoImage',
        'the release has no operating system for this machine: see spec.providerSpec.value.distribution',
      ),
    );
  if (world.cloudInit === undefined || isTokenWorn(world)) return cloudInitPlan(world, 'its network is accepted');
  return {
    steps: [{ type: 'install-host', host, image, secret: cloudInitSecretOf(name) }],
    outcome: progressing(`host ${host.metadata.name} is to be installed`),
    why: `host ${host.metadata.name} gets ${image.url.split('/').at(-1) ?? 'its image'}`,
  };
}

function cloudInitPlan({ machine, publicKeys, release }: MachineWorld, why: string): Plan<MachineStep> {
  const sshKeys = publicKeys.map((key) => key.spec.publicKey.trim());
  return {
    steps: [{ type: 'write-cloud-init', machine, basics: { sshKeys, agent: release?.spec.agent } }],
    outcome: progressing('the configuration of its agent is written'),
    why,
  };
}

function isTokenWorn({ cloudInit, now }: MachineWorld): boolean {
  const ends = Date.parse(cloudInit?.metadata.annotations?.[tokenEndsAnnotation] ?? '');
  return cloudInit !== undefined && !(ends - tokenRestMs > now);
}

function networkOutcome({ machine, ipamHost }: MachineWorld): Outcome {
  const { namespace, name } = machine.metadata;
  const reference = { kind: 'IpamHost', namespace, name };
  const { netconfigV2state: rendered, netconfigFilesState: accepted } = ipamHost?.status ?? {};
  const error = [rendered, accepted].find((state) => state?.startsWith('ERR'));
  if (error !== undefined) return waitingOn(reference, 'NetworkFailed', `its network cannot be rendered: ${error}`);
  return waitingOn(
    reference,
    'NetworkPending',
    'waits until its network is rendered and accepted: its IpamHost says how far it is',
  );
}

function hostOutcome(host: BareMetalHost): Outcome {
  const reference = { kind: 'BareMetalHost', namespace: host.metadata.namespace, name: host.metadata.name };
  const { errorMessage } = host.status ?? {};
  if (errorMessage !== undefined && errorMessage !== '')
    return waitingOn(reference, 'HostFailing', `host ${host.metadata.name} does not get on: ${errorMessage}`);
  return waitingOn(reference, 'Provisioning', `host ${host.metadata.name} is being installed`);
}
