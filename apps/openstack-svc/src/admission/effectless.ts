import { policedProjects } from '../conventions/policies.js';

/**
 * What a spec may say, as the reference has it, and what has no effect here yet. It is taken, so that specs work unchanged,
 * and told: to whoever writes it, and as an Event of the cloud.
 */
interface Effectless {
  readonly path: string;
  /** What does not happen, as the end of a sentence. */
  readonly lacks: string;
  /** Only these values ask for something; anything that is set unless given. */
  readonly asks?: unknown;
}

const effectless: readonly Effectless[] = [
  {
    path: 'features.policies.strict_admin.enabled',
    asks: true,
    lacks: 'the administrator of one project is the administrator of all',
  },
  { path: 'features.logging.cadf.enabled', asks: true, lacks: 'no audit events are written' },
  { path: 'features.messaging.notifications.external.enabled', asks: true, lacks: 'no topic is offered outside' },
  { path: 'features.horizon.motd', lacks: 'the dashboard shows no message' },
  {
    path: 'features.keystone.federation.openid.enabled',
    asks: true,
    lacks: 'nobody signs in through it; keycloak works',
  },
  { path: 'features.neutron.baremetal.ngs', lacks: 'no switch is configured' },
  { path: 'features.neutron.ipsec.enabled', asks: true, lacks: 'tunnels are not encrypted' },
  { path: 'features.neutron.extensions.portprober.enabled', asks: true, lacks: 'no port is probed' },
  { path: 'features.ironic.console.serial.enabled', asks: true, lacks: 'servers have no serial console' },
  { path: 'features.telemetry.mode', lacks: 'telemetry is as the services of the spec make it' },
];

/** Sentences about members of a spec that change nothing. */
export function withoutEffect(spec: object): readonly string[] {
  return [...unknownPolicies(spec), ...effectless.flatMap((one) => sentences(spec, one))];
}

/** Rules of projects that have none. */
function unknownPolicies(spec: object): readonly string[] {
  const policies = 'features.policies'.split('.').reduce<unknown>(memberOf, spec);
  const names = typeof policies === 'object' && policies !== null ? Object.keys(policies) : [];
  const known: readonly string[] = [...policedProjects, 'strict_admin'];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `spec.features.policies.${name} has no effect: no project ${name} has rules`);
}

function sentences(spec: object, { path, lacks, asks }: Effectless): readonly string[] {
  const value = path.split('.').reduce<unknown>(memberOf, spec);
  const isAsked = asks === undefined ? isSet(value) : value === asks;
  return isAsked ? [`spec.${path} has no effect yet: ${lacks}`] : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined && value !== null;
  return Object.keys(value).length > 0;
}

/** Kinds that are stored and that nothing acts on. */
export const idleKinds: Readonly<Record<string, string>> = {
  DRBConfig: 'nothing acts on a DRBConfig yet: instances are not balanced by their load',
  OpenStackDeploymentSecret:
    'nothing reads an OpenStackDeploymentSecret: name Secrets in the OpenStackDeployment by value_from',
};
