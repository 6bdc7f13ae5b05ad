import { policedProjects } from '../conventions/api/policies.js';
import { unreadValues } from './raw-values.js';

/**
 * What a spec may say, as the reference has it, and what has no effect here: it belongs to how the reference works
 * inside. It is taken, so that specs work unchanged, and told: to whoever writes it, and as an Event of the cloud.
 */
interface Effectless {
  /** A `*` stands for any member: the sentence names the first that asks for something. */
  readonly path: string;
  /** What does not happen, as the end of a sentence. */
  readonly lacks: string;
}

const effectless: readonly Effectless[] = [
  { path: 'common.*.releases.version', lacks: 'there are no charts that have versions' },
  { path: 'common.*.repo', lacks: 'there are no charts that are fetched' },
  { path: 'common.*.repositories', lacks: 'there are no charts that are fetched' },
];

/** Sentences about members of a spec that change nothing. */
export function withoutEffect(spec: object): readonly string[] {
  return [
    ...unknownPolicies(spec),
    ...unknownAccounts(spec),
    ...idleDelays(spec),
    ...unusedSubnets(spec),
    ...effectless.flatMap((one) => sentences(spec, one)),
    ...unreadValues(spec),
  ];
}

/** Rules of projects that have none. */
function unknownPolicies(spec: object): readonly string[] {
  const names = membersOf(spec, 'features.policies');
  const known: readonly string[] = [...policedProjects, 'strict_admin'];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `spec.features.policies.${name} has no effect: no project ${name} has rules`);
}

/** Of the accounts that come with a cloud the spec has a say in one, and there in its project. */
function unknownAccounts(spec: object): readonly string[] {
  const path = 'features.keystone.users';
  const others = membersOf(spec, path).filter((name) => name !== 'admin');
  const details = membersOf(spec, `${path}.admin`).filter((name) => name !== 'project_name');
  return [...others, ...details.map((name) => `admin.${name}`)].map(
    (name) => `spec.${path}.${name} has no effect: of accounts only admin.project_name is up to the spec`,
  );
}

/** Of every spec that has a timeout: the API server fills it in. */
const usualDelaySeconds = 10;

/** How often workloads are looked at makes no difference. */
function idleDelays(spec: object): readonly string[] {
  return membersAt(spec, 'timeouts.application_readiness.*.delay'.split('.'))
    .filter(([, delay]) => delay !== undefined && delay !== usualDelaySeconds)
    .map(([path]) => `spec.${path.join('.')} has no effect: workloads are watched`);
}

/** Amphorae and health managers meet in one subnet without a gateway; OpenSDN is told of all. */
function unusedSubnets(spec: object): readonly string[] {
  const isOpenSdn = memberOf(spec, 'preset') === 'compute-tf' || backendOf(spec) === 'tungstenfabric';
  const path = 'features.octavia.lb_network.subnets';
  const [, second] = membersOf(spec, path);
  return isOpenSdn || second === undefined
    ? []
    : [`spec.${path}.${second} has no effect: amphorae and their health managers are in the first subnet`];
}

function backendOf(spec: object): unknown {
  return ['features', 'neutron', 'backend'].reduce<unknown>(memberOf, spec);
}

function membersOf(spec: object, path: string): readonly string[] {
  const value = path.split('.').reduce<unknown>(memberOf, spec);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function sentences(spec: object, { path, lacks }: Effectless): readonly string[] {
  const found = membersAt(spec, path.split('.')).find(([, value]) => isSet(value));
  return found === undefined ? [] : [`spec.${found[0].join('.')} has no effect: ${lacks}`];
}

/** What is at a path, each with the path that leads to it. */
function membersAt(value: unknown, path: readonly string[]): readonly (readonly [readonly string[], unknown])[] {
  const [first, ...rest] = path;
  if (first === undefined) return [[[], value]];
  if (typeof value !== 'object' || value === null) return [];
  const names = first === '*' ? Object.keys(value) : [first];
  return names.flatMap((name) =>
    membersAt(memberOf(value, name), rest).map(([below, found]) => [[name, ...below], found] as const),
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined && value !== null;
  return Object.keys(value).length > 0;
}
