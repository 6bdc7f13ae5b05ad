import { z } from 'zod';
import { TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';

const day = (name: string) => z.boolean().optional().describe(`Whether ${name} counts.`);

export const UpgradeWindowSchema = z.object({
  hours: z
    .object({
      from: z.int().min(0).max(23).describe('First hour.'),
      to: z.int().min(1).max(24).describe('The window ends as this hour begins.'),
    })
    .optional()
    .describe('Hours of the day; the whole day unless given.'),
  weekdays: z
    .object({
      monday: day('Monday'),
      tuesday: day('Tuesday'),
      wednesday: day('Wednesday'),
      thursday: day('Thursday'),
      friday: day('Friday'),
      saturday: day('Saturday'),
      sunday: day('Sunday'),
    })
    .optional()
    .describe('Days of the week; all unless given.'),
});
export type UpgradeWindow = z.infer<typeof UpgradeWindowSchema>;

export const MCCUpgradeSpecSchema = z.object({
  schedule: z.array(UpgradeWindowSchema).max(64).optional().describe('When an update may begin; always unless given.'),
  timeZone: z.string().min(1).max(64).default('UTC').describe('Time zone of the schedule, such as Europe/Berlin.'),
  autoDelay: z
    .boolean()
    .default(false)
    .describe('Wait at least twenty days after a release appeared before updating to it.'),
  blockUntil: TimestampSchema.optional().describe(
    'No update before this time, nor for longer than thirty days after a release appeared. Deprecated: use autoDelay.',
  ),
});
export type MCCUpgradeSpec = z.infer<typeof MCCUpgradeSpecSchema>;

export const MCCUpgradeStatusSchema = z.looseObject({
  nextRelease: z
    .object({
      version: z.string().describe('Version of the KaaSRelease.'),
      date: TimestampSchema.optional().describe('When the release appeared.'),
    })
    .optional()
    .describe('The release that comes next.'),
  nextAttempt: TimestampSchema.optional().describe('When the update begins at the earliest.'),
  message: z.string().optional().describe('Why it does not begin now.'),
  lastUpgrade: z
    .object({
      startedAt: TimestampSchema.optional().describe('When it began.'),
      finishedAt: TimestampSchema.optional().describe('When it was over.'),
    })
    .optional()
    .describe('The last update of the management cluster.'),
  services: z
    .array(
      z.object({
        name: z.string().describe('Deployment in keelson-system.'),
        version: z.string().describe('Version that it is set to.'),
        wantedVersion: z.string().optional().describe('Version of the release in use, where it is another.'),
        state: z.enum(['Done', 'Rolling', 'Waiting', 'Blocked']).describe('How far it is.'),
      }),
    )
    .optional()
    .describe('Services of the management cluster that the release in use names, in the order in which they roll.'),
  progress: ProgressSchema.optional(),
});
export type MCCUpgradeStatus = z.infer<typeof MCCUpgradeStatusSchema>;

/** The one MCCUpgrade. */
export const mccUpgradeName = 'mcc-upgrade';

/** `kubectl get mccupgrades`: when the management cluster updates itself. */
export const MCCUpgradeKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'MCCUpgrade',
  plural: 'mccupgrades',
  scope: 'Cluster',
  owner: 'release-svc',
  description:
    'When the management cluster updates itself to the next release, and why it does not now. The one object is called mcc-upgrade; without it every hour of every day will do.',
  spec: MCCUpgradeSpecSchema,
  status: MCCUpgradeStatusSchema,
  columns: [
    { name: 'NextRelease', type: 'string', jsonPath: '.status.nextRelease.version', description: 'Release that comes' },
    { name: 'NextAttempt', type: 'date', jsonPath: '.status.nextAttempt', description: 'When it begins' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'Why not now' },
  ],
  rules: [
    {
      at: '',
      rule: `self.metadata.name == "${mccUpgradeName}"`,
      message: `metadata.name: there is one MCCUpgrade, and its name is ${mccUpgradeName}`,
      reason: 'FieldValueForbidden',
    },
    {
      at: 'spec',
      rule: '!has(self.schedule) || self.schedule.all(w, !has(w.hours) || w.hours.from < w.hours.to)',
      message: 'spec.schedule: hours.from must be before hours.to: a window over midnight is two windows',
      reason: 'FieldValueInvalid',
    },
  ],
  notes: [
    'status.services and status.progress are Keelson’s own.',
    'Columns are a choice. Weekdays that are not named do not count once one of them is; a window without weekdays is for all of them.',
  ],
});
export type MCCUpgrade = ObjectOf<typeof MCCUpgradeKind>;
