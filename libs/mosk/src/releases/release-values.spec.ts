import { describe, expect, it } from '@jest/globals';
import { type ClusterRelease, type ConfigMap, ConfigMapKind, type KubeObject } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { z } from 'zod';
import { type ChartOfRelease, ReleaseReader, valuesIn } from './release-values.js';

const of: ChartOfRelease<{ tag: string }> = {
  chart: 'an-operator',
  schema: z.object({ tag: z.string() }),
  map: { namespace: 'openstack', name: 'kept' },
};

function aRelease(version: string, values: Record<string, unknown> | undefined): ClusterRelease {
  const release = { name: 'an-operator', namespace: 'n', ...(values === undefined ? {} : { values }) };
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterRelease',
    metadata: { name: `mosk-${version}` },
    spec: { version, helm: { releases: [{ name: 'other', namespace: 'n', values: { tag: 'wrong' } }, release] } },
  };
}

/** A cluster that keeps what it is given, and a management API that counts how often it is asked. */
class Rig {
  kept: ConfigMap | undefined;
  asked = 0;
  now = 0;
  readonly releases: ClusterRelease[] = [];
  readonly #reader = new ReleaseReader((version) => {
    this.asked += 1;
    return Promise.resolve(this.releases.find(({ spec }) => spec.version === version));
  }, of);

  async tag(version: string | undefined): Promise<string | undefined> {
    const get = (kind: { readonly kind: string }): KubeObject | undefined =>
      kind.kind === ConfigMapKind.kind ? this.kept : undefined;
    const reader = { now: this.now, get } as unknown as Reader;
    const { values, toKeep } = await this.#reader.values(reader, version);
    this.kept = toKeep ?? this.kept;
    return values?.tag;
  }
}

describe('what a cluster release says', () => {
  it('is asked for once for each release, kept, and followed to the next', async () => {
    const rig = new Rig();
    rig.releases.push(aRelease('1', { tag: 'a' }), aRelease('2', { tag: 'b' }));
    expect([await rig.tag('1'), await rig.tag('1'), rig.asked]).toEqual(['a', 'a', 1]);
    expect(rig.kept?.data).toEqual({ release: '1', values: '{"tag":"a"}' });
    expect([await rig.tag('2'), rig.asked]).toEqual(['b', 2]);
    expect(rig.kept?.data?.['release']).toBe('2');
  });

  it('holds in a process that comes afterwards, whoever is away', async () => {
    const [before, after] = [new Rig(), new Rig()];
    before.releases.push(aRelease('1', { tag: 'a' }));
    await before.tag('1');
    after.kept = before.kept;
    expect([await after.tag('1'), await after.tag(undefined), after.asked]).toEqual(['a', 'a', 0]);
  });

  it('stays what it was when the release is gone, and is asked for again after a minute', async () => {
    const rig = new Rig();
    rig.releases.push(aRelease('1', { tag: 'a' }));
    await rig.tag('1');
    expect([await rig.tag('2'), await rig.tag('2'), rig.asked]).toEqual(['a', 'a', 2]);
    rig.releases.push(aRelease('2', { tag: 'b' }));
    expect(await rig.tag('2')).toBe('a');
    rig.now = 60_000;
    expect(await rig.tag('2')).toBe('b');
  });

  it('is nothing where no release says anything: then nothing is kept, and none is asked twice', async () => {
    const rig = new Rig();
    rig.releases.push(aRelease('1', undefined));
    expect([await rig.tag('1'), await rig.tag('1'), rig.asked, rig.kept]).toEqual([undefined, undefined, 1, undefined]);
  });

  it('is asked for again where somebody has written over it', async () => {
    const rig = new Rig();
    rig.releases.push(aRelease('1', { tag: 'a' }));
    rig.kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: of.map, data: { release: '1', values: '{"tag":1}' } };
    expect([await rig.tag('1'), rig.asked]).toEqual(['a', 1]);
  });

  it('is refused with the name of the field that is wrong', () => {
    expect(() => valuesIn(aRelease('1', { tag: 7 }), of)).toThrow(
      /^ClusterRelease mosk-1: spec\.helm\.releases\[an-operator\]\.values\.tag: .*string/u,
    );
  });
});
