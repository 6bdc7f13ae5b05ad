import type { SubjectPermissions } from './grants.js';

/** A user of the server. Passwords end up in the file as they are: it must be readable by the server alone. */
export type NatsUser = { readonly permissions: SubjectPermissions } & (
  | { readonly user: string; readonly password: string }
  /** Public nkey, `U…`; its seed stays with the client. */
  | { readonly nkey: string }
);

export interface NatsServerConfig {
  readonly serverName?: string;
  /** Address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  readonly port: number;
  /** Folder of JetStream. */
  readonly storeDir: string;
  /** Most bytes of all streams on disk; 4 GiB unless given. */
  readonly maxStoreBytes?: number;
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    /** With it, clients must show a certificate of this authority. */
    readonly clientCaFile?: string;
  };
  readonly users: readonly NatsUser[];
}

/** The configuration file of a nats-server (2.9 and newer) on which each user may do only what its permissions say. */
export function natsServerConfig(config: NatsServerConfig): string {
  const { host = '127.0.0.1', maxStoreBytes = 4 * 1024 ** 3 } = config;
  return [
    `server_name: ${quoted(config.serverName ?? 'keelson')}`,
    `listen: ${quoted(`${host}:${config.port}`)}`,
    'max_payload: 1048576',
    'max_connections: 1024',
    'write_deadline: "10s"',
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "5s"',
    'jetstream {',
    `  store_dir: ${quoted(config.storeDir)}`,
    '  max_memory_store: 67108864',
    `  max_file_store: ${maxStoreBytes}`,
    '}',
    ...tlsBlock(config.tls),
    'authorization {',
    '  timeout: 5',
    '  users: [',
    ...config.users.flatMap((user) => userBlock(user).map((line) => `    ${line}`)),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function tlsBlock(tls: NatsServerConfig['tls']): string[] {
  if (tls === undefined) return [];
  return [
    'tls {',
    `  cert_file: ${quoted(tls.certFile)}`,
    `  key_file: ${quoted(tls.keyFile)}`,
    ...(tls.clientCaFile === undefined ? [] : [`  ca_file: ${quoted(tls.clientCaFile)}`, '  verify: true']),
    '  timeout: 5',
    '}',
  ];
}

function userBlock(user: NatsUser): string[] {
  const { publish, subscribe, answersWithinSeconds } = user.permissions;
  const who =
    'nkey' in user
      ? [`nkey: ${quoted(user.nkey)}`]
      : [`user: ${quoted(user.user)}`, `password: ${quoted(user.password)}`];
  return [
    '{',
    ...who.map((line) => `  ${line}`),
    '  permissions {',
    ...listBlock('publish', publish),
    ...listBlock('subscribe', subscribe),
    ...(answersWithinSeconds === undefined
      ? []
      : [`    allow_responses: { max: 1, expires: ${quoted(`${answersWithinSeconds}s`)} }`]),
    '  }',
    '}',
  ];
}

function listBlock(name: string, subjects: readonly string[]): string[] {
  return [
    `    ${name}: {`,
    '      allow: [',
    ...subjects.map((subject) => `        ${quoted(subject)}`),
    '      ]',
    '    }',
  ];
}

/** The file's strings are JSON's as far as we use them. Control characters have no place in any of them. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- the very thing that is refused
  if (/[\u0000-\u001f]/.test(text))
    throw new RangeError('a value for the NATS configuration holds a control character');
  return JSON.stringify(text);
}
