import { z } from 'zod';

/** Members that every IPAM status carries: `<RFC 3339>  <controller version>`. */
export const ipamBookkeeping = {
  objCreated: z.string().optional().describe('When the controller first saw the object, and its version.'),
  objUpdated: z.string().optional().describe('When the controller last changed the object, and its version.'),
  objStatusUpdated: z.string().optional().describe('When the controller last changed the status, and its version.'),
};
