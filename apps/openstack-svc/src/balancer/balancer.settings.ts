import type { DRBConfig } from '@keelson/api';
import { z } from 'zod';
import type { BalanceLimits } from './balance.js';

/** Owners of instances say by these tags whether they may be moved. */
export const excludeTag = 'lcm.mirantis.com:no-drb';
export const includeTag = 'lcm.mirantis.com:drb';

/** What a DRBConfig asks for, with everything that it leaves out. */
export interface BalancerSettings {
  readonly intervalSeconds: number;
  readonly collector: 'stacklight' | 'nova';
  /** Nothing moves: what would is told. */
  readonly isDry: boolean;
  readonly limits: BalanceLimits;
  readonly pollSeconds: number;
  readonly timeoutSeconds: number;
  /** Those that take part; empty: all. */
  readonly hosts: readonly string[];
  readonly movesAny: boolean;
}

const CollectorSchema = z.looseObject({ name: z.enum(['stacklight', 'nova']) });
const SchedulerSchema = z.looseObject({
  name: z.literal('vm-optimize'),
  load_threshold: z.number().min(1).max(1_000).default(80),
  min_improvement: z.number().min(0).max(100).default(0),
});
const ActuatorSchema = z.discriminatedUnion('name', [
  z.looseObject({
    name: z.literal('os-live-migration'),
    max_parallel_migrations: z.int().min(1).max(100).default(10),
    migration_polling_interval: z.int().min(1).max(600).default(5),
    migration_timeout: z.int().min(10).max(86_400).default(180),
  }),
  z.looseObject({ name: z.literal('noop') }),
]);
/** Of a dry run, as if it moved. */
const usual = { max_parallel_migrations: 10, migration_polling_interval: 5, migration_timeout: 180 } as const;

/** What is asked for, or why it cannot be followed, as a sentence. */
export function settingsOf({ spec }: Pick<DRBConfig, 'spec'>): BalancerSettings | string {
  const collector = CollectorSchema.safeParse(spec.collector);
  if (!collector.success) return refusal('collector', 'stacklight or nova', collector.error);
  const scheduler = SchedulerSchema.safeParse(spec.scheduler);
  if (!scheduler.success) return refusal('scheduler', 'vm-optimize', scheduler.error);
  const actuator = ActuatorSchema.safeParse(spec.actuator);
  if (!actuator.success) return refusal('actuator', 'os-live-migration or noop', actuator.error);
  const moves = actuator.data.name === 'noop' ? usual : actuator.data;
  return {
    intervalSeconds: spec.reconcileInterval,
    collector: collector.data.name,
    isDry: actuator.data.name === 'noop',
    limits: {
      loadThreshold: scheduler.data.load_threshold,
      minImprovement: scheduler.data.min_improvement,
      mostMoves: moves.max_parallel_migrations,
    },
    pollSeconds: moves.migration_polling_interval,
    timeoutSeconds: moves.migration_timeout,
    hosts: spec.hosts ?? [],
    movesAny: spec.migrateAny ?? true,
  };
}

function refusal(part: string, known: string, { issues: [issue] }: z.ZodError): string {
  const at = ['spec', part, ...(issue?.path ?? [])].join('.');
  if (issue?.path.at(-1) === 'name') return `${at} is not known here: it is ${known}`;
  return `${at} cannot be used: ${issue?.message ?? 'not valid'}`;
}

/** Whether two of them would move instances of the same host. */
export function shareHosts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((host) => b.includes(host));
}
