import { describe, expect, it } from '@jest/globals';
import type { DaemonSet, Node, OwnerReference, Pod } from '@keelson/api';
import { type NodeReturn, nodeReturnOf } from './node-return.js';

const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { gateway: 'enabled' } } };
const owner = (kind: string, name: string): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid: `uid-${name}`,
  controller: true,
});

interface GivenPod {
  readonly of?: OwnerReference;
  readonly image?: string;
  readonly isReady?: boolean;
  readonly phase?: string;
  readonly isEnding?: boolean;
  readonly hash?: string;
  readonly waits?: string;
}

function aPod(name: string, given: GivenPod = {}): Pod {
  const { of = owner('DaemonSet', 'ovs'), image = 'ovs:2', isReady = true, phase = 'Running', hash = 'h' } = given;
  const state = given.waits === undefined ? {} : { state: { waiting: { reason: given.waits } } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'openstack',
      uid: `uid-${name}`,
      ownerReferences: [of],
      annotations: { 'configmap-etc-hash': hash, 'added by': 'the network' },
      ...(given.isEnding === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'n1', containers: [{ name: 'main', image }] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [{ name: 'main', ...state }],
    },
  };
}

function aDaemonSet(type = 'OnDelete', selector = 'enabled'): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ovs', namespace: 'openstack', uid: 'uid-ovs', generation: 3 },
    spec: {
      updateStrategy: { type },
      template: {
        metadata: { annotations: { 'configmap-etc-hash': 'h' } },
        spec: { nodeSelector: { gateway: selector }, containers: [{ name: 'main', image: 'ovs:2' }] },
      },
    },
  };
}

const seen = (pods: readonly Pod[], set = aDaemonSet(), renewed: readonly string[] = []): NodeReturn =>
  nodeReturnOf({ node, pods, daemonSets: [set], isRenewed: (of) => renewed.includes(of) });
const namesOf = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

describe('a node that comes back', () => {
  it('is there when each of its pods is Ready and of its DaemonSet as it is', () => {
    expect(seen([aPod('a')])).toEqual({ outdated: [], lacking: [], late: [] });
  });

  it('is held by pods that are not Ready, with what they say of it', () => {
    const library = owner('ReplicaSet', 'nova-api-7d');
    const pods = [
      aPod('z', { isReady: false, waits: 'CrashLoopBackOff' }),
      aPod('b', { isReady: false, of: library }),
      aPod('a'),
    ];
    expect(seen(pods).late).toEqual([
      { namespace: 'openstack', name: 'b', owner: 'ReplicaSet nova-api-7d', trouble: undefined },
      {
        namespace: 'openstack',
        name: 'z',
        owner: 'DaemonSet ovs',
        trouble: 'the container main of its pod z does not run: CrashLoopBackOff',
      },
    ]);
  });

  it('is not held by pods of Jobs, that end, that have ended, or whose DaemonSet is not for it any more', () => {
    const pods = [
      aPod('job', { isReady: false, of: owner('Job', 'db-sync') }),
      aPod('ending', { isReady: false, isEnding: true }),
      aPod('evicted', { isReady: false, phase: 'Failed' }),
      aPod('done', { isReady: false, phase: 'Succeeded' }),
      aPod('relabelled', { isReady: false }),
      aPod('orphan', { isReady: false, of: owner('DaemonSet', 'gone') }),
    ];
    expect(seen(pods, aDaemonSet('OnDelete', 'other'))).toEqual({ outdated: [], lacking: [], late: [] });
  });

  it('has pods replaced that run other images or files than their DaemonSet, where that does not do so itself', () => {
    const pods = [aPod('image', { image: 'ovs:1' }), aPod('file', { hash: 'g' }), aPod('same')];
    expect(namesOf(seen(pods).outdated)).toEqual(['file', 'image']);
    expect(seen(pods, aDaemonSet('RollingUpdate')).outdated).toEqual([]);
    expect(seen([aPod('image', { image: 'ovs:1', isEnding: true })]).outdated).toEqual([]);
  });

  it('has each replaced once for what its DaemonSet is: a successor that differs as well is taken as it comes', () => {
    expect(seen([aPod('a', { image: 'mirror/ovs:2' })], aDaemonSet(), ['uid-ovs/3']).outdated).toEqual([]);
    expect(namesOf(seen([aPod('a', { image: 'ovs:1' })], aDaemonSet(), ['uid-ovs/2']).outdated)).toEqual(['a']);
  });

  it('lacks a pod of a DaemonSet whose pod was deleted, until its successor is there', () => {
    expect(seen([]).lacking).toEqual(['ovs']);
    expect(seen([aPod('a', { isEnding: true })]).lacking).toEqual(['ovs']);
    expect(seen([], aDaemonSet('RollingUpdate')).lacking).toEqual([]);
    expect(seen([], aDaemonSet('OnDelete', 'other')).lacking).toEqual([]);
  });
});
