import { X509Certificate } from 'node:crypto';
import type { OpenStackDeploymentStatus, Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { secretNameOf } from '../cloud/cloud.js';
import type { Checked } from '../probes/check.js';
import type { Row } from '../probes/rows.js';
import { publicTlsSecret } from '../render/network.js';

/** What is measured of a cloud: read from the cluster's objects, and from what its APIs said when they were asked for its health. */
export interface Figures {
  readonly osdpl: string;
  readonly version: string | undefined;
  readonly state: string | undefined;
  /** Services of the cloud by their state. */
  readonly services: Readonly<Record<string, number>>;
  readonly applications: number;
  /** What is not Ready. */
  readonly ill: readonly { readonly application: string; readonly component: string; readonly status: string }[];
  /** When credentials were last rotated, seconds since 1970, by `admin` and `service`. */
  readonly rotations: Readonly<Record<string, number>>;
  /** When certificates end, seconds since 1970. */
  readonly certificates: Readonly<Record<string, number>>;
  /** Processes as their APIs last told of them, by application. */
  readonly processes: Readonly<Record<string, readonly Row[]>>;
}

/**
 * The figures of a cloud.
 *
 * @param secrets those of its namespace; what is no certificate of it is passed over
 * @param checked what its APIs last said
 */
export function figuresOf(
  { metadata, status }: OpenStackDeploymentStatus,
  secrets: readonly Secret[],
  checked: readonly Checked[] = [],
): Figures {
  const services: Record<string, number> = {};
  for (const { state } of Object.values(status?.services ?? {})) services[state] = (services[state] ?? 0) + 1;
  const health = Object.entries(status?.health ?? {});
  const ill = health.flatMap(([application, components]) =>
    Object.entries(components).flatMap(([component, one]) =>
      one.status === 'Ready' ? [] : [{ application, component, status: one.status }],
    ),
  );
  const rotations = Object.entries(status?.credentials?.rotation ?? {}).flatMap(([type, { timestamp }]) =>
    timestamp === undefined ? [] : [[type, Date.parse(timestamp) / 1000] as const],
  );
  return {
    osdpl: metadata.name,
    version: status?.osdpl?.openstack_version,
    state: status?.osdpl?.state,
    services,
    applications: health.length,
    ill,
    rotations: Object.fromEntries(rotations),
    certificates: Object.fromEntries(secrets.flatMap(certificateEnd)),
    processes: Object.fromEntries(
      checked.flatMap(({ application, processes }) => (processes === undefined ? [] : [[application, processes]])),
    ),
  };
}

function certificateEnd(secret: Secret): readonly (readonly [identifier: string, seconds: number])[] {
  const identifier = identifierOf(secret.metadata.name);
  const pem = textIn(secret, 'tls.crt');
  if (identifier === undefined || pem === undefined) return [];
  try {
    return [[identifier, Date.parse(new X509Certificate(pem).validTo) / 1000]];
  } catch {
    // Whoever serves with it says so; there is nothing to measure.
    return [];
  }
}

/**
 * `keystone_public` for what all public endpoints show, as MOSK's exporter has it, whether the spec brings it or not; of generated
 * ones the name of the credential, such as `octavia_amphora_ca`. Those of a rotation that are not in force are left out.
 */
function identifierOf(name: string): string | undefined {
  if (name === publicTlsSecret) return 'keystone_public';
  const generated = secretNameOf('');
  if (!name.startsWith(generated) || /-(backup|next)$/u.test(name)) return undefined;
  const own = name.slice(generated.length);
  return own === 'public-endpoints' ? undefined : own.replaceAll('-', '_');
}
