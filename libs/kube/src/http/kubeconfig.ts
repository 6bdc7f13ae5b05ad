import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Clock, type Failure, messageOf, terminal } from '@keelson/std';
import { load } from 'js-yaml';
import type { Access } from './access.js';
import { bearer, serverUrl, tokenFromFile } from './credentials.js';
import type { KubeconfigAccess } from './options.js';

type Section = Readonly<Record<string, unknown>>;

/**
 * Reads the chosen context of a kubeconfig. Files it names are read once, a token file again and again. Credential
 * plugins are not run: what stands in a text given to us must not start programs.
 *
 * @throws Failure terminal, reason `BadKubeconfig`
 */
export function readKubeconfig(options: KubeconfigAccess, clock: Clock): Access {
  const config = parse(options.kubeconfig);
  const contextName = options.context ?? textOf(config, 'current-context');
  if (contextName === undefined) throw bad('it names no current-context');
  const context = named(config, 'contexts', 'context', contextName);
  const cluster = named(config, 'clusters', 'cluster', textOf(context, 'cluster') ?? '');
  const userName = textOf(context, 'user');
  const user = userName === undefined ? {} : named(config, 'users', 'user', userName);
  const server = textOf(cluster, 'server');
  if (server === undefined) throw bad(`the cluster of context "${contextName}" has no server`);
  const file = (path: string): string => located(path, options.directory);
  return {
    server: serverUrl(server),
    trust: {
      certificateAuthority: pem(cluster, 'certificate-authority', file),
      clientCertificate: pem(user, 'client-certificate', file),
      clientKey: pem(user, 'client-key', file),
      serverName: textOf(cluster, 'tls-server-name'),
      isInsecure: cluster['insecure-skip-tls-verify'] === true,
    },
    authorization: authorizationOf(user, file, clock),
  };
}

/** Where a kubeconfig leads, without who one is there. */
export interface ServerOfKubeconfig {
  readonly server: string;
  /** PEM; undefined where the system's own authorities are trusted. */
  readonly caPem: string | undefined;
}

/** @throws Failure terminal, reason `BadKubeconfig`; also where it trusts any certificate, which cannot be handed on */
export function serverOf(options: KubeconfigAccess, clock: Clock): ServerOfKubeconfig {
  const { server, trust } = readKubeconfig(options, clock);
  if (trust.isInsecure === true) throw bad('it trusts any certificate: name the authority of the server');
  return { server: server.origin, caPem: trust.certificateAuthority };
}

function authorizationOf(user: Section, file: (path: string) => string, clock: Clock): () => string | undefined {
  const plugin = ['exec', 'auth-provider'].find((member) => user[member] !== undefined);
  if (plugin !== undefined)
    throw bad(
      `its user has "${plugin}", and credential plugins are not supported: use a client certificate, a token or a tokenFile`,
    );
  const path = textOf(user, 'tokenFile');
  if (path !== undefined) return bearer(tokenFromFile(file(path), clock));
  const token = textOf(user, 'token');
  const [name, password] = [textOf(user, 'username'), textOf(user, 'password')];
  if (token === undefined && name !== undefined && password !== undefined) {
    const basic = `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}`;
    return () => basic;
  }
  return bearer(() => token);
}

function parse(text: string): Section {
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch {
    // The parser's message would quote lines of a file that holds keys.
    throw bad('it is no valid YAML');
  }
  if (!isSection(parsed)) throw bad('it is no YAML map');
  return parsed;
}

function named(config: Section, list: string, member: string, name: string): Section {
  const entries = config[list];
  const entry: unknown = Array.isArray(entries)
    ? entries.find((item) => isSection(item) && item['name'] === name)
    : undefined;
  const value = isSection(entry) ? entry[member] : undefined;
  if (!isSection(value)) throw bad(`it has no ${member} "${name}"`);
  return value;
}

/** `<name>-data` in base64, else the file called `<name>`. */
function pem(section: Section, name: string, file: (path: string) => string): string | undefined {
  const data = textOf(section, `${name}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = textOf(section, name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(file(path), 'utf8');
  } catch (cause) {
    throw bad(`its ${name} cannot be read: ${messageOf(cause)}`);
  }
}

function located(path: string, directory: string | undefined): string {
  if (isAbsolute(path)) return path;
  if (directory === undefined) throw bad(`the path "${path}" in it is relative, and nothing says to what`);
  return join(directory, path);
}

function textOf(section: Section, name: string): string | undefined {
  const value = section[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(why: string): Failure {
  return terminal(`the kubeconfig cannot be used: ${why}`, { reason: 'BadKubeconfig' });
}
