import { ReferenceSchema } from '@keelson/api';
import { z } from 'zod';
import { defineRequest, type Request } from './subject.js';
import { TransitionSchema } from './transition.js';

/** Which object a question is about; the kind is in the subject. */
export const ObjectQuerySchema = z.object({ namespace: z.string().optional(), name: z.string() });
export type ObjectQuery = z.infer<typeof ObjectQuerySchema>;

export const HistoryQuerySchema = ObjectQuerySchema.extend({
  /** Newest rows kept; 1000 unless given. */
  limit: z.int().min(1).max(10_000).optional(),
});
export type HistoryQuery = z.infer<typeof HistoryQuerySchema>;

/** Oldest first. */
export const HistoryAnswerSchema = z.object({ transitions: z.array(TransitionSchema) });
export type HistoryAnswer = z.infer<typeof HistoryAnswerSchema>;

/** How the object would stand once the steps are done. */
export const OutcomeSchema = z.object({
  type: z.enum(['settled', 'progressing', 'waiting', 'blocked']),
  on: ReferenceSchema.optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

export const PlanAnswerSchema = z.object({
  /** The plan as printed: a line for each step, then the outcome. */
  lines: z.array(z.string()),
  steps: z.array(z.object({ type: z.string(), text: z.string() })),
  outcome: OutcomeSchema,
});
export type PlanAnswer = z.infer<typeof PlanAnswerSchema>;

/** One link of a chain of waiting: this object stands still because of the next. */
export const WhyLinkSchema = z.object({
  object: ReferenceSchema,
  state: z.string().optional(),
  since: z.string().optional(),
  deadline: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  /** Who or what must move for the state to be left. */
  unblocks: z.string().optional(),
  /** The sign of life meanwhile, and the longest silence that is still normal. */
  heartbeat: z
    .object({
      sign: z.string(),
      everySeconds: z.number(),
      /** When the sign was last seen; absent where the sign is a look of the service itself, or was never seen. */
      lastSeen: z.string().optional(),
    })
    .optional(),
  /** When the service that owns the object last looked at it. */
  lookedAt: z.string().optional(),
  /** When all of it will be over, as a sentence, where that is foretold. */
  outlook: z.string().optional(),
  abort: z.string().optional(),
});
export type WhyLink = z.infer<typeof WhyLinkSchema>;

/** From the object asked about to the one thing that must move. */
export const WhyAnswerSchema = z.object({ chain: z.array(WhyLinkSchema) });
export type WhyAnswer = z.infer<typeof WhyAnswerSchema>;

export interface OperationRequests {
  readonly history: Request<HistoryQuery, HistoryAnswer>;
  readonly plan: Request<ObjectQuery, PlanAnswer>;
  readonly why: Request<ObjectQuery, WhyAnswer>;
}

/** The questions that every kind of a service answers. `prefix` is `<service>.<kind>`. */
export function operationRequests(prefix: string, what: string): OperationRequests {
  return {
    history: defineRequest({
      subject: `${prefix}.history`,
      description: `Every state ${what} was in, when and why.`,
      query: HistoryQuerySchema,
      answer: HistoryAnswerSchema,
    }),
    plan: defineRequest({
      subject: `${prefix}.plan`,
      description: `What would be done to ${what} now, or why nothing is.`,
      query: ObjectQuerySchema,
      answer: PlanAnswerSchema,
    }),
    why: defineRequest({
      subject: `${prefix}.why`,
      description: `What ${what} waits for, link by link.`,
      query: ObjectQuerySchema,
      answer: WhyAnswerSchema,
    }),
  };
}
