import { z } from 'zod';

const device = z.looseObject({
  addresses: z.array(z.unknown()).optional().describe('Addresses with prefix length.'),
});

/** Netplan's network configuration, version 2, as far as tools read it; everything else is kept. */
export const NetplanSchema = z.looseObject({
  version: z.int().optional().describe('2.'),
  renderer: z.string().optional().describe('networkd.'),
  ethernets: z.record(z.string(), device).optional().describe('Physical interfaces by name.'),
  bonds: z.record(z.string(), device).optional().describe('Bonds by name.'),
  bridges: z.record(z.string(), device).optional().describe('Bridges by name.'),
  vlans: z.record(z.string(), device).optional().describe('VLAN interfaces by name.'),
});
export type Netplan = z.infer<typeof NetplanSchema>;
