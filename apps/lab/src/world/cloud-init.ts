import { messageOf, readIso9660, terminal } from '@keelson/std';
import { load } from 'js-yaml';

/** What a configuration drive tells the host (cloud-init, data source NoCloud). */
export interface HostConfiguration {
  readonly instanceId: string;
  readonly hostname: string;
  readonly callbackUrl: string;
  readonly callbackToken: string;
  /** The address under which the cluster will know the host. */
  readonly internalIP: string | undefined;
  /** `/etc/keelson/agent.json` as user-data writes it. */
  readonly agentJson: string | undefined;
}

const agentPath = '/etc/keelson/agent.json';

/**
 * Reads a configuration drive.
 *
 * @throws Failure terminal, reason `BadConfigurationDrive`, saying what is wrong with it
 */
export function readConfigurationDrive(bytes: Uint8Array): HostConfiguration {
  const { volumeId, files } = opened(bytes);
  if (volumeId.toLowerCase() !== 'cidata') throw bad(`its volume is called ${volumeId}, not cidata`);
  const meta = mapOf(yamlOf(files, 'meta-data'));
  const hostname = textOf(meta, 'local-hostname') ?? textOf(meta, 'instance-id');
  const required = (name: string): string => {
    const value = textOf(meta, name);
    if (value === undefined) throw bad(`meta-data has no ${name}`);
    return value;
  };
  return {
    instanceId: required('instance-id'),
    hostname: hostname ?? 'localhost',
    callbackUrl: required('keelson-callback-url'),
    callbackToken: required('keelson-callback-token'),
    internalIP: internalAddress(mapOf(yamlOf(files, 'network-config'))),
    agentJson: writtenFile(mapOf(yamlOf(files, 'user-data')), agentPath),
  };
}

/**
 * The address of the interface with the default route, else the first address of all. Network configuration version 2,
 * which is netplan's own; cloud-init takes it with and without the outer `network` member.
 */
export function internalAddress(configuration: Map): string | undefined {
  const network = 'network' in configuration ? mapOf(configuration['network']) : configuration;
  const links = ['ethernets', 'bonds', 'bridges', 'vlans'].flatMap((sort) =>
    Object.values(mapOf(network[sort])).map(mapOf),
  );
  const addressed = links.filter((link) => addressesOf(link).length > 0);
  const chosen = addressed.find(hasDefaultRoute) ?? addressed[0];
  return chosen === undefined ? undefined : addressesOf(chosen)[0]?.split('/')[0];
}

/** The content of a file that cloud-config's `write_files` makes. */
function writtenFile(userData: Map, path: string): string | undefined {
  const entries = userData['write_files'];
  const entry = Array.isArray(entries) ? entries.map(mapOf).find((candidate) => candidate['path'] === path) : undefined;
  const content = entry === undefined ? undefined : textOf(entry, 'content');
  if (entry === undefined || content === undefined) return undefined;
  const encoding = textOf(entry, 'encoding') ?? 'text/plain';
  return ['b64', 'base64'].includes(encoding) ? Buffer.from(content, 'base64').toString('utf8') : content;
}

type Map = Readonly<Record<string, unknown>>;

function opened(bytes: Uint8Array): ReturnType<typeof readIso9660> {
  try {
    return readIso9660(bytes);
  } catch (cause) {
    throw bad(messageOf(cause), cause);
  }
}

function yamlOf(files: Readonly<Record<string, Uint8Array>>, name: string): unknown {
  const file = files[name];
  if (file === undefined) {
    if (name === 'network-config') return {};
    throw bad(`it has no file ${name}`);
  }
  try {
    return load(new TextDecoder().decode(file));
  } catch (cause) {
    throw bad(`${name} is no YAML: ${messageOf(cause)}`, cause);
  }
}

function mapOf(value: unknown): Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(map: Map, name: string): string | undefined {
  const value = map[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function addressesOf(link: Map): readonly string[] {
  const addresses = link['addresses'];
  return Array.isArray(addresses) ? addresses.filter((address): address is string => typeof address === 'string') : [];
}

function hasDefaultRoute(link: Map): boolean {
  const routes = link['routes'];
  const isDefault = (route: Map): boolean => route['to'] === 'default' || route['to'] === '0.0.0.0/0';
  return textOf(link, 'gateway4') !== undefined || (Array.isArray(routes) && routes.map(mapOf).some(isDefault));
}

function bad(detail: string, cause?: unknown): Error {
  return terminal(`the configuration drive cannot be used: ${detail}`, { reason: 'BadConfigurationDrive', cause });
}
