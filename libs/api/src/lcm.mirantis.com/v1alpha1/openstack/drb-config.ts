import { z } from 'zod';
import { TimestampSchema } from '../../../fragments.js';
import { defineKind, type ObjectOf } from '../../../kind.js';
import { ProgressSchema } from '../../../progress.js';

export const drbStates = ['Watching', 'Migrating', 'Paused', 'Unknown', 'Refused'] as const;
export type DrbState = (typeof drbStates)[number];
/** `Planned` moves are not begun yet, `Skipped` ones never will be: a dry run, or something came in between. */
export const drbMoveStates = ['Planned', 'Begun', 'Done', 'Failed', 'Skipped'] as const;
export type DrbMoveState = (typeof drbMoveStates)[number];

const part = (what: string) => z.looseObject({ name: z.string().min(1).describe(`Which ${what}.`) });

const MoveSchema = z.object({
  instance: z.string().describe('Id of the instance.'),
  name: z.string().describe('Its name.'),
  from: z.string().describe('Host that it leaves.'),
  to: z.string().describe('Host that it goes to.'),
  state: z.enum(drbMoveStates).describe('How far that is.'),
  begunAt: TimestampSchema.optional().describe('When its live migration began.'),
});
export type DrbMove = z.infer<typeof MoveSchema>;

const RunSchema = z.object({
  startedAt: TimestampSchema.describe('When the load was read.'),
  finishedAt: TimestampSchema.optional().describe('When the last move came to its end.'),
  spread: z.number().min(0).describe('Standard deviation of the load of the hosts before, in percent of a host.'),
  expected: z.number().min(0).describe('What it should be once all has moved.'),
  moves: z.array(MoveSchema).describe('What moves.'),
});
export type DrbRun = z.infer<typeof RunSchema>;

/** `kubectl get drb`: balancing of instances over hosts. */
export const DRBConfigKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  scope: 'Namespaced',
  owner: 'openstack-svc',
  kind: 'DRBConfig',
  plural: 'drbconfigs',
  shortNames: ['drb'],
  description: 'Balances instances over compute hosts by their load.',
  spec: z.object({
    reconcileInterval: z.int().min(1).describe('Seconds between looks.'),
    collector: part('collector').describe(
      'Where load is read: stacklight, or nova for what instances may use at most.',
    ),
    scheduler: part('scheduler').describe(
      'How moves are chosen: vm-optimize, with load_threshold and min_improvement.',
    ),
    actuator: part('actuator').describe(
      'How moves are made: os-live-migration, with max_parallel_migrations, migration_polling_interval and migration_timeout, or noop, which only tells.',
    ),
    hosts: z.array(z.string()).optional().describe('Hosts that take part; all when empty.'),
    migrateAny: z
      .boolean()
      .default(true)
      .describe(
        'Move every instance that is not tagged lcm.mirantis.com:no-drb; else only those that are tagged lcm.mirantis.com:drb.',
      ),
  }),
  status: z.object({
    state: z
      .enum(drbStates)
      .optional()
      .describe(
        'Watching: load is looked at every reconcileInterval; Migrating: instances are on their way; Paused: the cloud is being changed or worked on; Unknown: the load cannot be read; Refused: the spec cannot be followed.',
      ),
    run: RunSchema.optional().describe('The last look that led to moves.'),
    progress: ProgressSchema.optional(),
  }),
  columns: [
    { name: 'Interval', type: 'integer', jsonPath: '.spec.reconcileInterval', description: 'Seconds between looks' },
    { name: 'State', type: 'string', jsonPath: '.status.state', description: 'How it stands' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.progress.message',
      description: 'What is waited for',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'The status is an addition of Keelson’s, and so is the collector nova; MOSK’s DRBConfig has neither.',
    'A run makes as many moves as max_parallel_migrations allows at once; the next look sees what they brought.',
  ],
});
export type DRBConfig = ObjectOf<typeof DRBConfigKind>;
