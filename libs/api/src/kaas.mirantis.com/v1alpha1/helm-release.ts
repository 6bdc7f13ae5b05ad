import { z } from 'zod';
import { FreeFormSchema } from '../../fragments.js';

export const HelmRepositorySchema = z.object({
  name: z.string().describe('Name that charts refer to.'),
  url: z.string().describe('URL of the repository.'),
  authSecret: z.string().optional().describe('Secret with its credentials.'),
});

/** A chart to install, as HelmBundle spells it. */
export const HelmReleaseSchema = z.object({
  name: z.string().describe('Name of the release.'),
  namespace: z.string().describe('Namespace it is installed in.'),
  chart: z.string().optional().describe('Chart as repository/name, or its name.'),
  version: z.string().optional().describe('Version of the chart.'),
  chartURL: z.string().optional().describe("URL of the chart's archive, instead of a repository."),
  labels: z.record(z.string(), z.string()).optional().describe('Labels of the release.'),
  values: FreeFormSchema.optional().describe('Values of the chart.'),
  requires: z.array(z.string()).optional().describe('Releases that must be ready before.'),
});
export type HelmRelease = z.infer<typeof HelmReleaseSchema>;

/** A chart in a release: what HelmBundle needs and when it applies. */
export const ReleaseHelmReleaseSchema = HelmReleaseSchema.extend({
  required: z.boolean().optional().describe('The release is not complete without it.'),
  requiresPersistentVolumes: z.boolean().optional().describe('Waits until the cluster has a default storage class.'),
  localVolumes: z
    .array(
      z.object({
        name: z.string().describe('Directory of the volumes.'),
        bindMounts: z
          .array(
            z.object({
              volPerNode: z.int().describe('Volumes a node.'),
              prefix: z.string().optional().describe('Path prefix of mount points.'),
            }),
          )
          .optional()
          .describe('Mount points.'),
      }),
    )
    .optional()
    .describe('Local volumes it needs.'),
});

/** Overrides of one chart in a Cluster. */
export const HelmReleaseOverrideSchema = z.looseObject({
  name: z.string().describe('Name of the release.'),
  enabled: z.boolean().optional().describe('Whether it is installed; true unless given.'),
  values: FreeFormSchema.optional().describe("Values laid over the release's own."),
});
