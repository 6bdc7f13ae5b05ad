export { parseBmcAddress, type BmcAddress } from './address.js';
export { redfishClient, type PowerAction, type RedfishClient, type RedfishOptions } from './client.js';
export type { Drive, HardwareInventory, Nic, Processor } from './inventory.js';
export type { MediaSlot, MediaState } from './media.js';
export type { BootMode, BootTarget, PowerState, SystemState } from './system.js';
