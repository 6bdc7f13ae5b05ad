import { z } from 'zod';

/** What inspection found in a server: part of BareMetalHost, HardwareData and BareMetalHostInventory. */
export const HardwareDetailsSchema = z.object({
  cpu: z
    .object({
      arch: z.string().optional().describe('Architecture such as x86_64.'),
      model: z.string().optional().describe('Model name.'),
      count: z.int().optional().describe('Logical processors.'),
      clockMegahertz: z.number().optional().describe('Clock in MHz.'),
      flags: z.array(z.string()).optional().describe('Feature flags.'),
    })
    .optional()
    .describe('Processors.'),
  firmware: z
    .object({
      bios: z
        .object({
          vendor: z.string().optional().describe('Vendor of the BIOS.'),
          version: z.string().optional().describe('Version of the BIOS.'),
          date: z.string().optional().describe('Release date of the BIOS.'),
        })
        .optional()
        .describe('BIOS.'),
    })
    .optional()
    .describe('Firmware.'),
  hostname: z.string().optional().describe('Host name found by inspection.'),
  nics: z
    .array(
      z.object({
        name: z.string().optional().describe('Interface name such as eno1.'),
        mac: z.string().optional().describe('MAC address.'),
        ip: z.string().optional().describe('Address it had during inspection.'),
        model: z.string().optional().describe('PCI vendor and product, or model name.'),
        speedGbps: z.int().optional().describe('Link speed in Gbit/s.'),
        vlanId: z.int().optional().describe('Untagged VLAN.'),
        vlans: z
          .array(
            z.object({
              id: z.int().optional().describe('VLAN.'),
              name: z.string().optional().describe('Name of the VLAN.'),
            }),
          )
          .optional()
          .describe('VLANs seen.'),
        pxe: z.boolean().optional().describe('Whether the server booted over it.'),
        pciAddress: z.string().optional().describe('PCI address.'),
        lldp: z
          .object({
            portID: z.string().optional().describe('Port of the switch.'),
            switchID: z.string().optional().describe('Switch by its MAC.'),
            switchSystemName: z.string().optional().describe('Name of the switch.'),
          })
          .optional()
          .describe('What the switch said of itself.'),
      }),
    )
    .optional()
    .describe('Network interfaces.'),
  ramMebibytes: z.int().optional().describe('Memory in MiB.'),
  storage: z
    .array(
      z.object({
        name: z.string().optional().describe('Device name such as /dev/sda.'),
        alternateNames: z
          .array(z.string())
          .optional()
          .describe('Other names of the device, such as links by id and path.'),
        type: z.enum(['HDD', 'SSD', 'NVME']).optional().describe('Kind of the device.'),
        sizeBytes: z.int().optional().describe('Size in bytes.'),
        model: z.string().optional().describe('Model.'),
        vendor: z.string().optional().describe('Vendor.'),
        serialNumber: z.string().optional().describe('Serial number.'),
        wwn: z.string().optional().describe('World wide name.'),
        wwnVendorExtension: z.string().optional().describe('World wide name, vendor part.'),
        wwnWithExtension: z.string().optional().describe('World wide name with vendor part.'),
        hctl: z.string().optional().describe('SCSI host:channel:target:lun.'),
        rotational: z.boolean().optional().describe('Whether it spins.'),
      }),
    )
    .optional()
    .describe('Disks.'),
  systemVendor: z
    .object({
      manufacturer: z.string().optional().describe('Manufacturer.'),
      productName: z.string().optional().describe('Product.'),
      serialNumber: z.string().optional().describe('Serial number.'),
    })
    .optional()
    .describe('Who made the server.'),
});

export type HardwareDetails = z.infer<typeof HardwareDetailsSchema>;
