import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { configurationOf } from './configuration.js';
import { defineKind, type ObjectOf } from './kind.js';
import { BareMetalHostKind, type BareMetalHost } from './metal3.io/v1alpha1/bare-metal-host.js';
import { MachineKind, type Machine } from './cluster.k8s.io/v1alpha1/machine.js';

const meta = {
  group: 'g.example',
  version: 'v1',
  scope: 'Namespaced',
  owner: 'test',
  description: 'A thing.',
} as const;

const ThingKind = defineKind({
  ...meta,
  kind: 'Thing',
  plural: 'things',
  spec: z.object({ size: z.int(), colour: z.enum(['red', 'blue']).default('red') }),
  status: z.object({ ready: z.boolean() }),
});
const BindingKind = defineKind({ ...meta, kind: 'Binding', plural: 'bindings', root: z.object({ role: z.string() }) });

/** True only when both types are the same; checked by the compiler, not at run time. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(claim: Same<A, B>): Same<A, B> => claim;

describe('defineKind', () => {
  it('carries the types of spec, status and root members', () => {
    same<ObjectOf<typeof ThingKind>['spec'], { size: number; colour: 'red' | 'blue' }>(true);
    same<ObjectOf<typeof ThingKind>['status'], { ready: boolean } | undefined>(true);
    same<ObjectOf<typeof BindingKind>['role'], string>(true);
    same<NonNullable<BareMetalHost['status']>['poweredOn'], boolean>(true);
    same<NonNullable<NonNullable<Machine['spec']['providerSpec']['value']>['day1Provisioning']>, 'auto' | 'manual'>(
      true,
    );
    expect(BindingKind).toMatchObject({
      hasStatus: false,
      singular: 'binding',
      listKind: 'BindingList',
      spec: undefined,
    });
  });

  it('says whether the kind has a status', () => {
    expect([ThingKind.hasStatus, BareMetalHostKind.hasStatus, MachineKind.hasStatus]).toEqual([true, true, true]);
  });
});

describe('configurationOf', () => {
  it('completes an object of which only some fields are claimed', () => {
    const claim = configurationOf(BareMetalHostKind, {
      metadata: { name: 'srv1', namespace: 'demo' },
      spec: { consumerRef: { kind: 'Machine', name: 'm1' } },
    });
    expect(claim).toEqual({
      apiVersion: 'metal3.io/v1alpha1',
      kind: 'BareMetalHost',
      metadata: { name: 'srv1', namespace: 'demo' },
      spec: { consumerRef: { kind: 'Machine', name: 'm1' } },
    });
  });
});
