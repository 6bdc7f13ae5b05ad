import { apiVersionOf, type KubeObject, OpenStackDeploymentKind } from '@keelson/api';

/** A part of a spec, deep; whatever an operator might write. */
export interface SpecPatch {
  readonly [member: string]: unknown;
}

/** An OpenStackDeployment with what every one needs, and the patch over it. */
export function aDeployment(patch: SpecPatch = {}, name = 'osh'): KubeObject {
  const kind = OpenStackDeploymentKind;
  const spec = merged(
    {
      openstack_version: 'epoxy',
      preset: 'compute',
      size: 'tiny',
      public_domain_name: 'cloud.example.org',
      features: { neutron: { tunnel_interface: 'tenant' }, nova: { live_migration_interface: 'lm' } },
    },
    patch,
  );
  const whole: KubeObject & { spec: unknown } = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, namespace: 'openstack' },
    spec,
  };
  return whole;
}

function merged(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over;
  const names = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in over ? merged(base[name], over[name]) : base[name]]),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
