import { z } from 'zod';

/** One change of state of one object: a row of its history and the payload of its news. */
export const TransitionSchema = z.object({
  /** Deterministic: the same change always has the same id, so that a repeat is recognised. */
  id: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string(),
  from: z.string(),
  to: z.string(),
  /** RFC 3339 with milliseconds. */
  at: z.string(),
  /** A sentence: why the state changed. */
  why: z.string(),
});

export type Transition = z.infer<typeof TransitionSchema>;
