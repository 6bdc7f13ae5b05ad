import type { HardwareDetails } from '@keelson/api';
import type { Drive, HardwareInventory, Nic, Processor } from '@keelson/redfish';

/**
 * What a BMC tells, in the words of Metal3's inspection. A BMC knows no kernel names: interfaces are called eno1, eno2, …
 * in the BMC's order (templates rename them by MAC address), disks by their durable name.
 *
 * @param bootMac MAC address the server boots over, in any case
 */
export function hardwareDetails(inventory: HardwareInventory, bootMac: string | undefined): HardwareDetails {
  const { system } = inventory;
  return defined({
    cpu: cpuOf(inventory.processors),
    firmware: { bios: defined({ vendor: system.manufacturer, version: inventory.firmware.bios }) },
    nics: inventory.nics.map((nic, index) => nicOf(nic, index, bootMac?.toLowerCase())),
    ramMebibytes: inventory.memoryMebibytes,
    storage: inventory.drives.map(driveOf),
    systemVendor: defined({
      manufacturer: system.manufacturer,
      productName: system.model,
      serialNumber: system.serialNumber,
    }),
  });
}

/** Whether the BMC has told all that a self test finds. */
export function isComplete(inventory: HardwareInventory): boolean {
  return inventory.nics.length > 0 && inventory.processors.length > 0;
}

function cpuOf(processors: readonly Processor[]): HardwareDetails['cpu'] {
  const [first] = processors;
  if (first === undefined) return undefined;
  const threads = processors.map((processor) => processor.threads ?? processor.cores ?? 0);
  return defined({
    arch: archOf(first),
    model: first.model,
    count: threads.reduce((sum, count) => sum + count, 0),
    clockMegahertz: first.maxMegahertz,
  });
}

/** Kernel names of the instruction sets that DSP0268 lists for Processor. */
function archOf({ architecture, instructionSet }: Processor): string {
  const text = `${architecture ?? ''} ${instructionSet ?? ''}`.toLowerCase();
  return text.includes('arm') ? 'aarch64' : 'x86_64';
}

function nicOf(nic: Nic, index: number, bootMac: string | undefined): NonNullable<HardwareDetails['nics']>[number] {
  return defined({
    name: `eno${index + 1}`,
    mac: nic.mac,
    model: nic.description,
    speedGbps: nic.speedMbps === undefined ? undefined : Math.round(nic.speedMbps / 1000),
    pxe: nic.mac === bootMac,
  });
}

function driveOf(drive: Drive): NonNullable<HardwareDetails['storage']>[number] {
  return defined({
    name: drive.wwn === undefined ? drive.id : `/dev/disk/by-id/wwn-${drive.wwn}`,
    type: drive.protocol?.toLowerCase().startsWith('nvme') ? 'NVME' : drive.mediaType,
    sizeBytes: drive.sizeBytes,
    model: drive.model,
    vendor: drive.manufacturer,
    serialNumber: drive.serialNumber,
    wwn: drive.wwn,
    rotational: drive.mediaType === undefined ? undefined : drive.mediaType === 'HDD',
  });
}

/** Without members that are undefined: they would be sent as nothing and then differ from what comes back. */
function defined<T extends object>(value: T): { [K in keyof T]: T[K] } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: T[K];
  };
}
