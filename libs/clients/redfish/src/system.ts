import { type Resource, numberAt, textAt, textsAt } from './resource.js';

export type PowerState = 'On' | 'Off' | 'PoweringOn' | 'PoweringOff' | 'Unknown';
export type BootTarget = 'Cd' | 'Hdd' | 'Pxe' | 'None';
export type BootMode = 'UEFI' | 'Legacy';

/** One ComputerSystem as far as provisioning needs it. Absent members are undefined: BMCs differ in what they tell. */
export interface SystemState {
  readonly path: string;
  readonly power: PowerState;
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
  readonly uuid: string | undefined;
  readonly hostName: string | undefined;
  readonly biosVersion: string | undefined;
  readonly memoryMebibytes: number | undefined;
  readonly processorCount: number | undefined;
  readonly health: string | undefined;
  /** `BootProgress.LastState` of ComputerSystem 1.13 and later, such as `OSRunning`. */
  readonly bootProgress: string | undefined;
  readonly boot: {
    readonly target: string | undefined;
    readonly enabled: string | undefined;
    readonly mode: BootMode | undefined;
  };
}

/** Reads what the BMC says of a system. */
export function systemOf(path: string, resource: Resource): SystemState {
  const gibibytes = numberAt(resource, 'MemorySummary', 'TotalSystemMemoryGiB');
  return {
    path,
    power: powerOf(textAt(resource, 'PowerState')),
    manufacturer: textAt(resource, 'Manufacturer'),
    model: textAt(resource, 'Model'),
    serialNumber: textAt(resource, 'SerialNumber'),
    uuid: textAt(resource, 'UUID')?.toLowerCase(),
    hostName: textAt(resource, 'HostName'),
    biosVersion: textAt(resource, 'BiosVersion'),
    memoryMebibytes: gibibytes === undefined ? undefined : Math.round(gibibytes * 1024),
    processorCount: numberAt(resource, 'ProcessorSummary', 'Count'),
    health: textAt(resource, 'Status', 'Health'),
    bootProgress: textAt(resource, 'BootProgress', 'LastState'),
    boot: {
      target: textAt(resource, 'Boot', 'BootSourceOverrideTarget'),
      enabled: textAt(resource, 'Boot', 'BootSourceOverrideEnabled'),
      mode: modeOf(textAt(resource, 'Boot', 'BootSourceOverrideMode')),
    },
  };
}

/** Values the BMC allows for a member, by its annotation (DSP0266, 9.6); empty when it does not say. */
export function allowableValues(resource: Resource, ...path: readonly string[]): readonly string[] {
  const head = path.slice(0, -1);
  return textsAt(resource, ...head, `${path[path.length - 1] ?? ''}@Redfish.AllowableValues`);
}

function powerOf(text: string | undefined): PowerState {
  return text === 'On' || text === 'Off' || text === 'PoweringOn' || text === 'PoweringOff' ? text : 'Unknown';
}

function modeOf(text: string | undefined): BootMode | undefined {
  return text === 'UEFI' || text === 'Legacy' ? text : undefined;
}
