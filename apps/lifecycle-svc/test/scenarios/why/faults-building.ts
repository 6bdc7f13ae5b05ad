import { BareMetalHostKind, IPaddrKind, IpamHostKind, type KubeObject, SecretKind } from '@keelson/api';
import { aCluster, aMachine, aSubnet, namespace } from '../rack/rack.js';
import { type Fault, failing, hostError, control, with_, brokenRelease } from './fault.js';

/** What keeps a cluster from becoming ready, or makes it unready. */
export const buildingFaults: readonly Fault[] = [
  { name: 'a worker’s host is dead', act: (rack) => rack.cut('srv-2'), cause: { kind: 'Agent', name: 'wk-1' } },
  {
    name: 'the only control-plane host is dead',
    act: (rack) => rack.cut('srv-1'),
    cause: { kind: 'Agent', name: 'cp-1' },
  },
  { name: 'a prepare item fails', before: failing('wk-1/prepare-kernel'), cause: { kind: 'Agent', name: 'wk-1' } },
  {
    name: 'a deploy item fails on the control plane',
    before: failing('cp-1/deploy-kubernetes'),
    cause: { kind: 'Agent', name: 'cp-1' },
  },
  {
    name: 'a deploy item fails on a worker',
    before: failing('wk-1/deploy-kubernetes'),
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a reconfigure item fails',
    before: failing('wk-1/reconfigure-registries'),
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'deployment waits for an operator',
    given: with_({ day1Deployment: 'manual' }),
    cause: { kind: 'Machine', name: 'wk-1' },
  },
  {
    name: 'provisioning waits for an operator',
    given: with_({ day1Provisioning: 'manual' }),
    cause: { kind: 'Machine', name: 'wk-1' },
  },
  {
    name: 'no host matches',
    given: [aSubnet(), aCluster(), control, aMachine('wk-1', 9)],
    cause: { kind: 'BareMetalHostInventory' },
  },
  {
    name: 'the host is another machine’s',
    given: [aSubnet(), aCluster(), control, aMachine('wk-1', 1)],
    cause: { kind: 'Machine', name: 'cp-1' },
  },
  {
    name: 'the release does not exist',
    given: with_({}, { release: 'mosk-99' }),
    cause: { kind: 'ClusterRelease', name: 'mosk-99' },
  },
  { name: 'no subnet gives the address', given: [aCluster(), control], cause: { kind: 'Subnet' } },
  {
    name: 'the address is refused',
    before: async (rack) => {
      await rack.world.apply({
        apiVersion: 'ipam.mirantis.com/v1alpha1',
        kind: 'IPaddr',
        metadata: { name: 'first-api', namespace },
        spec: { subnetRef: 'api' },
      } as KubeObject);
      await rack.world.report(
        IPaddrKind,
        { namespace, name: 'first-api' },
        { phase: 'Failed', reason: 'the subnet is full' },
      );
    },
    cause: { kind: 'IPaddr', name: 'first-api' },
  },
  { name: 'there are no machines', given: [aSubnet(), aCluster()], cause: { kind: 'Machine' } },
  {
    name: 'a public key is missing',
    given: with_({}, { publicKeys: [{ name: 'ops' }] }),
    cause: { kind: 'PublicKey', name: 'ops' },
  },
  { name: 'a BMC refuses the password', act: hostError, cause: { kind: 'BareMetalHost', name: 'srv-2' } },
  {
    name: 'a host is switched off',
    act: (rack) => rack.world.report(BareMetalHostKind, { namespace, name: 'srv-2' }, { poweredOn: false }),
    cause: { kind: 'BareMetalHost', name: 'srv-2' },
  },
  {
    name: 'the network cannot be rendered',
    before: async (rack) => {
      await rack.world.apply({
        apiVersion: 'ipam.mirantis.com/v1alpha1',
        kind: 'IpamHost',
        metadata: { name: 'wk-1', namespace },
        spec: {},
      } as KubeObject);
      await rack.world.report(
        IpamHostKind,
        { namespace, name: 'wk-1' },
        { netconfigV2state: 'ERR: no such interface' },
      );
    },
    cause: { kind: 'IpamHost', name: 'wk-1' },
  },
  {
    name: 'an item of the release cannot be rendered',
    before: (rack) => rack.world.apply(brokenRelease()),
    given: with_({}, { release: 'mosk-broken' }),
    cause: { kind: 'ClusterRelease' },
  },
  {
    name: 'the certificate authority is lost',
    act: (rack) => rack.world.api.delete(SecretKind, { namespace, name: 'first-ca' }),
    cause: { kind: 'Secret', name: 'first-ca' },
  },
];
