import { isFailure } from '@keelson/std';
import type { Connection } from './connection.js';
import { type Resource, flagAt, isExpanded, linkAt, numberAt, resourcesAt, textAt } from './resource.js';
import { type SystemState, systemOf } from './system.js';

export interface Processor {
  readonly socket: string | undefined;
  readonly model: string | undefined;
  /** As Redfish says it: `x86`, `ARM`; with the instruction set beside it. */
  readonly architecture: string | undefined;
  readonly instructionSet: string | undefined;
  readonly cores: number | undefined;
  readonly threads: number | undefined;
  readonly maxMegahertz: number | undefined;
}

export interface Nic {
  readonly id: string;
  /** Lower case. */
  readonly mac: string;
  readonly speedMbps: number | undefined;
  readonly linkUp: boolean | undefined;
  readonly description: string | undefined;
}

export interface Drive {
  readonly id: string;
  readonly sizeBytes: number | undefined;
  readonly model: string | undefined;
  readonly manufacturer: string | undefined;
  readonly serialNumber: string | undefined;
  readonly wwn: string | undefined;
  readonly mediaType: 'HDD' | 'SSD' | undefined;
  readonly protocol: string | undefined;
  readonly health: string | undefined;
}

export interface HardwareInventory {
  readonly system: SystemState;
  readonly processors: readonly Processor[];
  readonly memoryMebibytes: number | undefined;
  readonly nics: readonly Nic[];
  readonly drives: readonly Drive[];
  readonly firmware: { readonly bios: string | undefined; readonly bmc: string | undefined };
}

/** How many levels the service expands in one answer; 0 when it cannot (DSP0266, 7.3.1). */
export function expandLevels(root: Resource): number {
  const feature = ['ProtocolFeaturesSupported', 'ExpandQuery'] as const;
  if (flagAt(root, ...feature, 'Levels') !== true || flagAt(root, ...feature, 'NoLinks') !== true) return 0;
  return numberAt(root, ...feature, 'MaxLevels') ?? 1;
}

/**
 * Reads all hardware of a system in as few requests as the service allows: about five with `$expand`, else one more for
 * every part.
 */
export async function readInventory(
  connection: Connection,
  systemPath: string,
  levels: number,
): Promise<HardwareInventory> {
  const { resource } = await connection.get(systemPath);
  const system = systemOf(systemPath, resource);
  const processors = await members(connection, linkAt(resource, 'Processors'), Math.min(levels, 1));
  const nics = await members(connection, linkAt(resource, 'EthernetInterfaces'), Math.min(levels, 1));
  const storages = await members(connection, linkAt(resource, 'Storage'), Math.min(levels, 2));
  const manager = await optional(connection, linkOfFirst(resource, 'Links', 'ManagedBy'));
  return {
    system,
    processors: processors.filter(isCpu).map(processorOf),
    memoryMebibytes: system.memoryMebibytes,
    nics: nics.flatMap(nicOf),
    drives: (await drivesOf(connection, storages)).map(driveOf),
    firmware: { bios: system.biosVersion, bmc: manager === undefined ? undefined : textAt(manager, 'FirmwareVersion') },
  };
}

/** The members of a collection as whole resources; a collection the BMC does not have is empty. */
export async function members(
  connection: Connection,
  path: string | undefined,
  levels: number,
): Promise<readonly Resource[]> {
  if (path === undefined) return [];
  const collection = await optional(connection, levels > 0 ? `${path}?$expand=.($levels=${levels})` : path);
  return collection === undefined ? [] : whole(connection, resourcesAt(collection, 'Members'));
}

async function whole(connection: Connection, references: readonly Resource[]): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  for (const reference of references) {
    const resource = isExpanded(reference) ? reference : await optional(connection, textAt(reference, '@odata.id'));
    if (resource !== undefined) found.push(resource);
  }
  return found;
}

async function drivesOf(connection: Connection, storages: readonly Resource[]): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  for (const storage of storages) found.push(...(await whole(connection, resourcesAt(storage, 'Drives'))));
  return found;
}

/** A part the BMC names but does not have is left out of the inventory rather than failing it. */
async function optional(connection: Connection, path: string | undefined): Promise<Resource | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await connection.get(path)).resource;
  } catch (error) {
    if (isFailure(error, 'terminal') && error.reason === 'BMCUnsupported') return undefined;
    throw error;
  }
}

export function linkOfFirst(resource: Resource, ...path: readonly string[]): string | undefined {
  const [first] = resourcesAt(resource, ...path);
  return first === undefined ? undefined : textAt(first, '@odata.id');
}

function isCpu(resource: Resource): boolean {
  return (textAt(resource, 'ProcessorType') ?? 'CPU') === 'CPU' && textAt(resource, 'Status', 'State') !== 'Absent';
}

function processorOf(resource: Resource): Processor {
  return {
    socket: textAt(resource, 'Socket'),
    model: textAt(resource, 'Model'),
    architecture: textAt(resource, 'ProcessorArchitecture'),
    instructionSet: textAt(resource, 'InstructionSet'),
    cores: numberAt(resource, 'TotalCores'),
    threads: numberAt(resource, 'TotalThreads'),
    maxMegahertz: numberAt(resource, 'MaxSpeedMHz'),
  };
}

function nicOf(resource: Resource): readonly Nic[] {
  const mac = textAt(resource, 'MACAddress') ?? textAt(resource, 'PermanentMACAddress');
  if (mac === undefined) return [];
  const link = textAt(resource, 'LinkStatus');
  return [
    {
      id: textAt(resource, 'Id') ?? mac,
      mac: mac.toLowerCase(),
      speedMbps: numberAt(resource, 'SpeedMbps'),
      linkUp: link === undefined ? undefined : link === 'LinkUp',
      description: textAt(resource, 'Description') ?? textAt(resource, 'Name'),
    },
  ];
}

function driveOf(resource: Resource): Drive {
  const media = textAt(resource, 'MediaType');
  const names = resourcesAt(resource, 'Identifiers').find((name) => textAt(name, 'DurableNameFormat') === 'NAA');
  return {
    id: textAt(resource, 'Id') ?? textAt(resource, '@odata.id') ?? '',
    sizeBytes: numberAt(resource, 'CapacityBytes'),
    model: textAt(resource, 'Model'),
    manufacturer: textAt(resource, 'Manufacturer'),
    serialNumber: textAt(resource, 'SerialNumber'),
    wwn: names === undefined ? undefined : textAt(names, 'DurableName'),
    mediaType: media === 'HDD' || media === 'SSD' ? media : undefined,
    protocol: textAt(resource, 'Protocol'),
    health: textAt(resource, 'Status', 'Health'),
  };
}
