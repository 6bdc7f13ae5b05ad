import type { Server } from '../world/server.js';
import { serverStages } from '../world/server.states.js';
import { type Resource, collection, fine, link, root } from './resource.js';

export const resetTypes = [
  'On',
  'ForceOff',
  'GracefulShutdown',
  'GracefulRestart',
  'ForceRestart',
  'PowerCycle',
] as const;
export const bootTargets = ['None', 'Cd', 'Hdd', 'Pxe'] as const;
export const bootEnabled = ['Disabled', 'Once', 'Continuous'] as const;
export const bootModes = ['UEFI', 'Legacy'] as const;
const manufacturer = 'Keelson Lab (simulated)';

/** Resources at and below `/redfish/v1/Systems/<server>`; undefined when there is none at that path. */
export function systemResource(server: Server, rest: readonly string[]): Resource | undefined {
  const [part, id, below, drive] = rest;
  if (part === undefined) return system(server);
  if (part === 'Bios' && id === undefined) return bios(server);
  const path = `${systemPath(server)}/${part}`;
  if (part === 'Storage') return storage(server, id, below, drive);
  const parts = partsOf(server, part);
  if (parts === undefined || below !== undefined) return undefined;
  if (id === undefined)
    return collection(
      path,
      `${parts.type}Collection`,
      parts.name,
      parts.resources.map((one) => one['@odata.id']),
    );
  return parts.resources.find((one) => one['@odata.id'] === `${path}/${id}`);
}

export function systemPath(server: Server): string {
  return `${root}/Systems/${server.state.id}`;
}

function system(server: Server): Resource {
  const { hardware, state } = server;
  const path = systemPath(server);
  const known = state.inventoried;
  return {
    '@odata.id': path,
    '@odata.type': '#ComputerSystem.v1_20_1.ComputerSystem',
    Id: state.id,
    Name: `${state.id} (simulated)`,
    Description: 'A server simulated by the Keelson lab; no such hardware exists.',
    SystemType: 'Physical',
    Manufacturer: manufacturer,
    Model: hardware.model,
    SerialNumber: hardware.serialNumber,
    UUID: hardware.uuid,
    HostName: state.stage === 'os' ? state.disk.system?.hostname : '',
    BiosVersion: hardware.biosVersion,
    PowerState: server.power,
    Status: { ...fine, HealthRollup: 'OK' },
    IndicatorLED: 'Off',
    ProcessorSummary: {
      Count: known ? hardware.sockets : null,
      CoreCount: known ? hardware.sockets * hardware.processor.cores : null,
      Model: known ? hardware.processor.model : null,
      Status: fine,
    },
    MemorySummary: { TotalSystemMemoryGiB: known ? hardware.memoryGibibytes : null, Status: fine },
    BootProgress: { LastState: serverStages[state.stage].progress },
    Boot: {
      BootSourceOverrideTarget: state.boot.target,
      BootSourceOverrideEnabled: state.boot.enabled,
      BootSourceOverrideMode: state.boot.mode,
      'BootSourceOverrideTarget@Redfish.AllowableValues': bootTargets,
      'BootSourceOverrideEnabled@Redfish.AllowableValues': bootEnabled,
      'BootSourceOverrideMode@Redfish.AllowableValues': bootModes,
    },
    Bios: link(`${path}/Bios`),
    Processors: link(`${path}/Processors`),
    Memory: link(`${path}/Memory`),
    EthernetInterfaces: link(`${path}/EthernetInterfaces`),
    Storage: link(`${path}/Storage`),
    Links: { Chassis: [link(`${root}/Chassis/${state.id}`)], ManagedBy: [link(`${root}/Managers/${state.id}`)] },
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${path}/Actions/ComputerSystem.Reset`,
        'ResetType@Redfish.AllowableValues': resetTypes,
      },
    },
    Oem: {
      Keelson: {
        '@odata.type': '#Keelson.v1_0_0.Lab',
        Simulated: true,
        Stage: state.stage,
        StageMeans: serverStages[state.stage].means,
      },
    },
  };
}

interface Parts {
  readonly type: string;
  readonly name: string;
  readonly resources: readonly Resource[];
}

/** Hardware that only a self test finds: empty before. */
function partsOf(server: Server, part: string): Parts | undefined {
  const found = server.state.inventoried;
  if (part === 'Processors')
    return { type: 'Processor', name: 'Processors', resources: found ? processors(server) : [] };
  if (part === 'Memory') return { type: 'Memory', name: 'Memory', resources: found ? memory(server) : [] };
  if (part === 'EthernetInterfaces')
    return { type: 'EthernetInterface', name: 'Ethernet interfaces', resources: found ? nics(server) : [] };
  return undefined;
}

function processors(server: Server): readonly Resource[] {
  const { processor, sockets } = server.hardware;
  return Array.from({ length: sockets }, (_, index) => ({
    '@odata.id': `${systemPath(server)}/Processors/CPU.${index + 1}`,
    '@odata.type': '#Processor.v1_18_0.Processor',
    Id: `CPU.${index + 1}`,
    Name: `CPU ${index + 1} (simulated)`,
    Socket: `CPU.${index + 1}`,
    ProcessorType: 'CPU',
    ProcessorArchitecture: 'x86',
    InstructionSet: 'x86-64',
    Manufacturer: manufacturer,
    Model: processor.model,
    TotalCores: processor.cores,
    TotalThreads: processor.cores * 2,
    MaxSpeedMHz: processor.megahertz,
    Status: fine,
  }));
}

const moduleGibibytes = 32;

function memory(server: Server): readonly Resource[] {
  return Array.from({ length: server.hardware.memoryGibibytes / moduleGibibytes }, (_, index) => ({
    '@odata.id': `${systemPath(server)}/Memory/DIMM.${index + 1}`,
    '@odata.type': '#Memory.v1_17_0.Memory',
    Id: `DIMM.${index + 1}`,
    Name: `DIMM ${index + 1} (simulated)`,
    MemoryType: 'DRAM',
    MemoryDeviceType: 'DDR5',
    CapacityMiB: moduleGibibytes * 1024,
    OperatingSpeedMhz: 4800,
    Manufacturer: manufacturer,
    Status: fine,
  }));
}

function nics(server: Server): readonly Resource[] {
  return server.hardware.nics.map((nic) => ({
    '@odata.id': `${systemPath(server)}/EthernetInterfaces/${nic.id}`,
    '@odata.type': '#EthernetInterface.v1_9_0.EthernetInterface',
    Id: nic.id,
    Name: `${nic.id} (simulated)`,
    MACAddress: nic.mac.toUpperCase(),
    PermanentMACAddress: nic.mac.toUpperCase(),
    SpeedMbps: nic.speedMbps,
    LinkStatus: server.power === 'On' ? 'LinkUp' : 'LinkDown',
    InterfaceEnabled: true,
    Status: fine,
  }));
}

function storage(
  server: Server,
  id: string | undefined,
  below: string | undefined,
  drive: string | undefined,
): Resource | undefined {
  const path = `${systemPath(server)}/Storage`;
  const found = server.state.inventoried;
  if (id === undefined) return collection(path, 'StorageCollection', 'Storage', found ? [`${path}/1`] : []);
  if (id !== '1' || !found) return undefined;
  const drives = driveResources(server);
  if (below === 'Drives') return drives.find((one) => one['Id'] === drive);
  if (below !== undefined) return undefined;
  return {
    '@odata.id': `${path}/1`,
    '@odata.type': '#Storage.v1_15_0.Storage',
    Id: '1',
    Name: 'Drive bays (simulated)',
    Drives: drives.map((one) => link(one['@odata.id'])),
    'Drives@odata.count': drives.length,
    Status: fine,
  };
}

function driveResources(server: Server): readonly Resource[] {
  return server.hardware.drives.map((drive) => ({
    '@odata.id': `${systemPath(server)}/Storage/1/Drives/${drive.id}`,
    '@odata.type': '#Drive.v1_17_0.Drive',
    Id: drive.id,
    Name: `${drive.id} (simulated)`,
    Manufacturer: manufacturer,
    Model: drive.model,
    SerialNumber: drive.serialNumber,
    CapacityBytes: drive.sizeBytes,
    MediaType: drive.mediaType,
    Protocol: drive.protocol,
    Identifiers: [{ DurableName: drive.wwn, DurableNameFormat: 'NAA' }],
    Status: fine,
  }));
}

function bios(server: Server): Resource {
  return {
    '@odata.id': `${systemPath(server)}/Bios`,
    '@odata.type': '#Bios.v1_2_1.Bios',
    Id: 'Bios',
    Name: 'BIOS settings (simulated, read only)',
    Attributes: {
      BootMode: server.state.boot.mode === 'UEFI' ? 'Uefi' : 'Bios',
      ProcVirtualization: 'Enabled',
      SriovGlobalEnable: 'Enabled',
    },
  };
}
