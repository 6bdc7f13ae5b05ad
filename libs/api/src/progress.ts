import { z } from 'zod';

/** Which object or outside system something waits for. Systems (a BMC, an agent) have a kind of their own name. */
export const ReferenceSchema = z.object({
  kind: z.string().describe('Kind of the object, or the name of the outside system such as BMC.'),
  namespace: z.string().optional(),
  name: z.string(),
});

export type Reference = z.infer<typeof ReferenceSchema>;

/**
 * The law of termination, visible: every object in a non-terminal state says since when, until when at most, what it
 * waits for and how it is aborted. The reconcile kit writes it; it changes only when the answer changes.
 */
export const ProgressSchema = z
  .object({
    state: z.string().describe('The state this block speaks of.'),
    since: z
      .string()
      .describe('When the state was entered, RFC 3339; of a state of rest that is held up, since when it is.'),
    deadline: z
      .string()
      .optional()
      .describe('When the state is given up at the latest, RFC 3339; absent in states of rest.'),
    waitingOn: ReferenceSchema.optional().describe('The object or system that must move next.'),
    reason: z.string().optional().describe('PascalCase word for why nothing moves, for filters and alerts.'),
    message: z.string().optional().describe('A sentence for operators: what is missing and how to cure it.'),
    abort: z.string().optional().describe('How to give this up.'),
  })
  .describe('What the object is waiting for, since when, until when, and how to abort it.');

export type Progress = z.infer<typeof ProgressSchema>;
