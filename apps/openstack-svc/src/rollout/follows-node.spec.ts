import { describe, expect, it } from '@jest/globals';
import type { DaemonSet } from '@keelson/api';
import { appliedDigest, digestAnnotation } from '@keelson/mosk';
import { followsNodeAnnotation } from '../names.js';
import { followingNode } from './follows-node.js';

interface Given {
  readonly image?: string;
  readonly mark?: string;
  readonly env?: string;
  readonly strategy?: 'RollingUpdate' | 'OnDelete';
  readonly isMarked?: boolean;
  /** How many of three pods are of the newest template. */
  readonly updated?: number;
}

function aSwitch({
  image = 'ovs:1',
  mark = 'a',
  env = '',
  strategy = 'RollingUpdate',
  isMarked = true,
  updated = 3,
}: Given): DaemonSet {
  const containers = [{ name: 'vswitchd', image, env: [{ name: 'OTHER_CONFIG', value: env }] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'openvswitch',
      annotations: { ...(isMarked ? { [followsNodeAnnotation]: mark } : {}), [digestAnnotation]: `${image} ${mark}` },
    },
    spec: { updateStrategy: { type: strategy }, template: { spec: { containers } } },
    status: { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: updated },
  };
}
const strategy = (wanted: Given, live: Given | undefined, isUpgrading = false): string | undefined => {
  const applied: DaemonSet = followingNode(aSwitch(wanted), live && aSwitch(live), isUpgrading);
  return applied.spec?.updateStrategy?.type;
};
const newImage = { image: 'ovs:2' };

describe('a DaemonSet that follows its nodes', () => {
  it('rolls where it is new and where nothing is changed', () => {
    expect([strategy({}, undefined), strategy({}, {})]).toEqual(['RollingUpdate', 'RollingUpdate']);
  });

  it('keeps its pods when only images change, and until something else does', () => {
    expect(strategy(newImage, {})).toBe('OnDelete');
    expect(strategy(newImage, { ...newImage, strategy: 'OnDelete' })).toBe('OnDelete');
    expect(strategy({ image: 'ovs:3' }, { ...newImage, strategy: 'OnDelete' })).toBe('OnDelete');
  });

  it('rolls again for any other change, with images or without', () => {
    const held = { ...newImage, strategy: 'OnDelete' } as const;
    expect(strategy({ ...newImage, env: 'dpdk', mark: 'b' }, held)).toBe('RollingUpdate');
    expect(strategy({ image: 'ovs:3', mark: 'b' }, held)).toBe('RollingUpdate');
  });

  it('ends a roll with the images that it began with before it is held with others', () => {
    const rolling = aSwitch({ updated: 2 });
    const wanted: DaemonSet = followingNode(aSwitch(newImage), rolling, false);
    expect([wanted.spec, appliedDigest(wanted)]).toEqual([rolling.spec, appliedDigest(rolling)]);
    expect(strategy(newImage, { updated: 3 })).toBe('OnDelete');
    expect(strategy(newImage, { ...newImage, strategy: 'OnDelete', updated: 0 })).toBe('OnDelete');
  });

  it('rolls what somebody has written into its live template away', () => {
    expect(strategy(newImage, { env: 'by hand' })).toBe('RollingUpdate');
  });

  it('rolls in an upgrade of OpenStack, also what was held until then', () => {
    expect(strategy(newImage, {}, true)).toBe('RollingUpdate');
    expect(strategy(newImage, { ...newImage, strategy: 'OnDelete' }, true)).toBe('RollingUpdate');
  });

  it('is a case of its own: others roll, and those of a Keelson that did not mark them', () => {
    expect(strategy({ ...newImage, isMarked: false }, { isMarked: false })).toBe('RollingUpdate');
    expect(strategy(newImage, { isMarked: false })).toBe('RollingUpdate');
  });

  it('carries another digest while it is held, the same at every look', () => {
    const held = followingNode(aSwitch(newImage), aSwitch({}), false);
    expect(appliedDigest(held)).not.toBe(appliedDigest(aSwitch(newImage)));
    expect(appliedDigest(followingNode(aSwitch(newImage), held, false))).toBe(appliedDigest(held));
  });
});
