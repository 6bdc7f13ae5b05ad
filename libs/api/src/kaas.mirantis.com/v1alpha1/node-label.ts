import { z } from 'zod';

/** A label that machines may ask for on their node. */
export const AllowedNodeLabelSchema = z.object({
  key: z.string().describe('Label key.'),
  value: z.string().optional().describe('Label value.'),
  displayName: z.string().optional().describe('Name for people.'),
});
export type AllowedNodeLabel = z.infer<typeof AllowedNodeLabelSchema>;

/** A label that a machine asks for on its node. */
export const NodeLabelSchema = z.looseObject({
  key: z.string().describe("Label key; one of the release's allowedNodeLabels."),
  value: z.string().optional().describe('Label value.'),
});
